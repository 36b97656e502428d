"""The rows of a snapshot as arrays, read when they are first needed, and again where they were let go of."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE
from millwright.data.duplicates import row_hashes
from millwright.data.read import read_columns
from millwright.data.weights import weights_of
from millwright.loop.golden_set import rows_of_golden
from millwright.loop.order import Holdout
from millwright.loop.workshop import Workshop
from millwright.records.data import Contract, Snapshot
from millwright.records.rebuilding import Bounds
from millwright.search.folds import Enough
from millwright.search.shares import MOST, rows_for
from millwright.spec.durations import parse_duration
from millwright.tasks.registry import task
from millwright.tasks.task import Task

Array = NDArray[Any]

MOST_SEALED = 0.5
"""The rest is needed to learn from."""
WEEK = 7 * 86_400 * 1_000_000
RECENT = 4 * WEEK
"""What is sealed of a retrain's rows where nobody says, in microseconds: whole weeks, in which each weekday counts alike."""
ENOUGH = 500
"""Rows that a comparison of two models should have."""
DAYS = 7
"""Different days that a comparison should have, as rows of one day are drawn together: of weekly rows as many weeks."""
RARE = 50
"""And so many of its rarest class."""


LARGE = 32 << 20
"""Bytes of columns that are worth a second or so of reading them again."""


class _Cells:
    """The columns that were read of a snapshot, of all its tables."""

    columns: dict[str, Array] | None = None


class Table:
    """A snapshot in memory: columns in canonical cells, and what the split and the search need of them.

    since: rows that happened before it (microseconds on the contract's wall clock) count as not labelled, so that nothing
    is learnt from them and nothing judged on them. holdout: what is sealed; where it is "recent", RECENT, more where that is
    fewer than DAYS days, ENOUGH rows or RARE of the rarest class, and no more than the share that the spec says, or a fifth.
    Where nothing is asked for and the spec says no share, rows in time are sealed like that too. golden: rows that must not be
    learnt from; those of them count as not labelled too.
    """

    def __init__(
        self,
        shop: Workshop,
        snapshot: Snapshot,
        contract: Contract,
        *,
        since: int | None = None,
        holdout: Holdout = None,
        golden: Snapshot | None = None,
    ) -> None:
        self._shop, self.snapshot, self.contract, self.since, self.holdout = shop, snapshot, contract, since, holdout
        self._data, self.golden = shop.spec.data, golden
        self._cells = _Cells()

    def bounded(self, since: int | None, golden: Snapshot | None) -> "Table":
        """The same rows, of which fewer count; what was read of them is not read again."""
        return self._with(since, self.holdout, golden)

    def unsealed(self) -> "Table":
        """The same rows, of which none are sealed."""
        return self._with(self.since, "none", self.golden)

    def _with(self, since: int | None, holdout: Holdout, golden: Snapshot | None) -> "Table":
        other = Table(self._shop, self.snapshot, self.contract, since=since, holdout=holdout, golden=golden)
        other._cells = self._cells
        return other

    def let_go(self) -> None:
        """Hold the columns no longer, where they are large, nor do tables of the same rows: whoever asks reads them anew."""
        held = self._cells.columns
        if held is not None and sum(cells.nbytes for cells in held.values()) >= LARGE:
            self._cells.columns = None

    @property
    def bounds(self) -> Bounds:
        """Which of the snapshot's rows count."""
        return Bounds(since=self.since, holdout=self.holdout, golden=self.golden)

    @property
    def task(self) -> Task:
        """What kind of problem it is."""
        return task(self._data.task)

    @property
    def columns(self) -> dict[str, Array]:
        """Every column of the contract, over all rows."""
        if self._cells.columns is None:
            self._cells.columns = read_columns(self.snapshot, self._shop.blobs, self.contract)
        return self._cells.columns

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The target's classes in code order; none for regression."""
        return self.task.classes(self.columns[self._data.target], self._data)

    @cached_property
    def y(self) -> Array:
        """Class codes or values, NaN where a row has no label; shape (rows,)."""
        y = self.task.encode(self.columns[self._data.target], self.classes)
        y = y if self.since is None or self.time is None else np.where(self.time >= self.since, y, np.nan)
        return y if self.golden is None else np.where(self._in_golden(self.golden), np.nan, y)

    def _in_golden(self, golden: Snapshot) -> Array:
        theirs = read_columns(golden, self._shop.blobs, self.contract)
        return rows_of_golden(
            self.columns, theirs, self._data.key, [c.name for c in self.contract.columns if c.role == "feature"]
        )

    @cached_property
    def time(self) -> Array | None:
        """When each row happened: int64 microseconds of the contract zone's wall clock."""
        return self.columns[self._data.time] if self._data.time else None

    @property
    def sealed_share(self) -> float | None:
        """The share of the labelled rows that is sealed; None for what the split takes by itself."""
        said, sealed = self._shop.spec.split.holdout, self.holdout
        if sealed == "none":
            return 0.0
        if self.time is None or (sealed is None and (said is not None or not self._by_time)):
            return said
        y = self.y[~np.isnan(self.y) & (self.time != MISSING_DATE)]
        if isinstance(sealed, int):
            length, fewest, most = sealed, 1, MOST_SEALED
        else:
            length, fewest, most = WEEK if sealed == "newest" else RECENT, self.enough(y), said or MOST
        times = self.time[~np.isnan(self.y) & (self.time != MISSING_DATE)]
        newest = int((times > times.max(initial=0) - length).sum())
        if not isinstance(sealed, int) and len(times):
            newest = max(newest, int((times >= _nth_newest_day(times, DAYS)).sum()))
        return min(max(newest, fewest) / max(len(times), 2), most)

    @property
    def enough_sealed(self) -> Enough | None:
        """What is to be sealed of the rows that are left once groups are kept apart; None where a person said how long a time
        is."""
        if isinstance(self.holdout, int) or self.holdout == "none":
            return None
        return Enough(self.enough(self.y[~np.isnan(self.y)]), self._shop.spec.split.holdout or MOST)

    @property
    def _by_time(self) -> bool:
        return self._shop.spec.split.method in ("auto", "time")

    def enough(self, y: Array) -> int:
        """Rows that two models should be compared on. y: of the labelled rows."""
        return max(ENOUGH, rows_for(y, RARE) if len(y) and self.task.stratifies else 0)

    @cached_property
    def known(self) -> Array | None:
        """When each row's label became known, on the same clock."""
        if self._data.label_known:
            return self.columns[self._data.label_known]
        if self.time is None:
            return None
        delay = int(parse_duration(self._data.label_delay).total_seconds() * 1e6)
        return np.where(self.time == MISSING_DATE, MISSING_DATE, self.time + delay)

    @cached_property
    def groups(self) -> Array | None:
        """The group of each row."""
        return self.columns[self._data.group] if self._data.group else None

    @cached_property
    def weight(self) -> Array | None:
        """How much each row counts, None where all count alike. Raises DataRefused where a weight is none."""
        column = self._data.weight
        return weights_of(self.columns[column], column) if column else None

    @cached_property
    def duplicates(self) -> Array:
        """A hash of what a model sees of each row, int64: equal for rows that are copies of each other."""
        return row_hashes(self.columns, [c.name for c in self.contract.columns if c.role == "feature"])


def _nth_newest_day(times: Array, days: int) -> int:
    """Where the n-th newest day begins that has rows, or the first. times: microseconds, shape (n,), n > 0."""
    day = 86_400 * 1_000_000
    return int(np.unique(times // day)[-days:][0]) * day
