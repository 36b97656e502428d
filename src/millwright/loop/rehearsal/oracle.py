"""The best moments to retrain, known afterwards: no schedule of plain retrains can do better, and policies are measured by it.

A policy may still do better: its gates keep models out, and it may retrain between the ends of windows, or recalibrate.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_TIE = 1e-9


def best_schedule(loss: Array, most: int, apart: int = 1) -> tuple[int, ...]:
    """The windows after which to retrain so that the summed loss is least, by dynamic programming.

    loss: (models + 1, models + 1); loss[j, w] is the loss of model j in segment w, where model 0 is the first one and model
    j > 0 is made at the beginning of segment j; only w >= j counts. most: at most so many retrains; apart: at least so many
    windows from one to the next. Returns the numbers of the retrains, counted from 0, in order; fewer where more win nothing.

    Bellman (1957): the best way on from a segment depends on the live model and on the retrains left, and on nothing else.
    """
    models = len(loss)
    ahead = np.flip(np.cumsum(np.flip(loss, axis=1), axis=1), axis=1)  # ahead[j, w]: model j from segment w to the end
    best = [float(ahead[j, j]) for j in range(models)]  # with no retrain left
    choices: list[list[int]] = []
    totals = [best[0]]
    for _ in range(most):
        best, chosen = _one_more(ahead, best, apart)
        choices.append(chosen)
        totals.append(best[0])
    fewest = next(count for count, total in enumerate(totals) if total <= totals[-1] + _TIE)
    return _followed(choices[:fewest])


def _one_more(ahead: Array, best: Sequence[float], apart: int) -> tuple[list[float], list[int]]:
    """With one retrain more: the least loss from the start of each model on, and which model follows it (0: none)."""
    models = len(ahead)
    found, chosen = [], []
    for j in range(models):
        least, following = float(ahead[j, j]), 0
        for k in range(j + (apart if j else 1), models):
            total = float(ahead[j, j] - ahead[j, k]) + best[k]
            if total < least - _TIE:
                least, following = total, k
        found.append(least)
        chosen.append(following)
    return found, chosen


def _followed(choices: Sequence[Sequence[int]]) -> tuple[int, ...]:
    schedule: list[int] = []
    model = 0
    for chosen in reversed(choices):
        model = chosen[model]
        if not model:
            break
        schedule.append(model - 1)
    return tuple(schedule)
