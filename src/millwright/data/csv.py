"""CSV files: their encoding, delimiter, header and broken rows. Fields are never shifted from one column to another."""
# ruff: noqa: S608  (every name and text in these queries is quoted by data.sql)

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.data.cells import is_number
from millwright.data.encoding import to_utf8
from millwright.data.locked import open_locked, refusing
from millwright.data.sql import identifier, literal, parquet
from millwright.data.tables import Column, Table, check_names, no_rows
from millwright.data.text_types import DECIMAL_COMMA, find_types
from millwright.errors import DataRefused
from millwright.records.data import SetAside

if TYPE_CHECKING:
    from millwright.data.text_types import TextType

_DELIMITERS = ",;\t|"
_HEAD = 1 << 16
LONGEST_LINE = 2_000_000
_SHOWN = 100
_REASONS = {
    "MISSING COLUMNS": "too few fields",
    "TOO MANY COLUMNS": "too many fields",
    "UNQUOTED VALUE": "text after a closing quote",
    "LINE SIZE OVER MAXIMUM": f"longer than {LONGEST_LINE:,} bytes",
}


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """What the spec says about CSV files; None is detected."""

    missing: tuple[str, ...]
    delimiter: str | None = None
    encoding: str | None = None


def open_csv(path: Path, label: str, options: CsvOptions, folder: Path) -> Table:
    """A CSV file as a table of typed columns; works in `folder`. Raises DataRefused.

    Rows with a wrong number of fields are set aside with their line numbers. Spaces around values are not data.
    """
    name = path.name.replace(".", "_")
    plain = folder / f"{name}.utf8.csv"
    encoding = to_utf8(path, plain, options.encoding, label)
    delimiter = options.delimiter or _delimiter(plain)
    header, notes = _header(plain, delimiter, label)
    raw = folder / f"{name}.raw.parquet"
    rejected = _to_parquet(plain, raw, delimiter, len(header), options.missing, label)
    rows, types = _typed(raw, len(header), delimiter, label)
    plain.unlink()
    if rows == 0:
        raise no_rows(label) if not rejected else _mostly_broken(label, rejected)
    if sum(each.count for each in rejected) > rows:
        raise _mostly_broken(label, rejected)
    columns = tuple(
        Column(name=name, stored=stored, type=kind.type, value=kind.convert.format(identifier(stored)))
        for name, (stored, kind) in zip(header, types.items(), strict=True)
    )
    notes = (*_about(label, encoding, delimiter, options, header, types), *notes)
    return Table(label=label, path=raw, columns=columns, rows=rows, text=True, set_aside=rejected, notes=notes)


def _about(
    label: str, encoding: str, delimiter: str, options: CsvOptions, header: list[str], types: dict[str, TextType]
) -> tuple[str, ...]:
    notes = []
    if options.encoding is None and encoding not in ("utf-8", "utf-8-sig"):
        notes.append(f"{label}: read as {encoding}, because it is not UTF-8; set data.encoding if that is wrong")
    if options.delimiter is None and delimiter != ",":
        notes.append(f"{label}: fields are separated by {delimiter!r}")
    commas = [name for name, kind in zip(header, types.values(), strict=True) if kind is DECIMAL_COMMA]
    if commas:
        notes.append(f"{label}: numbers with a decimal comma in {', '.join(commas)}")
    return tuple(notes)


def _delimiter(plain: Path) -> str:
    """The delimiter that splits the first lines into the same number of fields, the larger number if several do."""
    with open(plain, encoding="utf-8", newline="") as file:
        text = file.read(_HEAD)
    lines = text.split("\n")[:200]
    lines = lines[:-1] or lines
    return max(_DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: list[str], delimiter: str) -> tuple[float, int]:
    counts = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    fields, rows = counts.most_common(1)[0] if counts else (1, 0)
    return (rows / counts.total() if fields > 1 else 0.0, fields)


def _header(plain: Path, delimiter: str, label: str) -> tuple[list[str], tuple[str, ...]]:
    with open(plain, encoding="utf-8", newline="") as file:
        text = file.read(LONGEST_LINE)
    if not text.strip():
        raise DataRefused("the file is empty", where=label, fix="check that the export was complete", code="data.empty")
    try:
        cells = next(csv.reader(StringIO(text), delimiter=delimiter))
    except (csv.Error, StopIteration) as error:
        raise DataRefused(f"the header cannot be read: {error}", where=f"{label}:1", code="data.header") from error
    names = [cell.strip() for cell in cells]
    if not any(names) or all(is_number(name) for name in names if name):
        fix = "add a first line with the names of the columns"
        raise DataRefused("the first line holds no names", where=f"{label}:1", fix=fix, code="data.header")
    blank = [at + 1 for at, name in enumerate(names) if not name]
    named = [name or f"unnamed_{at + 1}" for at, name in enumerate(names)]
    check_names(named, label)
    return named, tuple(f"{label}: column {at} has no name and is called unnamed_{at}" for at in blank)


