"""Whether a challenger does harm: a sequential test that may be looked at after each row, for ever.

Money is bet, at fair odds, on the challenger being worse than is tolerated. Where it is no worse, the money is not expected to
grow, whatever came before, so it ever reaches 1/alpha times what there was with probability at most alpha (Ville 1939), however
often one looks and whenever one stops. Half of it is bet row by row, half day by day.

- Rows: a draw d of how much worse it did multiplies the money by 1 + b (d - tolerated); a mixture of constant b (Robbins 1970;
  Waudby-Smith & Ramdas, Estimating means of bounded random variables by betting, JRSS B 86, 2024, section 4.4). The rows of a
  day share what happened that day, and who is equal over the weeks is worse on many a day; so what days swing by anyway is
  tolerated on top. That leaves great harm, found within hours.
- Days: the mean m of a day multiplies the money by 1 + tanh(b m): fair wherever m is as likely as -m, whatever its size (the
  likelihood ratio of a sign: Ramdas, Ruf, Larsson & Koolen, Admissible anytime-valid sequential inference must rely on
  nonnegative martingales, 2020, section on symmetry). That finds small harm that lasts.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.records.judging import Swing

Array = NDArray[Any]

BETS = np.array([0.005, 0.02, 0.06, 0.18, 0.5, 0.95])
"""The shares of the money that the worst draw can take, each with an equal part of it: small ones find small harm in many
rows, large ones great harm in few."""
DAY_BETS = np.array([0.5, 1.0, 2.0])
"""Per usual size of a day's mean."""
UNUSUAL = 0.998
"""What a day swings by in all but so few cases is tolerated row by row."""
FEWEST_BLOCKS = 5
INDEPENDENT = Swing(spread=0.0, blocks=FEWEST_BLOCKS)
"""Of rows that nothing binds together."""
SURE = 0.999
"""No more of the money than this is lost on one day."""


def swing_of(draws: Array, blocks: Array) -> Swing | None:
    """The swing of draws, shape (n,), whose block is named by a code each, shape (n,). None with fewer than five blocks.

    Blocks weigh as their rows do: the last day of a table may have one alone, whose mean is that row's luck (the moment
    estimate of DerSimonian & Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7, 1986, with the rows as
    weights); and as many count as have rows of their own (Kish, "Survey Sampling", 1965).
    """
    codes = np.unique(blocks, return_inverse=True)[1].reshape(-1)
    count = np.bincount(codes)
    if len(count) < FEWEST_BLOCKS or not np.isfinite(draws).all():
        return None
    means, rows = np.bincount(codes, draws) / count, len(draws)
    within = np.bincount(codes, (draws - means[codes]) ** 2).sum() / max(rows - len(count), 1)
    apart = float((count * (means - draws.mean()) ** 2).sum()) - (len(count) - 1) * within
    weight = rows - float((count.astype(np.float64) ** 2).sum()) / rows
    own = max(2, round(rows**2 / float((count.astype(np.float64) ** 2).sum())))
    return Swing(spread=float(np.sqrt(max(0.0, apart / weight))) if weight > 0 else 0.0, blocks=own)


def allowance(swing: Swing) -> float:
    """What one more block may well be off by: the end of Student's prediction interval."""
    from scipy.special import stdtrit

    return (
        float(stdtrit(swing.blocks - 1, UNUSUAL)) * swing.spread * float(np.sqrt(1 + 1 / swing.blocks)) if swing.spread else 0.0
    )


def by_rows(draws: Array, tolerated: float, least: float) -> Array:
    """The logarithm of the money after each draw, shape (n,), where there was 1 before the first.

    draws: shape (n,), how much worse the challenger did, none below `least`. The mean of each, given those before it, is at
    most `tolerated` where there is no harm; tolerated > least.
    """
    stakes = BETS[:, None] / (tolerated - least)
    grown = np.cumsum(np.log1p(stakes * (draws - tolerated)), axis=1)
    return _mixed(grown)


def by_days(means: Array, tolerated: float, usual: float) -> Array:
    """The same after each day, from the means of its draws, shape (k,). usual: the size that such a mean has; 0: not known,
    and nothing is bet on the first day."""
    gaps = means - tolerated
    known = float(usual > 0)
    sizes = np.concatenate([[usual**2], usual**2 + np.cumsum(gaps**2)[:-1]]) / np.maximum(known + np.arange(len(gaps)), 1)
    steps = np.divide(gaps, np.sqrt(sizes), out=np.zeros(len(gaps)), where=sizes > 0)
    return _mixed(np.cumsum(np.log1p(SURE * np.tanh(DAY_BETS[:, None] * steps)), axis=1))


def together(rows: Array, days: Array, closed: Array) -> Array:
    """The logarithm of all the money where half was bet each way. rows, days: as above; closed: how many rows had come when
    each day was over, shape (k,), ascending. One number after each row and each day, shape (n + k,), in their order."""
    order = in_order(len(rows), closed)
    held = [np.concatenate([[0.0], part]) for part in (rows, days)]
    seen = np.cumsum(order < len(rows)), np.cumsum(order >= len(rows))
    money: Array = np.logaddexp(held[0][seen[0]], held[1][seen[1]]) - np.log(2)
    return money


def in_order(rows: int, closed: Array) -> Array:
    """The places of rows and then days, shape (n + k,), in the order in which they came: a day after its last row."""
    return np.argsort(np.concatenate([np.arange(1, rows + 1), closed]), kind="stable")


def first_over(logs: Array, alpha: float) -> int | None:
    """The place at which the evidence first reached 1 / alpha: harm is shown from there on. None: it never did."""
    over = np.flatnonzero(logs >= -np.log(alpha))
    return int(over[0]) if len(over) else None


def _mixed(grown: Array) -> Array:
    mixed: Array = np.logaddexp.reduce(grown, axis=0) - np.log(len(grown))
    return mixed
