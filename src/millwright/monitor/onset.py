"""Since when: the window from which on a gauge lies elsewhere, and the windows it may as well have been.

By likelihood, normal with known variances, against the reference's own mean (Hinkley, "Inference about the change-point in a
sequence of random variables", Biometrika 57, 1970); the interval holds the starts whose likelihood is not e^-2 times the best.
"""

import numpy as np

from millwright.monitor.gauges import Gauge
from millwright.records.deciding import Onset
from millwright.records.watching import Detector

_WITHIN = 2.0


def onset_of(detector: Detector, gauge: Gauge) -> tuple[Onset, float]:
    """The onset in what `detector` saw, whose newest window is that of `gauge`, and the gauge's value since."""
    values, rows = np.array(detector.values), np.array(detector.rows)
    away, noises = gauge.statistic.away(values, rows)
    weights = 1 / np.maximum(noises, 1e-300)
    after = np.cumsum((weights * away)[::-1])[::-1], np.cumsum(weights[::-1])[::-1]
    gain = after[0] ** 2 / after[1] / 2
    best = int(np.argmax(gain))
    likely = np.flatnonzero(gain >= gain[best] - _WITHIN)
    value = float(values[best:] @ rows[best:] / rows[best:].sum())
    starts = detector.starts
    return Onset(start=starts[best], earliest=starts[int(likely.min())], latest=starts[int(likely.max())]), value
