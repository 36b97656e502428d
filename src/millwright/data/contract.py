"""Inferring a contract: what a valid row looks like, judging by a snapshot and what the spec says of its columns."""
# ruff: noqa: S608  (every name and text in these queries is quoted by data.sql)

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from millwright.data.cells import hashed, parse_number_text
from millwright.data.dates import BARE, ZONED, parser, read_dates
from millwright.data.locked import open_locked, refusing
from millwright.data.personal import looks_personal
from millwright.data.sql import identifier, parquet
from millwright.records.data import ColumnKind, Contract, ContractColumn, Field, Role, Snapshot
from millwright.records.spec import DataSpec
from millwright.stores.blobs import BlobStore

if TYPE_CHECKING:
    import duckdb

MOST_LEVELS = 200
_KINDS: dict[str, ColumnKind] = {
    "BOOLEAN": "boolean",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "TIMESTAMP": "date",
    "TIMESTAMP WITH TIME ZONE": "date",
}
_LOOKED_AT = 5_000
_LONG, _OFTEN = 50, 0.1
"""Letters of a value on the mean, and distinct values for each row that has one: texts that are longer and come less often are
prose."""
_AT_ONCE = 250
_NUMBERS_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Texts:
    """What a text column holds: rows with a value, distinct values, and the most frequent of them with their counts."""

    rows: int
    distinct: int
    values: tuple[str, ...]
    counts: tuple[int, ...]


