"""Drift: the features lie elsewhere than in any period before, and no broken feed explains it."""

from millwright.monitor.found import Found
from millwright.monitor.shift import shift
from millwright.monitor.sides import Sides


def drift(sides: Sides, level: float) -> Found | None:
    """The most telling shift of one feature."""
    return shift(sides, level, "drift", "covariate")
