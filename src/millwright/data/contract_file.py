"""The contract as a file that people read and edit: commented YAML out, every mistake at its line and column in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfoNotFoundError

from millwright.data.dates import UNIX, parser_of_format, zone_of
from millwright.errors import nearest
from millwright.records.data import Contract, ContractColumn
from millwright.spec.document import Document, read_document
from millwright.spec.mistakes import mistake_of
from millwright.spec.scalars import written
from millwright.spec.words import shown

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

_WIDTH = 110
_MOST_VALUES = 2_000_000
_HEADER = """\
What a valid row is. Inferred from data, yours to edit; held against every snapshot and every request.

kind      number, integer, boolean, category, text, number_text (such as 19M or $1,234), date
role      feature (the default), target, time, label_known, key, group, weight, ignored, known_later, empty
nullable  whether a row may have no value here: where false, such a request is refused
minimum, maximum, levels   what training saw; other values are answered and flagged
date_format   how a text is a date where it is not ISO 8601: %d/%m/%Y, say, or of numbers since 1970 their unit, unix seconds
pii       personal data: levels are kept as hashes
key       whether the column is one of those that together identify a row"""
_TOP = {"version", "zone", "extra_columns", "columns"}
_ALWAYS = ("kind", "nullable")
_SETTINGS = {field.name for field in fields(ContractColumn)} - {"name"}


def write_contract(contract: Contract) -> str:
    """The text of a contract file; `parse_contract` of it gives `contract` back."""
    lines = [f"# {line}".rstrip() for line in _HEADER.split("\n")]
    lines += ["", "version: 1"]
    lines += ["# The time zone of times that carry none.", f"zone: {written(contract.zone)}"]
    lines += ["# Columns of a request that are not listed here: ignore or refuse.", f"extra_columns: {contract.extra_columns}"]
    lines += ["", "columns:" if contract.columns else "columns: {}"]
    for column in contract.columns:
        lines += _column_lines(column)
    return "\n".join(lines) + "\n"


def _column_lines(column: ContractColumn) -> Iterator[str]:
    yield f"  {written(column.name)}:"
    for field in fields(column):
        value = getattr(column, field.name)
        if field.name != "name" and (field.name in _ALWAYS or value != field.default):
            yield from _setting_lines(field.name, value)


def _setting_lines(name: str, value: Any) -> Iterator[str]:
    if not isinstance(value, tuple):
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
        yield f"    {name}: {written(int(value) if whole else value)}"
        return
    yield f"    {name}: ["
    yield from _list_lines([written(item) for item in value])
    yield "    ]"


def _list_lines(items: list[str]) -> Iterator[str]:
    """Items separated by commas, several on a line."""
    line = ""
    for item in items:
        if line and len(line) + len(item) > _WIDTH:
            yield f"      {line}"
            line = ""
        line += f"{item}, "
    if line:
        yield f"      {line.rstrip()}"


def parse_contract(text: str, name: str) -> Contract:
    """The contract in `text`; `name` stands for the file in messages. Raises SpecError with every problem."""
    document = read_document(text, name, most=_MOST_VALUES)
    if not isinstance(document.data, dict):
        document.report((), "a contract is expected: version, zone, extra_columns and columns")
        document.check()
    top = {key: value for key, value in document.data.items() if value is not None}
    for key in top.keys() - _TOP:
        document.report((key,), f'"{key}" is not a setting of a contract', nearest(key, _TOP), at_key=True)
    contract = Contract(
        columns=tuple(_columns(document, top.get("columns"))),
        zone=_zone(document, top.get("zone", "UTC")),
        extra_columns=_extra_columns(document, top.get("extra_columns", "ignore")),
    )
    if top.get("version", 1) != 1:
        document.report(("version",), "this program reads format 1", "upgrade millwright")
    document.check()
    return contract


def _extra_columns(document: Document, value: Any) -> Literal["ignore", "refuse"]:
    if value not in ("ignore", "refuse"):
        document.report(("extra_columns",), "must be ignore or refuse")
    return "refuse" if value == "refuse" else "ignore"


def _zone(document: Document, value: Any) -> str:
    try:
        return zone_of(str(value)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        document.report(("zone",), f"there is no time zone {shown(str(value))}", "use a name such as UTC or America/New_York")
        return "UTC"


def _columns(document: Document, listed: Any) -> Iterator[ContractColumn]:
    if not isinstance(listed, dict):
        document.report(("columns",), "columns as name: settings are expected", at_key=True)
        return
    adapter = _adapter()
    for name, settings in listed.items():
        column = _column(document, adapter, name, settings)
        if column is not None:
            yield column


@cache
def _adapter() -> TypeAdapter[ContractColumn]:
    from pydantic import TypeAdapter

    return TypeAdapter(ContractColumn)


def _column(document: Document, adapter: TypeAdapter[ContractColumn], name: str, settings: Any) -> ContractColumn | None:
    from pydantic import ValidationError

    path = ("columns", name)
    if not isinstance(settings, dict):
        document.report(path, "settings are expected here, at least kind: …")
        return None
    for key in settings.keys() - _SETTINGS:
        document.report((*path, key), f"{shown(key)} is not a setting of a column", nearest(key, _SETTINGS), at_key=True)
    given = {key: value for key, value in settings.items() if key in _SETTINGS and value is not None}
    try:
        column = adapter.validate_json(json.dumps({**given, "name": name}), strict=True)
    except ValidationError as error:
        _report(document, path, error)
        return None
    return column if _makes_sense(document, path, column) else None


def _report(document: Document, path: tuple[str, ...], error: ValidationError) -> None:
    for found in error.errors(include_url=False):
        mistake = mistake_of(found)
        if mistake.kind == "missing":
            document.report(path, f"{mistake.path[-1]} is missing", f"add {mistake.path[-1]}: …", at_key=True)
        elif not mistake.hidden_by(document.faulty):
            document.report((*path, *mistake.path), f"{mistake.path[-1]}: {mistake.message}", mistake.fix)


def _makes_sense(document: Document, path: tuple[str, ...], column: ContractColumn) -> bool:
    problems = dict(_nonsense(column))
    for key, message in problems.items():
        document.report((*path, key), message)
    return not problems


def _nonsense(column: ContractColumn) -> Iterator[tuple[str, str]]:
    low, high = column.minimum, column.maximum
    if low is not None and high is not None and low > high:
        yield "minimum", "the minimum is above the maximum"
    if column.levels is not None and len(set(column.levels)) < len(column.levels):
        yield "levels", "a level is listed twice"
    if column.levels is not None and column.kind != "category":
        yield "levels", f"only a category has levels, and this is {column.kind}"
    if column.date_format is not None:
        yield from _format_faults(column.date_format, column.kind)


def _format_faults(date_format: str, kind: str) -> Iterator[tuple[str, str]]:
    if kind != "date":
        yield "date_format", f"only a date has a date_format, and this is {kind}"
    if kind != "date" or date_format in UNIX:
        return
    try:
        parser_of_format(date_format)
    except ValueError as error:
        yield "date_format", f"{shown(str(error))} is not a piece of a date format that can be read"
