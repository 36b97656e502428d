"""How far an estimate is likely to be from what comes true, by trying it on windows drawn from rows whose labels are known.

Each trial draws blocks of reference rows twice, independently: once to learn from, as the estimator does, and once, as many
as the window asked about has, to be the window. What the estimator says of the second, less what came true there, is one
draw of its error: of what is uncertain in the calibration, of which labels happen to come true, and of what days share.
Where inputs shifted, the rows of the trial windows are weighted to look like those asked about, so that a bias that comes
with the shift is seen too. It is a bootstrap (Efron & Tibshirani 1993, chapter 17: of prediction error) by block.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.records.judging import Interval

Array = NDArray[Any]

TRIALS = 160
GROUPS = 512
MOST_GROUPS = 4096
FEWEST_BLOCKS = 5
DEFINED = 0.9
IN_A_WINDOW = 5
"""Blocks that a window should have at least, where rows are dealt into blocks by chance."""


@dataclass(frozen=True, slots=True)
class Trials:
    """Trials on the same reference rows. learn, window: how often each block is drawn, shape (trials, g)."""

    learn: Array
    window: Array
    blocks: int

    @classmethod
    def draw(cls, blocks: int, in_window: float, seed: int, trials: int = TRIALS) -> "Trials":
        """Draw `blocks` blocks to learn from and about `in_window` blocks as a window, in each trial."""
        random = np.random.default_rng((seed, blocks))
        even = np.full(blocks, 1 / blocks)
        window = max(1, round(in_window))
        return cls(
            random.multinomial(blocks, even, trials).astype(float),
            random.multinomial(window, even, trials).astype(float),
            blocks,
        )


def groups_of(rows: int, blocks: Array | None, asked: int, asked_blocks: int | None, seed: int) -> tuple[Array, float]:
    """The block code of each of the reference rows, shape (rows,), and how many blocks the rows asked about make.

    blocks: codes that the rows have, shape (rows,); without them rows are dealt into blocks by chance.
    """
    if blocks is not None:
        codes = np.unique(blocks, return_inverse=True)[1].reshape(-1)
        count = int(codes.max(initial=0)) + 1
        if count <= MOST_GROUPS:
            return codes, float(asked_blocks) if asked_blocks else asked * count / max(rows, 1)
    wanted = max(GROUPS, int(np.ceil(IN_A_WINDOW * rows / max(asked, 1))))
    count = min(rows, MOST_GROUPS, wanted)
    dealt = np.random.default_rng((seed, rows)).permutation(rows) % count
    return dealt, asked * count / max(rows, 1)


def interval_from(value: float, errors: Array, *, level: float, n: int, most: float, blocks: int) -> Interval:
    """The interval of an estimate `value` whose errors (estimate less truth) in trials were `errors`, within 0 and `most`.

    Its middle is the value less the mean error, its width Student's t for so many blocks; open for fewer than five.
    """
    from scipy.special import stdtrit

    defined = errors[np.isfinite(errors)]
    if not np.isfinite(value) or len(defined) < DEFINED * len(errors) or blocks < FEWEST_BLOCKS:
        return Interval(value=value if np.isfinite(value) else None, low=None, high=None, n=n, level=level)
    spread = float(np.std(defined, ddof=1)) * np.sqrt(blocks / (blocks - 1))
    reach = float(stdtrit(blocks - 1, (1 + level) / 2)) * spread
    low, middle, high = np.clip(value - float(defined.mean()) + reach * np.array([-1.0, 0.0, 1.0]), 0.0, most).tolist()
    return Interval(value=middle, low=low, high=high, n=n, level=level)
