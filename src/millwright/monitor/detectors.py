"""Small changes that stay: evidence gathered from window to window, with a bound on how often it is false.

Each gauge (a mean, a share, a missing rate of one column) is held against what it was in the reference and in all windows
since, which makes its standardised residuals independent where nothing changes (recursive residuals: Brown, Durbin & Evans,
Journal of the Royal Statistical Society B 37, 1975). A residual z multiplies evidence by exp(k z - k^2 / 2), for shifts k of
several sizes both ways, and each window also begins anew: M <- (M + 1) exp(k z - k^2 / 2), the Shiryaev-Roberts form of an
e-detector (Shin, Ramdas & Rinaldo, "E-detectors: a nonparametric framework for sequential change detection", New England
Journal of Statistics in Data Science 2, 2024). Averages of e-detectors are e-detectors, however the columns hang together:
where nothing changes, their average takes `once_in` windows or more, on average, to reach `once_in`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import numpy as np

from millwright.monitor.gauges import Gauge
from millwright.monitor.statistic import Since
from millwright.records.watching import Detector, Detectors

T = TypeVar("T")

SHIFTS = (-4.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 4.0)
"""Sizes of a shift that are looked for, in standard errors of one window."""
KEPT = 400
"""Windows that a gauge is remembered for."""
_MOST = 1e250


def step(before: Detectors, gauges: Iterable[Gauge], start: datetime, end: datetime) -> Detectors:
    """The evidence with one more window [start, end), whose gauges are given; it may not overlap those before."""
    known = {detector.gauge: detector for detector in before.detectors}
    stepped = {gauge.name: _grown(gauge, known.get(gauge.name), start) for gauge in gauges}
    return replace(before, windows=before.windows + 1, until=end, detectors=tuple({**known, **stepped}.values()))


def evidence(detector: Detector) -> float:
    """The evidence of one gauge: the average over the sizes of a shift."""
    return sum(detector.grown) / len(SHIFTS)


def average(detectors: Detectors) -> float:
    """The average evidence over all gauges."""
    return sum(map(evidence, detectors.detectors)) / max(len(detectors.detectors), 1)


def crossed(detectors: Detectors, once_in: float) -> tuple[Detector, ...]:
    """Which gauges carry the evidence, the strongest first, where the average reached `once_in` windows; else none.

    They are named by e-BH at the level 1 / once_in, at least one (Wang & Ramdas, "False discovery rate control with e-values",
    Journal of the Royal Statistical Society B 84, 2022).
    """
    if average(detectors) < once_in:
        return ()
    order = sorted(detectors.detectors, key=evidence, reverse=True)
    enough = [k for k, detector in enumerate(order, 1) if evidence(detector) >= len(order) * once_in / k]
    return tuple(order[: max(enough, default=1)])


def begun_again(detectors: Detectors, carriers: Iterable[Detector], once_in: float) -> Detectors:
    """After a crossing: the carriers' evidence from nothing, and everybody's where theirs alone does not make the average reach
    `once_in`. So each crossing takes at least that much of what there is, and there are no more of them by chance than one in
    so many windows; what others gathered meanwhile is not lost. What the gauges saw stays."""
    told = {carrier.gauge: evidence(carrier) for carrier in carriers}
    alone = sum(told.values()) >= once_in * len(detectors.detectors)
    fresh = (replace(one, grown=()) if one.gauge in told or not alone else one for one in detectors.detectors)
    return replace(detectors, detectors=tuple(fresh))


def _grown(gauge: Gauge, before: Detector | None, start: datetime) -> Detector:
    before = before or Detector(gauge=gauge.name, column=gauge.column)
    z = gauge.residual(Since(before.starts, np.array(before.values), np.array(before.rows)))
    grown = tuple(map(_more, before.grown or (0.0,) * len(SHIFTS), SHIFTS, [z] * len(SHIFTS)))
    return replace(
        before,
        starts=_kept(before.starts, start),
        values=_kept(before.values, gauge.statistic.readings.now),
        rows=_kept(before.rows, gauge.statistic.readings.now_rows),
        grown=grown,
    )


def _more(m: float, shift: float, z: float) -> float:
    """Bounded, since records hold no infinity."""
    return min(math.exp(min(math.log(m + 1.0) + shift * z - shift * shift / 2, math.log(_MOST))), _MOST)


def _kept(values: Sequence[T], value: T) -> tuple[T, ...]:
    return (*values, value)[-KEPT:]
