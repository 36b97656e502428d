"""The profile of a snapshot, read once and column by column: memory is that of one column of a batch of rows, and the times."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from millwright.data.accounts import accounts, accounts_of_counts
from millwright.data.column_reader import ColumnReader
from millwright.data.columns import MISSING_DATE
from millwright.data.dates import micros, zone_of
from millwright.data.gathering import Gathering
from millwright.data.groups import Groups, groups_of, one_group
from millwright.data.periods import Grain, first_days, grain_for
from millwright.data.profile import shown_columns, time_column
from millwright.records.data import Contract, ContractColumn, Part, Profile, Snapshot
from millwright.stores.blobs import BlobStore

BATCH_ROWS = 1 << 20


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some rows of a part, with their moments where there is a time column."""

    part: Part
    rows: slice
    moments: NDArray[np.int64] | None

    def groups(self, grain: Grain | None) -> Groups:
        """The rows by period; all together where there is no grain."""
        if self.moments is None or grain is None:
            return one_group(self.rows.stop - self.rows.start)
        return groups_of(first_days(self.moments, grain))


def profile_snapshot(snapshot: Snapshot, blobs: BlobStore, contract: Contract, *, batch_rows: int = BATCH_ROWS) -> Profile:
    """The profile of a snapshot, in one pass over batches of rows, a column at a time (after one look at its time column)."""
    with ColumnReader.opened(snapshot, blobs, contract) as reader:
        return _Pass(reader, contract, _wall(snapshot.as_of, contract.zone)).profile(snapshot, batch_rows)


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over a snapshot. latest: the wall clock as of which it was taken."""

    reader: ColumnReader
    contract: Contract
    latest: int

    def profile(self, snapshot: Snapshot, batch_rows: int) -> Profile:
        shown = shown_columns(self.contract)
        time = next((column for column in shown if column.name == time_column(self.contract)), None)
        batches = [
            _Batch(part, rows, self.reader.cells(time, part, rows) if time else None)
            for part, rows in _cut(snapshot.parts, batch_rows)
        ]
        gathering = Gathering(_grain(batches))
        for batch in batches:
            groups = batch.groups(gathering.grain)
            gathering.add_rows(groups)
            at_once = max(1, batch_rows // max(1, batch.rows.stop - batch.rows.start))
            for start in range(0, len(shown), at_once):
                some = shown[start : start + at_once]
                with self.reader.together(some, batch.part, batch.rows):
                    for column in some:
                        self._add(gathering, column, batch, groups)
        return gathering.profile(snapshot.digest)

    def _add(self, gathering: Gathering, column: ContractColumn, batch: _Batch, groups: Groups) -> None:
        if column.kind == "category":
            counts = self.reader.counts(column, batch.part, batch.rows, groups)
            gathering.add(column, groups.labels, accounts_of_counts(column, counts, groups, gathering.detail))
            return
        is_time = batch.moments is not None and column.name == time_column(self.contract)
        cells = batch.moments if is_time else self.reader.cells(column, batch.part, batch.rows)
        assert cells is not None
        gathering.add(column, groups.labels, accounts(column, cells, groups, gathering.detail))
        if column.kind == "date":
            gathering.add_times(column, 0, cells, self.latest)


def _cut(parts: Sequence[Part], batch_rows: int) -> Iterator[tuple[Part, slice]]:
    for part in parts:
        for start in range(0, part.rows, batch_rows):
            yield part, slice(start, min(start + batch_rows, part.rows))


def _grain(batches: Sequence[_Batch]) -> Grain | None:
    """The grain that suits all moments; None where there are none."""
    there = [
        kept for batch in batches if batch.moments is not None if len(kept := batch.moments[batch.moments != MISSING_DATE])
    ]
    return grain_for(int(min(map(np.min, there))), int(max(map(np.max, there)))) if there else None


def _wall(at: datetime, zone: str) -> int:
    return micros(at.astimezone(zone_of(zone)).replace(tzinfo=None))
