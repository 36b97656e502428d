"""Small sealed files that were read lately, kept in the database that reads them.

A tick asks the same few days a dozen questions, and the next tick asks nearly the same days again. A sealed file never
changes, so a small one is read whole once, into a table beside the views; large ones are read from where they lie, only the
columns and the times that a question asks for.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.predictions.tables import Table, placed_sql, rows_sql

if TYPE_CHECKING:
    import duckdb

SMALL = 256 << 10
"""Bytes of a file. A larger one takes longer to read than to open, and more memory than it may."""
MOST = 8 << 20
"""Bytes of the files that are held. A question about half as much reads them all from where they lie: it comes seldom."""

AT_ONCE = 64
"""Files of one reading: each row is told its file by looking through their names."""

KnownFile = tuple[str, str, int, int]
"""A table's name, a path, and what the file is told by: its size, and when it was written."""


class Held:
    """The files that one database holds. Any thread may ask; what is in use is not let go of."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self.database = database
        self._numbers: OrderedDict[KnownFile, int] = OrderedDict()
        self._in_use: Counter[KnownFile] = Counter()
        self._tables: set[str] = set()
        self._next = 0
        self._lock = threading.Lock()

    @contextmanager
    def of(self, table: Table, sealed: Sequence[Path]) -> Iterator[tuple[list[int], list[Path]]]:
        """The numbers of those sealed files that are held, and the paths of all others, while they are read.

        Raises FileNotFoundError where one is gone; duckdb.Error goes through.
        """
        files = [known_file(table, path) for path in sealed]
        small = {file for file in files if file[2] <= SMALL}
        if sum(size for _, _, size, _ in small) > MOST // 2:
            small = set()
        with self._lock:
            numbers = self._numbers_of(table, sorted(small))
            self._in_use.update(small)
        try:
            yield numbers, [path for path, file in zip(sealed, files, strict=True) if file not in small]
        finally:
            with self._lock:
                self._in_use.subtract(small)
                self._let_go()

    def _numbers_of(self, table: Table, files: Sequence[KnownFile]) -> list[int]:
        """The numbers of files; those that are not held yet are read, many at a time."""
        missing = [file for file in files if file not in self._numbers]
        for start in range(0, len(missing), AT_ONCE):
            self._hold(table, missing[start : start + AT_ONCE])
        for file in files:
            self._numbers.move_to_end(file)
        return [self._numbers[file] for file in files]

    def _hold(self, table: Table, files: Sequence[KnownFile]) -> None:
        with self.database.cursor() as connection:
            if table.name not in self._tables:
                empty = rows_sql(table, [], None)
                connection.execute(f"create table {_name(table)} as select 0 as file, * from ({empty})")  # noqa: S608
                self._tables.add(table.name)
            rows = placed_sql(table, [Path(path) for _, path, _, _ in files])
            numbered = f"select {self._next} + place, * exclude (place) from ({rows})"  # noqa: S608
            connection.execute(f"insert into {_name(table)} {numbered}")
        self._numbers.update((file, self._next + place) for place, file in enumerate(files))
        self._next += len(files)

    def _let_go(self) -> None:
        """Of the files that were read longest ago, so that the others are no more than may be held."""
        total = sum(size for _, _, size, _ in self._numbers)
        for file in list(self._numbers):
            if total <= MOST:
                return
            if self._in_use[file] <= 0:
                with self.database.cursor() as connection:
                    connection.execute(f"delete from held_{file[0]} where file = {self._numbers.pop(file)}")  # noqa: S608
                del self._in_use[file]
                total -= file[2]


def rows_of(table: Table, numbers: Sequence[int]) -> str:
    """SQL for the rows of the files of these numbers."""
    return f"select * exclude (file) from {_name(table)} where file in ({', '.join(map(str, numbers))})"  # noqa: S608


def _name(table: Table) -> str:
    return f"held_{table.name}"


def known_file(table: Table, path: Path) -> KnownFile:
    """What a file is known by."""
    found = path.stat()
    return table.name, str(path), found.st_size, found.st_mtime_ns