def _to_parquet(
    plain: Path, raw: Path, delimiter: str, width: int, missing: tuple[str, ...], label: str
) -> tuple[SetAside, ...]:
    """Copy the fields, trimmed and with missing ones null, to Parquet columns c0, c1, …; returns what was set aside."""
    names = [f"c{at}" for at in range(width)]
    target = literal(str(raw.absolute()))
    rows = f"select {_trimmed(names)} from {_scan(plain, delimiter, names)}"
    with refusing(label), open_locked([plain], folder=raw.parent, threads=1) as connection:
        connection.execute(f"copy (select {_filled(names, missing)} from ({rows})) to {target} (format parquet)")
        rejects = connection.execute(_REJECTS).fetchall()
    lines = _lines_at(plain, [byte for byte, *_ in rejects])
    for line, (_, _, message) in zip(lines, rejects, strict=True):
        if "unterminated" in message:
            fix = "close it, or write the quote twice"
            raise DataRefused("a quote is opened and never closed", where=f"{label}:{line}", fix=fix, code="data.quote")
    return _set_aside(label, [(line, kind) for line, (_, kind, _) in zip(lines, rejects, strict=True)])


def _trimmed(names: Sequence[str]) -> str:
    return ", ".join(f"trim({name}, ' \t') as {name}" for name in names)


def _filled(names: Sequence[str], missing: tuple[str, ...]) -> str:
    """Missing texts are one pattern: a thousand columns with a comparison for each text take half a minute, and gigabytes."""
    none = literal("|".join("".join(f"\\x{{{ord(sign):X}}}" for sign in text) for text in ("", *missing)))
    return ", ".join(f"case when regexp_full_match({name}, {none}) then null else {name} end as {name}" for name in names)


def _scan(plain: Path, delimiter: str, names: list[str]) -> str:
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    options = {
        "auto_detect": "false",
        "header": "true",
        "delim": literal(delimiter),
        "quote": literal('"'),
        "escape": literal('"'),
        "new_line": "'\\n'",
        "strict_mode": "true",
        "null_padding": "false",
        "max_line_size": str(LONGEST_LINE),
        "store_rejects": "true",
        "rejects_limit": "0",
        "columns": f"{{{columns}}}",
    }
    settings = ", ".join(f"{name} = {value}" for name, value in options.items())
    return f"read_csv({literal(str(plain.absolute()))}, {settings})"


_REJECTS = """
select line_byte_position, any_value(error_type::varchar), any_value(error_message)
from reject_errors group by line_byte_position order by line_byte_position
"""


def _lines_at(plain: Path, bytes_from_one: list[int]) -> list[int]:
    """The line numbers in the file of byte positions in rising order (DuckDB counts records, people count lines)."""
    lines, line, at = [], 1, 0
    with open(plain, "rb") as file:
        for position in bytes_from_one:
            line += file.read(position - 1 - at).count(b"\n")
            at = position - 1
            lines.append(line)
    return lines


def _set_aside(label: str, found: list[tuple[int, str]]) -> tuple[SetAside, ...]:
    by_reason: dict[str, list[int]] = {}
    for line, kind in found:
        by_reason.setdefault(_REASONS.get(kind, "not readable as a row"), []).append(line)
    return tuple(
        SetAside(file=label, reason=reason, count=len(lines), lines=tuple(lines[:_SHOWN]))
        for reason, lines in sorted(by_reason.items())
    )


def _mostly_broken(label: str, rejected: tuple[SetAside, ...]) -> DataRefused:
    worst = max(rejected, key=lambda each: each.count)
    what = f"most rows cannot be read: {worst.count} with {worst.reason}, the first on line {worst.lines[0]}"
    return DataRefused(what, where=label, fix="set data.delimiter, or repair the file", code="data.ragged")


def _typed(raw: Path, width: int, delimiter: str, label: str) -> tuple[int, dict[str, TextType]]:
    """How many rows were kept, and the type of each column."""
    with refusing(label), open_locked([raw]) as connection:
        counted = connection.execute(f"select count(*) from {parquet([raw])}").fetchone()
        types = find_types(connection, parquet([raw]), [f"c{at}" for at in range(width)], comma=delimiter != ",")
    return (counted[0] if counted else 0), types
