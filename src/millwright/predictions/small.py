"""Small logs as columns in memory: of a few thousand rows a database takes longer to plan a question than to answer it.

A sealed file never changes: a small one is read once and kept for a while. What is open is parsed with each question. Where
there is more than a little, the database answers (`load.py`).
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from millwright.predictions.held import KnownFile, known_file
from millwright.predictions.load import Span, database, patiently, refuse_gone, scratch
from millwright.predictions.sealed import Files
from millwright.predictions.tables import LABELS, PREDICTIONS, Table, fetch_columns, lines_sql, placed_sql, unframe

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

Columns = dict[str, "NDArray[Any]"]

MOST = 2 << 20
"""Bytes of the files of one question."""
KEPT = 4 << 20
"""Bytes of the files whose rows are kept: ten to twenty times that in memory."""
AT_ONCE = 64
"""Files of one reading: each row is told its file by looking through their names."""

_MOMENTS = {name: f"epoch_us({name})" for name in ("event_at", "known_at")}
_CELLS: Mapping[str, dict[str, str]] = {
    PREDICTIONS.name: {
        **{name: name for name in ("id", "key", "client_id", "version", "payload_digest", "role", "caller")},
        **{name: f"{name}::varchar" for name in ("request", "output")},
        "flags": "array_to_string(flags, ' ')",
        **_MOMENTS,
    },
    LABELS.name: {"prediction_id": "prediction_id", "key": "key", "value": "value::varchar", "source": "source", **_MOMENTS},
}


def rows_of(*wanted: tuple[Span, Iterable[str]]) -> list[Columns] | None:
    """Columns of the rows of each span, by name, one array each: times are int64 microseconds of UTC, JSON is text, flags are
    text with spaces between; what is missing is None. None instead of all: they are too many.

    Files may hold rows of other times too. Raises Unavailable where a file is missing; duckdb.Error goes through.
    """
    return patiently(lambda: _rows_of(wanted))


def _rows_of(wanted: Sequence[tuple[Span, Iterable[str]]]) -> list[Columns] | None:
    found = [(span.table, span.files()) for span, _ in wanted]
    files = [[known_file(table, path) for path in files.sealed] for table, files in found]
    opened = sum(path.stat().st_size for _, files in found for path in files.open)
    if opened + sum(size for several in files for _, _, size, _ in several) > MOST:
        return None
    with database(frozenset(span.root.resolve() for span, _ in wanted), 1).cursor() as connection:
        try:
            every = [_of_table(connection, *one, sealed) for one, sealed in zip(found, files, strict=True)]
        except BaseException as error:
            refuse_gone(found, error)
            raise
    return [
        {name: np.concatenate([columns[name] for columns in several]) for name in names}
        for several, (_, names) in zip(every, wanted, strict=True)
    ]


def _of_table(connection: duckdb.DuckDBPyConnection, table: Table, files: Files, sealed: Sequence[KnownFile]) -> list[Columns]:
    """All columns of each file; of none those of no rows."""
    kept = _kept().of(connection, table, sealed)
    if files.open:
        with scratch() as folder:
            lines = folder / "lines.jsonl"
            unframe(files.open, lines)
            kept = [*kept, fetch_columns(connection, _select(table, lines_sql(table, lines)), {})]
    return kept or [{name: np.empty(0, dtype=np.int64 if name in _MOMENTS else object) for name in _CELLS[table.name]}]


class _Kept:
    """The rows of small sealed files, the ones asked for last. Any thread may ask."""

    def __init__(self) -> None:
        self._rows: OrderedDict[KnownFile, Columns] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[KnownFile]) -> list[Columns]:
        """The rows of each file, in this order."""
        with self._lock:
            missing = [file for file in files if file not in self._rows]
            for start in range(0, len(missing), AT_ONCE):
                several = missing[start : start + AT_ONCE]
                self._rows.update(zip(several, _read(connection, table, several), strict=True))
            found = [self._rows[file] for file in files]
            for file in files:
                self._rows.move_to_end(file)
            self._let_go()
            return found

    def _let_go(self) -> None:
        total = sum(size for _, _, size, _ in self._rows)
        while total > KEPT:
            (_, _, size, _), _ = self._rows.popitem(last=False)
            total -= size


def _read(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[KnownFile]) -> list[Columns]:
    rows = placed_sql(table, [Path(path) for _, path, _, _ in files])
    found = fetch_columns(connection, _select(table, rows, "place"), {})
    place = found.pop("place")
    several = [np.flatnonzero(place == at) for at in range(len(files))]
    return [{name: cells[mine] for name, cells in found.items()} for mine in several]


def _select(table: Table, rows: str, *also: str) -> str:
    cells = ", ".join([*also, *(f"{sql} as {name}" for name, sql in _CELLS[table.name].items())])
    return f"select {cells} from ({rows})"  # noqa: S608


@lru_cache(maxsize=1)
def _kept() -> _Kept:
    """What this process keeps."""
    return _Kept()


os.register_at_fork(after_in_child=_kept.cache_clear)  # a thread of the parent may have held the lock