def infer_contract(snapshot: Snapshot, blobs: BlobStore, spec: DataSpec) -> Contract:
    """The contract that the snapshot's rows meet. Levels of personal columns are hashed; a person may edit the rest."""
    paths = [blobs.local(part.digest) for part in snapshot.parts]
    scan = parquet(paths)
    with refusing("the snapshot"), open_locked(paths) as connection:
        facts = _facts(connection, scan, snapshot.fields)
        columns = tuple(_infer(connection, scan, field, facts[field.name], snapshot.rows, spec) for field in snapshot.fields)
    return Contract(columns=columns, zone=spec.zone)


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows with a value, and the smallest and largest finite number."""

    filled: int
    minimum: float | None
    maximum: float | None


def _facts(connection: duckdb.DuckDBPyConnection, scan: str, fields: Sequence[Field]) -> dict[str, Facts]:
    """In pieces of some columns each: planning one query over thousands of columns takes longer than reading them."""
    facts: dict[str, Facts] = {}
    for start in range(0, len(fields), _AT_ONCE):
        piece = fields[start : start + _AT_ONCE]
        values = ", ".join(f"{_finite(field)} as v{at}" for at, field in enumerate(piece))
        asked = ", ".join(f"count(v{at}), {_range(field, f'v{at}')}" for at, field in enumerate(piece))
        row = connection.execute(f"select {asked} from (select {values} from {scan})").fetchone()
        assert row is not None
        facts |= {field.name: Facts(*row[3 * at : 3 * at + 3]) for at, field in enumerate(piece)}
    return facts


def _finite(field: Field) -> str:
    name = identifier(field.name)
    return f"case when isfinite({name}) then {name} end" if field.type == "DOUBLE" else name


def _range(field: Field, value: str) -> str:
    return f"min({value})::double, max({value})::double" if field.type in ("BIGINT", "DOUBLE") else "null, null"


def _infer(
    connection: duckdb.DuckDBPyConnection, scan: str, field: Field, facts: Facts, rows: int, spec: DataSpec
) -> ContractColumn:
    role = _role(field.name, spec)
    if facts.filled == 0 and role == "feature":
        return ContractColumn(name=field.name, kind=_KINDS.get(field.type, "text"), role="empty", key=field.name in spec.key)
    texts = _texts(connection, scan, field.name) if field.type == "VARCHAR" else None
    kind, date_format = text_kind(texts) if texts else (_KINDS[field.type], field.date_format)
    if texts and kind == "date" and not _all_dates(connection, scan, field.name, date_format):
        kind, date_format = "text", None
    pii = field.name in spec.pii or looks_personal(field.name, texts.values if texts else ())
    return ContractColumn(
        name=field.name,
        kind=kind,
        role=role,
        nullable=facts.filled < rows,
        minimum=facts.minimum,
        maximum=facts.maximum,
        levels=_levels(texts, pii=pii) if texts and kind == "category" else None,
        date_format=date_format,
        pii=pii,
        key=field.name in spec.key,
    )


def _role(name: str, spec: DataSpec) -> Role:
    roles: tuple[tuple[Role, tuple[Any, ...]], ...] = (
        ("target", (spec.target,)),
        ("time", (spec.time,)),
        ("label_known", (spec.label_known,)),
        ("weight", (spec.weight,)),
        ("key", spec.key if len(spec.key) == 1 else ()),
        ("known_later", spec.known_later),
        ("ignored", spec.ignore),
        ("group", (spec.group,)),
    )
    return next((role for role, names in roles if name in names), "feature")


def _texts(connection: duckdb.DuckDBPyConnection, scan: str, name: str) -> Texts:
    column = identifier(name)
    counted = connection.execute(f"select count({column}), count(distinct {column}) from {scan}").fetchone()
    assert counted is not None
    common = f"select {column}, count(*) as n from {scan} where {column} is not null group by 1 order by n desc, md5({column})"
    found = connection.execute(f"{common} limit {_LOOKED_AT}").fetchall()
    return Texts(
        rows=counted[0],
        distinct=counted[1],
        values=tuple(value for value, _ in found),
        counts=tuple(count for _, count in found),
    )


def _all_dates(connection: duckdb.DuckDBPyConnection, scan: str, name: str, date_format: str | None) -> bool:
    """Whether the values that were not looked at are dates like the others."""
    column, parse = identifier(name), parser(date_format, UTC)
    found = connection.execute(f"select distinct {column} from {scan} where {column} is not null")
    while texts := found.fetchmany(_LOOKED_AT):
        if any(parse(text) is None for (text,) in texts):
            return False
    return True


def text_kind(texts: Texts) -> tuple[ColumnKind, str | None]:
    """What a text column is, and its date format if it is a date in another form than ISO 8601."""
    if not texts.values:
        return "text", None
    reading = read_dates(texts.values)
    if reading.formats and not reading.ambiguous and reading.format is not None:
        return "date", None if reading.format in (BARE, ZONED) else reading.format
    if _are_numbers(texts):
        return "number_text", None
    return ("text" if _is_prose(texts) else "category"), None


def _are_numbers(texts: Texts) -> bool:
    """Most values are numbers in some dress; codes that start with 0, such as post codes, are not."""
    coded = sum(count for value, count in zip(texts.values, texts.counts, strict=True) if re.fullmatch("0[0-9]+", value))
    numbers = sum(
        count for value, count in zip(texts.values, texts.counts, strict=True) if parse_number_text(value) is not None
    )
    total = sum(texts.counts)
    return numbers >= _NUMBERS_SHARE * total and coded <= 0.05 * total


def _is_prose(texts: Texts) -> bool:
    """Long texts that do not come ten times each, or values that hardly ever repeat: not something to count one by one. Titles
    and lists in a cell may be as long as prose, and are categories where they come again and again."""
    if texts.distinct <= 50:
        return False
    length = sum(map(len, texts.values)) / len(texts.values)
    wordy = sum(" " in value.strip() for value in texts.values) > 0.5 * len(texts.values)
    repeats = texts.distinct / texts.rows
    return (length > _LONG and repeats > _OFTEN) or repeats > (0.5 if wordy else 0.9)


def _levels(texts: Texts, *, pii: bool) -> tuple[str, ...] | None:
    if texts.distinct > MOST_LEVELS:
        return None
    return tuple(sorted(map(hashed, texts.values) if pii else texts.values))
