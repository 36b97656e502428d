"""Against what the first version learnt from: a world that moves a little from retrain to retrain is new to no newer version.

Each retrain takes what it learns from for usual, so a slow poisoning, or a slow drift, is never far from the newest reference.
Held against the oldest one it is. What moves with the season is, too; so only large shifts are told, and no retrain follows.
"""

from collections.abc import Collection, Iterator

from millwright.monitor.found import Found, Scene, findings_of
from millwright.monitor.inputs import Observed, Reference
from millwright.monitor.level import of_columns
from millwright.monitor.look import together
from millwright.monitor.shift import shift
from millwright.monitor.sides import Sides, sides_of
from millwright.records.deciding import Finding

_LARGE_MEAN, _LARGE_POINTS = 0.5, 10.0
"""In standard deviations of the older rows, and in points of a share."""


def against_older(
    older: Reference, version: int, observed: Observed, scene: Scene, level: float, told: Collection[str]
) -> Iterator[Finding]:
    """The columns that lie surely and far from where they lay in the training rows of an older `version`, as one finding.

    level: for all columns together. told: columns of which the look says already that they changed.
    """
    if observed.profile is None or not observed.profile.rows:
        return
    pairs = [sides for sides in sides_of(older, observed.profile, observed.days) if sides.rule.name not in told]
    levels = of_columns(level, [sides.rule.name for sides in pairs], scene.importance)
    found = [one for sides in together(pairs) if (one := _far(sides, levels[sides.rule.name], version))]
    yield from findings_of(found, scene)


def _far(sides: Sides, level: float, version: int) -> Found | None:
    found = shift(sides, level, "older", "covariate")
    if found is None:
        return None
    least = _LARGE_MEAN if found.change.unit == "mean" else _LARGE_POINTS
    if abs(found.change.effect) < least:
        return None
    verb = (f"lies elsewhere than in v{version}'s training rows", f"lie elsewhere than in v{version}'s training rows")
    return Found(found.kind, found.change, found.said, verb, found.by_periods)
