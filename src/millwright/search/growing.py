"""Settings are compared on growing samples of the rows where a fit on all of them would take too much of the budget.

Successive halving (Jamieson & Talwalkar 2016) with rows as what is given out: the race goes from fold to fold, and each fold
teaches with three times the rows of the one before. What answers is fitted on all rows in the end. How many rows that are
depends on how many there are, on the features and on the seconds of the budget, never on a clock: the same on every machine.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.records.modelling import MadeFit
from millwright.search.folds import Fold
from millwright.search.shares import RARE, rows_for
from millwright.search.units import hashed

Array = NDArray[Any]

SMALL = 12_000_000
"""Values of features: fits on so many never are too slow."""
A_SECOND = 100_000
"""Values of features in the largest fold for each second of the budget."""
FEWEST = 20_000
"""Rows that a fold teaches with at least: fewer say little of many."""
STEP = 3
MOST_JUDGED = 50_000
"""Validation rows of a fold: more make no score much surer."""
_OTHER = 2_000_003
"""Added to the split's seed: who is taken has nothing to do with which fold a row is in."""


def most_rows(rows: int, features: int, seconds: float) -> int | None:
    """With how many of so many training rows the largest fold teaches; None where there is time for all of them. seconds: of
    the budget."""
    most = max(int(seconds * A_SECOND / max(features, 1)), FEWEST)
    return None if rows * features <= SMALL or rows <= most else most


def growing(folds: Sequence[Fold], y: Array, most: int, seed: int, *, stratifies: bool) -> tuple[Fold, ...]:
    """These folds with samples of their rows: the last teaches with `most`, each one before it with a third of the next, and
    a score counts by the rows that taught it.

    A fold's sample is of its own rows, so what is kept apart stays apart. y: of the training rows; where it `stratifies`,
    the rarest class has some rows in the smallest sample, if it can. The same rows are taken each time.
    """
    least = min(max(FEWEST, rows_for(y, RARE) if stratifies else 0), most)
    key = hashed(len(y), seed + _OTHER)
    kept = [
        replace(
            fold,
            train=_sample(fold.train, max(most // STEP ** (len(folds) - 1 - place), least), key),
            valid=_sample(fold.valid, MOST_JUDGED, key),
        )
        for place, fold in enumerate(folds)
    ]
    mean = sum(len(fold.train) for fold in kept) / len(kept)
    return tuple(replace(fold, counts=len(fold.train) / mean) for fold in kept)


def said(folds: Sequence[Fold], rows: int, refits: Sequence[MadeFit | None]) -> str:
    """What whoever reads of a search should know of its folds; nothing where they have all their rows. refits: those of
    all models that answer, None of one that its folds' models answer for."""
    if not is_growing(folds):
        return ""
    sizes = ", ".join(f"{len(fold.train):,}" for fold in folds)
    compared = f"settings were compared on samples of {sizes} of {rows:,} training rows"
    if None in refits:
        return f"{compared}, whose models answer as their mean: no time was left to fit on all rows: raise search.budget"
    is_short = any(refit is not None and refit.stopped_at is not None for refit in refits)
    short = ", which the budget cut short: raise search.budget" if is_short else ""
    return f"{compared}, and what answers was fitted on all of them{short}"


def rounds_for(rows: int, found: Sequence[tuple[int, int]]) -> int:
    """How many rounds on so many rows, from those that were best on samples: as these grew from sample to sample.

    found: rounds and rows of each fit. More rows bear more trees, and fewer epochs of a network; of a power of the rows the
    folds' own is taken, at most the square root, and no more than three times what any needed.
    """
    rounds, sizes = (np.log([max(pair[place], 1) for pair in found]) for place in (0, 1))
    spread = sizes - sizes.mean()
    power = float(np.clip((spread @ rounds) / (spread @ spread), -0.5, 0.5)) if spread.any() else 0.0
    largest = int(np.argmax(sizes))
    wanted = float(found[largest][0] * (rows / found[largest][1]) ** power)
    return max(1, min(round(wanted), STEP * max(count for count, _ in found)))


def is_growing(folds: Sequence[Fold]) -> bool:
    """Whether these teach with samples."""
    return any(fold.counts is not None for fold in folds)


def weights(folds: Sequence[Fold]) -> tuple[float, ...]:
    """How much each counts; 1 on the mean, and 1 each where they have all their rows."""
    return tuple(1.0 if fold.counts is None else fold.counts for fold in folds)


def _sample(rows: Array, most: int, key: Array) -> Array:
    """Those of the rows with the smallest keys, in their order."""
    if len(rows) <= most:
        return rows
    return rows[np.sort(np.argpartition(key[rows], most - 1)[:most])]
