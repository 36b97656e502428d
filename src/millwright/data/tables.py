"""One source file as a table: Parquet on disk, the names of its columns, and what was noticed while reading it."""
# ruff: noqa: S608  (every name and text in these queries is quoted by data.sql)

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from millwright.data.locked import open_locked, refusing
from millwright.data.sql import identifier, parquet
from millwright.errors import DataRefused
from millwright.records.data import SetAside

_CANONICAL = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), "BIGINT"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "HUGEINT", "UBIGINT", "UHUGEINT", "DECIMAL"), "DOUBLE"),
    **dict.fromkeys(("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "TIMESTAMP"),
    **dict.fromkeys(("VARCHAR", "ENUM", "UUID", "TIME", '"NULL"'), "VARCHAR"),
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP WITH TIME ZONE",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the source, how the file on disk calls it, and the SQL that gives its value as `type`.

    `type` is one of BOOLEAN, BIGINT, DOUBLE, TIMESTAMP, TIMESTAMP WITH TIME ZONE, VARCHAR; empty where we cannot keep it.
    date_format: how the text of a TIMESTAMP is written, where that is not ISO 8601.
    """

    name: str
    stored: str
    type: str
    value: str
    date_format: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One file of the source, readable by DuckDB."""

    label: str
    path: Path
    columns: tuple[Column, ...]
    rows: int
    text: bool = False
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def scan(self) -> str:
        """The table function that reads it."""
        return parquet([self.path])


def open_parquet(path: Path, label: str) -> Table:
    """A Parquet file as a table. Raises DataRefused where it is damaged, empty, or names a column twice."""
    with refusing(label), open_locked([path]) as connection:
        scan = parquet([path])
        described = connection.execute(f"describe select * from {scan}").fetchall()
        counted = connection.execute(f"select count(*) from {scan}").fetchone()
        names = _names(connection.execute(_TREE.format(path=scan[len("read_parquet([") :].split("]")[0])).fetchall())
    rows = counted[0] if counted else 0
    if rows == 0:
        raise no_rows(label)
    check_names(names, label)
    columns = (_column(name, stored, kind) for name, (stored, kind, *_) in zip(names, described, strict=True))
    return Table(label=label, path=path, columns=tuple(columns), rows=rows)


_TREE = "select name, num_children from parquet_schema([{path}])"


def _names(tree: Sequence[tuple[str, int | None]]) -> list[str]:
    """The names of the top-level columns as the file spells them: DuckDB renames the second of two equal ones."""
    names: list[str] = []
    position = 1
    while position < len(tree):
        names.append(tree[position][0])
        position = _after(tree, position)
    return names


def _after(tree: Sequence[tuple[str, int | None]], position: int) -> int:
    children = tree[position][1] or 0
    position += 1
    for _ in range(children):
        position = _after(tree, position)
    return position


def _column(name: str, stored: str, kind: str) -> Column:
    target = _canonical(kind)
    value = identifier(stored) if target in ("", kind) else f"cast({identifier(stored)} as {target})"
    return Column(name=name, stored=stored, type=target, value=value)


def _canonical(kind: str) -> str:
    return "" if kind.endswith("]") else _CANONICAL.get(kind.split("(", 1)[0], "")


def check_names(names: Sequence[str], label: str) -> None:
    """Refuse names that are empty, or that DuckDB cannot tell apart (it is blind to upper and lower case)."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataRefused(f"two columns are named {_quoted(twice)}", where=label, fix="rename one of them", code="data.names")
    lowered = Counter(name.lower() for name in names)
    alike = [name for name in names if lowered[name.lower()] > 1]
    if alike:
        what = f"the names {_quoted(alike)} differ in upper and lower case alone"
        raise DataRefused(what, where=label, fix="rename one of them", code="data.names")
    if "" in names:
        raise DataRefused(f"column {names.index('') + 1} has no name", where=label, fix="name it", code="data.names")


def no_rows(label: str) -> DataRefused:
    """The refusal of a table without rows."""
    return DataRefused("no rows, only a header", where=label, fix="check that the export was complete", code="data.empty")


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
