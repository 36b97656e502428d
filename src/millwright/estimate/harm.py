"""Whether a challenger does harm: a sequential test that may be looked at after each row, for ever.

Money is bet, at fair odds, on the challenger being worse than is tolerated: a draw d of how much worse it did multiplies the
money by 1 + b (d - tolerated). Where it is no worse, the money is not expected to grow whatever came before, so it ever
reaches 1/alpha times what there was with probability at most alpha (Ville 1939), however often one looks and whenever one
stops. The bets are a mixture of constant ones (Robbins 1970; Waudby-Smith & Ramdas, Estimating means of bounded random
variables by betting, JRSS B 86, 2024, section 4.4): what is kept between two rows is one number a bet.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BETS = np.array([0.005, 0.02, 0.06, 0.18, 0.5, 0.95])
"""The shares of the money that the worst draw can take, each with an equal part of it: small ones find small harm in many
rows, large ones great harm in few."""


def evidence(draws: Array, tolerated: float, least: float) -> Array:
    """The natural logarithm of the money after each draw, shape (n,), where there was 1 before the first.

    draws: shape (n,), how much worse the challenger did, none below `least`. The mean of each, given those before it, is at
    most `tolerated` where there is no harm; tolerated > least.
    """
    stakes = BETS[:, None] / (tolerated - least)
    grown = np.cumsum(np.log1p(stakes * (draws - tolerated)), axis=1)
    mixed: Array = np.logaddexp.reduce(grown, axis=0) - np.log(len(BETS))
    return mixed


def first_over(logs: Array, alpha: float) -> int | None:
    """The place of the draw at which the evidence first reached 1 / alpha: harm is shown from there on. None: it never did."""
    over = np.flatnonzero(logs >= -np.log(alpha))
    return int(over[0]) if len(over) else None
