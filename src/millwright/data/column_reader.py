"""Reading a snapshot column by column: the cells of some rows, or how often each group of rows has each level."""
# ruff: noqa: S608  (every name and text in these queries is quoted by data.sql)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from millwright.data.accounts import Counts
from millwright.data.batch_cells import to_cells
from millwright.data.groups import Groups
from millwright.data.locked import open_locked, refusing
from millwright.data.sql import identifier, parquet_rows
from millwright.records.data import Contract, ContractColumn, Part, Snapshot
from millwright.stores.blobs import BlobStore

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

THREADS = 1


class ColumnReader:
    """Columns of one snapshot, as the contract reads them. Memory is that of the rows of one column that are asked for."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, blobs: BlobStore, contract: Contract) -> None:
        self._connection, self._blobs, self._zone = connection, blobs, contract.zone
        self._stored = {field.name: field.type for field in snapshot.fields}
        self._near = False

    @classmethod
    @contextmanager
    def opened(cls, snapshot: Snapshot, blobs: BlobStore, contract: Contract) -> Iterator[ColumnReader]:
        """A reader, as long as the context lasts."""
        paths = [blobs.local(part.digest) for part in snapshot.parts]
        with open_locked(paths, threads=THREADS) as connection:
            yield cls(connection, snapshot, blobs, contract)

    def has(self, name: str) -> bool:
        """Whether the snapshot has the column."""
        return name in self._stored

    @contextmanager
    def together(self, columns: Sequence[ContractColumn], part: Part, rows: slice) -> Iterator[None]:
        """Read these columns of these rows at once, and have no others as long as the context lasts.

        To open a file of thousands of columns takes longer than to read one of them.
        """
        if len(columns) < 2:
            yield
            return
        names = ", ".join(identifier(column.name) for column in columns)
        self._run(f"create or replace temp table near as select {names} from {self._scan(part, rows)}")
        self._near = True
        try:
            yield
        finally:
            self._near = False
            self._run("drop table near")

    def cells(self, column: ContractColumn, part: Part, rows: slice) -> NDArray[Any]:
        """The canonical cells of a column, shape (rows,)."""
        found = self._fetch(f"select {identifier(column.name)} as c from {self._scan(part, rows)}")
        return to_cells(found["c"], self._stored[column.name], column, self._zone)

    def counts(self, column: ContractColumn, part: Part, rows: slice, groups: Groups) -> Counts:
        """How often each group has each level of a category. Stored values are counted; only distinct ones become cells."""
        self._connection.register("of_rows", {"g": groups.codes})
        values = f"(select {identifier(column.name)} as c from {self._scan(part, rows)})"
        try:
            found = self._fetch(f"select g, c, count(*) as n from {values} positional join of_rows group by g, c")
        finally:
            self._connection.unregister("of_rows")
        levels = to_cells(found["c"], self._stored[column.name], column, self._zone)
        return _by_group(np.ma.getdata(found["g"]), levels, np.ma.getdata(found["n"]))

    def _scan(self, part: Part, rows: slice) -> str:
        if self._near:
            return "near"
        whole = (rows.start, rows.stop) == (0, part.rows)
        return parquet_rows(self._blobs.local(part.digest), None if whole else (rows.start, rows.stop))

    def _fetch(self, query: str) -> dict[str, Any]:
        with refusing("the snapshot"):
            found: dict[str, Any] = self._connection.execute(query).fetchnumpy()
        return found

    def _run(self, query: str) -> None:
        with refusing("the snapshot"):
            self._connection.execute(query)


def _by_group(places: NDArray[Any], levels: NDArray[Any], rows: NDArray[Any]) -> Counts:
    counts: dict[int, dict[str | None, int]] = {}
    for place, level, n in zip(places.tolist(), levels.tolist(), rows.tolist(), strict=True):
        of_group = counts.setdefault(place, {})
        of_group[level] = of_group.get(level, 0) + n
    return counts
