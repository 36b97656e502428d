"""Whether a share is larger than it ever was between earlier looks, beyond how it varied from look to look."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from millwright.monitor.readings import FEWEST_PERIODS
from millwright.monitor.variation import Evidence, Varied, beyond, even, two_samples


@dataclass(frozen=True, slots=True)
class Share:
    """A share of some rows."""

    value: float
    rows: int


@dataclass(frozen=True, slots=True)
class Rise:
    """A share that rose. was: the share in all looks before."""

    was: float
    now: float
    evidence: Evidence


def rise(now: Share, before: Sequence[Share], large: tuple[float, float], level: float) -> Rise | None:
    """What rose surely and by enough; None where nothing did, or where there is no before.

    large: by how much it must pass the largest share before, where there are enough looks to know what varies, and where not.
    """
    known = _comparable([one for one in before if one.rows])
    if not known or not now.rows:
        return None
    shares, rows = (np.array(part, dtype=np.float64) for part in zip(*((one.value, one.rows) for one in known), strict=True))
    if now.value - float(shares.max()) < large[len(known) < FEWEST_PERIODS]:
        return None
    evidence = _evidence(shares, rows, now, 2 * level)
    return Rise(float(shares @ rows / rows.sum()), now.value, evidence) if evidence.real and evidence.size > 0 else None


def _comparable(looks: Sequence[Share]) -> list[Share]:
    """Looks with less than half of the usual rows, each laid together with those beside it. Of a few rows a share says little,
    and on the arcsine scale none of seven lies far from none of three hundred: one such look would pass for what varies."""
    least = median(one.rows for one in looks) / 2 if looks else 0.0
    laid: list[Share] = []
    for one in looks:
        if laid and (one.rows < least or laid[-1].rows < least):
            laid[-1] = _together(laid[-1], one)
        else:
            laid.append(one)
    return laid


def _together(one: Share, other: Share) -> Share:
    rows = one.rows + other.rows
    return Share((one.value * one.rows + other.value * other.rows) / rows, rows)


def _evidence(shares: np.ndarray, rows: np.ndarray, now: Share, level: float) -> Evidence:
    """Two-sided at `level`, which is one-sided at half of it."""
    scaled, noises = even(np.append(shares, now.value), np.append(rows, float(now.rows)))
    if len(shares) >= FEWEST_PERIODS:
        return beyond(Varied(scaled[:-1], noises[:-1]), (float(scaled[-1]), float(noises[-1])), 1.0, level)
    pooled, noise = even(np.array([shares @ rows / rows.sum()]), np.array([rows.sum()]))
    return two_samples(float(scaled[-1] - pooled[0]), float(noises[-1] + noise[0]), level)
