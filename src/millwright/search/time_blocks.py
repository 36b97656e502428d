"""Splits along time: cut between moments, and train only on what was known by then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE
from millwright.errors import DataRefused

Array = NDArray[Any]
FOLDLESS = 127


@dataclass(frozen=True, slots=True)
class Blocks:
    """Masks of the sealed and the training rows, and the block of each row: FOLDLESS for the first, then 1, 2, …"""

    sealed: Array
    train: Array
    block: Array
    note: str


def time_blocks(usable: Array, time: Array, known: Array | None, *, holdout: float, folds: int) -> Blocks:
    """Seal the last share of `usable` rows by time and cut what was known before it into expanding validation blocks; of a
    share of 0 nothing is sealed, and all rows are cut.

    Rows of one moment are never divided. A validation block is only kept where something was known before it starts, so
    there may be fewer than `folds`. Raises DataRefused where nothing was known before the holdout.
    """
    start = _cut(np.sort(time[usable]), 1.0 - holdout) if holdout else _beyond(time[usable])
    sealed = usable & (time >= start)
    train = usable & (time < start) & known_before(start, time, known if holdout else None)
    if not train.any():
        raise DataRefused(
            f"no label was known before the holdout starts at {moment(start)}",
            fix="check data.label_known and data.label_delay, or take a smaller split.holdout",
            code="split.label_delay",
        )
    starts = _block_starts(train, time, known, folds)
    block = np.searchsorted(np.asarray(starts, dtype=np.int64), time, side="right").astype(np.int8)
    late = int((usable & (time < start)).sum() - train.sum())
    return Blocks(sealed, train, np.where(block == 0, FOLDLESS, block).astype(np.int8), _note(late, folds, len(starts)))


def known_before(start: int, time: Array, known: Array | None) -> Array:
    """Mask of the rows whose label was known when `start` came; a row without a known-time never counts as known."""
    if known is None:
        return time < start
    return np.asarray((known != MISSING_DATE) & (known <= start))


def moment(micros: int) -> str:
    """Microseconds since 1970 as ISO 8601 text, on the clock they were written by."""
    return (datetime(1970, 1, 1) + timedelta(microseconds=micros)).isoformat()


def _cut(ordered: Array, share: float) -> int:
    """The moment nearest to `share` of the ordered times, such that some rows lie before it and some at or after it."""
    at = min(max(int(len(ordered) * share), 0), max(len(ordered) - 1, 0))
    if len(ordered) == 0 or ordered[0] == ordered[-1]:
        raise DataRefused(
            "rows of at least two moments are needed to split by time",
            fix="check data.time, or set split.method",
            code="split.moments",
        )
    here = int(ordered[at])
    first, after = np.searchsorted(ordered, here, side="left"), np.searchsorted(ordered, here, side="right")
    if first == 0 or (after < len(ordered) and after - at < at - first):
        return int(ordered[after])
    return here


def _beyond(times: Array) -> int:
    """A moment after all of them."""
    return int(times.max(initial=0)) + 1


def _block_starts(train: Array, time: Array, known: Array | None, folds: int) -> list[int]:
    """Where the validation blocks start: equal counts, distinct moments, each with known rows before it."""
    ordered = np.sort(time[train])
    starts: list[int] = []
    for k in range(1, folds + 1):
        at = int(ordered[len(ordered) * k // (folds + 1)])
        seen = train & (time < at) & known_before(at, time, known)
        if at > (starts[-1] if starts else int(ordered[0])) and seen.any():
            starts.append(at)
    return starts


def _note(late: int, asked: int, made: int) -> str:
    parts = [f"{late} rows were not trained on: their label became known after the holdout starts"] if late else []
    if made < asked:
        parts.append(f"{made} of {asked} folds: before the others nothing was known")
    return "; ".join(parts)
