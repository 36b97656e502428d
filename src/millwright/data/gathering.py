"""Accounts of columns by group of rows, gathered while rows are read, until they are the profile of all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from millwright.data.account import Account, Detail, merge_accounts, record_of
from millwright.data.column_profile import KEPT
from millwright.data.columns import MISSING_DATE
from millwright.data.groups import Groups
from millwright.data.periods import Grain, day_text
from millwright.data.times import merge_times, time_summary
from millwright.records.data import ColumnProfile, ContractColumn, PeriodProfile, Profile, TimeSummary

PERIOD_POINTS = 32
PERIOD_LEVELS = 24
PERIOD = Detail(points=PERIOD_POINTS, levels=PERIOD_LEVELS, hashes=False)
"""What is kept of a column of one period."""


@dataclass(slots=True)
class _Column:
    column: ContractColumn
    by_label: dict[int, list[Account]] = field(default_factory=dict)
    times: dict[int, list[TimeSummary]] = field(default_factory=dict)

    def of(self, label: int, detail: Detail) -> ColumnProfile:
        """Of the rows with this label."""
        account = merge_accounts(self.by_label[label], detail)
        times = merge_times(self.times.get(label, ())) if detail.hashes else None
        return record_of(self.column.name, self.column.kind, account, detail, times)

    def of_all(self, detail: Detail) -> ColumnProfile:
        """Of all rows."""
        every = [account for accounts in self.by_label.values() for account in accounts]
        times = merge_times([summary for summaries in self.times.values() for summary in summaries])
        return record_of(self.column.name, self.column.kind, merge_accounts(every, detail), detail, times)


@dataclass(slots=True)
class Gathering:
    """What was read so far. Labels of groups are the first days of periods, where there is a grain. kept: what is of a
    column over all rows."""

    grain: Grain | None
    kept: Detail = KEPT
    rows: int = 0
    _rows_by_label: dict[int, int] = field(default_factory=dict)
    _columns: dict[str, _Column] = field(default_factory=dict)

    @property
    def labels(self) -> list[int]:
        """The labels of the rows so far, in order."""
        return sorted(self._rows_by_label)

    @property
    def detail(self) -> Detail:
        """How fine accounts are to be."""
        return self.kept.to_be_merged()

    def add_rows(self, groups: Groups) -> None:
        """Rows that are read now, in these groups."""
        self.rows += len(groups.codes)
        for label, rows in zip(groups.labels, groups.sizes(), strict=True):
            self._rows_by_label[label] = self._rows_by_label.get(label, 0) + rows

    def add(self, column: ContractColumn, labels: Sequence[int], accounts: Sequence[Account]) -> None:
        """The accounts of a column in the groups with these labels."""
        gathered = self._columns.setdefault(column.name, _Column(column))
        for label, account in zip(labels, accounts, strict=True):
            gathered.by_label.setdefault(label, []).append(account)

    def add_times(self, column: ContractColumn, label: int, moments: NDArray[np.int64], latest: int | None) -> None:
        """The moments of a column of dates, in the order of their rows. latest: as of when they are read."""
        gathered = self._columns.setdefault(column.name, _Column(column))
        gathered.times.setdefault(label, []).append(time_summary(moments, latest))

    def profile(self, of: str) -> Profile:
        """The profile of all rows so far."""
        return Profile(
            of=of,
            rows=self.rows,
            columns=tuple(column.of_all(self.kept) for column in self._columns.values()),
            periods=tuple(self._periods()) if self.grain else (),
            grain=self.grain,
        )

    def of_label(self, label: int, of: str) -> Profile:
        """The profile of the rows with one label."""
        columns = tuple(column.of(label, self.kept) for column in self._columns.values())
        return Profile(of=of, rows=self._rows_by_label[label], columns=columns)

    def _periods(self) -> Iterator[PeriodProfile]:
        watched = [gathered for gathered in self._columns.values() if gathered.column.role in ("feature", "target")]
        for label in sorted(label for label in self._rows_by_label if label != MISSING_DATE):
            yield PeriodProfile(
                period=day_text(label),
                rows=self._rows_by_label[label],
                columns=tuple(gathered.of(label, PERIOD) for gathered in watched),
            )
