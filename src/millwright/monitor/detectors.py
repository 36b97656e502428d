"""Small changes that stay: evidence gathered from window to window, with a bound on how often it is false.

Each gauge (a mean, a share, a missing rate of one column) is held against what it was in the reference and in all windows
since, which makes its standardised residuals independent where nothing changes (recursive residuals: Brown, Durbin & Evans,
Journal of the Royal Statistical Society B 37, 1975). A residual z multiplies evidence by exp(k z - k^2 / 2), for shifts k of several sizes
both ways, and each window also begins anew: M <- (M + 1) exp(k z - k^2 / 2), the Shiryaev-Roberts form of an e-detector (Shin,
Ramdas & Rinaldo, "E-detectors: a nonparametric framework for sequential change detection", New England Journal of Statistics in
Data Science 2, 2024). Averages of e-detectors are e-detectors, however the columns hang together: where nothing changes, their
average takes `once_in` windows or more, on average, to reach `once_in`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from millwright.monitor.gauges import Gauge
from millwright.records.watching import Detector, Detectors

SHIFTS = (-4.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 4.0)
"""Sizes of a shift that are looked for, in standard errors of one window."""
KEPT = 400
"""Windows that a gauge is remembered for."""
_MOST = 1e250


@dataclass(frozen=True, slots=True)
class Crossed:
    """The average evidence reached its limit: which columns carry it, the strongest first, and since which window."""

    evidence: float
    columns: tuple[str, ...]
    since: int


def step(before: Detectors | None, gauges: Iterable[Gauge]) -> Detectors:
    """The evidence with one more window, whose gauges are given. A gauge that was not there before begins now."""
    known = {detector.gauge: detector for detector in before.detectors} if before else {}
    windows = (before.windows if before else 0) + 1
    stepped = {g.name: _grown(g, known.get(g.name) or Detector(gauge=g.name, column=g.column), windows) for g in gauges}
    return Detectors(windows=windows, detectors=tuple({**known, **stepped}.values()))


def average(detectors: Detectors) -> float:
    """The average evidence over all gauges."""
    each = [evidence(detector) for detector in detectors.detectors]
    return sum(each) / len(each) if each else 0.0


def evidence(detector: Detector) -> float:
    """The evidence of one gauge: the average over the sizes of a shift."""
    return sum(detector.grown) / len(detector.grown) if detector.grown else 0.0


def crossed(detectors: Detectors, once_in: float) -> Crossed | None:
    """What is told where the average reaches `once_in` windows; columns are named by e-BH at the level 1 / once_in (Wang &
    Ramdas, "False discovery rate control with e-values", Journal of the Royal Statistical Society B 84, 2022), at least one."""
    reached = average(detectors)
    if reached < once_in:
        return None
    order = sorted(detectors.detectors, key=evidence, reverse=True)
    enough = [k for k, detector in enumerate(order, 1) if evidence(detector) >= len(order) * once_in / k]
    named = order[: max(enough, default=1)]
    columns = tuple(dict.fromkeys(detector.column for detector in named))
    return Crossed(reached, columns, min(detector.since for detector in named))


def begun_again(detectors: Detectors) -> Detectors:
    """After it was told: all evidence from nothing; the windows that the gauges saw stay."""
    fresh = (replace(detector, grown=(), since=detectors.windows) for detector in detectors.detectors)
    return replace(detectors, detectors=tuple(fresh))


def _grown(gauge: Gauge, before: Detector, windows: int) -> Detector:
    z = gauge.residual(np.array(before.values), np.array(before.rows))
    begun = [m + 1.0 for m in before.grown or (0.0,) * len(SHIFTS)]
    grown = tuple(min(m * math.exp(k * z - k * k / 2), _MOST) for m, k in zip(begun, SHIFTS, strict=True))
    readings = gauge.statistic.readings
    return replace(
        before,
        values=(*before.values, readings.now)[-KEPT:],
        rows=(*before.rows, readings.now_rows)[-KEPT:],
        grown=grown,
        since=windows if sum(grown) < len(grown) else before.since,
    )
