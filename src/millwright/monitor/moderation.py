"""How much more than independent rows the periods of a reference vary, learnt from all its columns together.

Thirteen weeks say little of one column: Student's t with twelve degrees of freedom asks for changes half as large again as a
known spread would, at the levels that thirty columns take. The columns of one table share their clock, so each column's ratio
(variance between periods / what independent rows would give) is drawn towards what all have in common, and gets as many more
degrees of freedom as the columns agree: none where each goes its own way. Source: Smyth, "Linear models and empirical Bayes
methods for assessing differential expression in microarray experiments", Statistical Applications in Genetics and Molecular
Biology 3 (2004), section 6.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST_COLUMNS = 4
_MOST_DEGREES = 1e6


@dataclass(frozen=True, slots=True)
class Prior:
    """What columns have in common: `ratio`, and the degrees of freedom that it is worth; 0: nothing is known."""

    ratio: float = 1.0
    degrees: float = 0.0

    @classmethod
    def of(cls, ratios: Sequence[float], degrees: float | Sequence[float]) -> "Prior":
        """The common law of the columns' ratios, each of which has so many degrees of freedom, or has its own.

        By the moments of their logarithms. Of fewer than four columns nothing is learnt.
        """
        from scipy.special import psi

        own_degrees = np.broadcast_to(np.asarray(degrees, dtype=np.float64), len(ratios))
        pairs = zip(ratios, own_degrees.tolist(), strict=True)
        there = np.array([(one, of) for one, of in pairs if math.isfinite(one) and one > 0 and of >= 1]).reshape(-1, 2)
        if len(there) < FEWEST_COLUMNS:
            return cls()
        halves = there[:, 1] / 2
        logs = np.log(there[:, 0]) - psi(halves) + np.log(halves)
        more = float(logs.var(ddof=1)) - sum(map(_trigamma, halves)) / len(halves)
        own = 2 * _inverse_trigamma(more) if more > 0 else _MOST_DEGREES
        shift = float(psi(own / 2)) - math.log(own / 2)
        return cls(math.exp(float(logs.mean()) + shift), min(own, _MOST_DEGREES))

    def with_own(self, ratio: float, degrees: float) -> tuple[float, float]:
        """One column's ratio drawn towards the common one, and its degrees of freedom."""
        together = self.degrees + degrees
        return (self.degrees * self.ratio + degrees * ratio) / together, together


UNKNOWN = Prior()


def _trigamma(x: float) -> float:
    from scipy.special import polygamma

    return float(polygamma(1, x))


def _inverse_trigamma(value: float) -> float:
    """By Newton's method on 1 / trigamma, which is nearly straight (Smyth 2004, appendix)."""
    from scipy.special import polygamma

    x = 0.5 + 1 / value
    for _ in range(50):
        tri = _trigamma(x)
        step = tri * (1 - tri / value) / float(polygamma(2, x))
        x += step
        if -step / x < 1e-8:
            break
    return x
