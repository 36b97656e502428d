"""Rows and labels as a person has them at hand: a JSON, CSV or NDJSON text, or COLUMN=VALUE pairs."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from millwright.client.answers import Column
from millwright.errors import DataRefused

Texts = Mapping[str, str | None]
_BESIDE = ("id", "key", "value", "at")
_TRUTHS = {"true": True, "false": False}


def records_of(text: str, where: str, inside: str) -> tuple[list[dict[str, Any]], bool]:
    """The records of a text, and whether their values are texts still, as CSV has them.

    JSON is a list of objects, one object, an object with such a list under `inside`, or an object a line (NDJSON); all else is
    CSV with a header, an empty cell being no value, and spaces around a cell no part of it. Raises DataRefused.
    """
    if text.lstrip().startswith(("{", "[")):
        return _of_json(text, where, inside), False
    return [dict(row) for row in _of_csv(text, where)], True


def _of_json(text: str, where: str, inside: str) -> list[dict[str, Any]]:
    try:
        told = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        told = _of_lines(text, where, str(error))
    if isinstance(told, dict):
        told = told[inside] if isinstance(told.get(inside), list) else [told]
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise _refused("a list of objects is expected", where, 'write [{"column": 1}], or an object a line')
    return told


def _of_lines(text: str, where: str, whole: str) -> list[Any]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    told = []
    for number, line in lines:
        try:
            told.append(msgspec.json.decode(line))
        except msgspec.DecodeError as error:
            alone = len(told) == 0  # then it is no NDJSON either, and what is wrong with the whole says more
            raise _refused(f"this is no JSON: {whole if alone else error}", where if alone else f"{where}:{number}") from error
    return told


def _of_csv(text: str, where: str) -> Iterable[Texts]:
    try:
        header, *lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line] or [[]]
    except csv.Error as error:
        raise _refused(f"this is no CSV: {error}", where) from error
    header = [name.strip() for name in header]
    if len(set(header)) < len(header):
        raise _refused("a column comes twice in the header", where)
    for number, cells in enumerate(lines, 1):
        if len(cells) != len(header):
            raise _refused(f"{len(cells)} cells for {len(header)} columns", f"{where}, row {number}")
        yield {name: cell.strip() or None for name, cell in zip(header, cells, strict=True)}


def pairs_of(pairs: Sequence[str]) -> dict[str, str | None]:
    """A row given as COLUMN=VALUE pairs; nothing after the = is no value. Raises DataRefused."""
    row: dict[str, str | None] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise _refused("a column and its value are expected", f"'{pair}'", "write column=value")
        if name in row:
            raise _refused("it is given twice", f"'{name}'", "give each column once")
        row[name] = value or None
    return row


def typed(rows: Iterable[Texts], columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Rows of texts as the columns want them; a text that is no number stays, for the server to refuse by name."""
    numeric = {column.name for column in columns if column.datatype != "BYTES"}
    return [
        {name: number_of(text) if text is not None and name in numeric else text for name, text in row.items()} for row in rows
    ]


def number_of(text: str) -> Any:
    """The number or truth value that a text spells, else the text."""
    try:
        number = int(text) if text.strip().lstrip("+-").isdigit() else float(text)
    except ValueError:
        return _TRUTHS.get(text.strip().lower(), text)
    return number if math.isfinite(number) else text


def label_of(cells: Texts) -> dict[str, Any]:
    """A label from a line of a CSV: value; id, key, or the key's columns by name; and at."""
    label: dict[str, Any] = {name: cells[name] for name in ("id", "key", "at") if cells.get(name) is not None}
    value = cells.get("value")
    label["value"] = None if value is None else number_of(value)
    keys = {name: cell for name, cell in cells.items() if name not in _BESIDE}
    return {**label, "key": keys} if keys else label


def filled_in(text: str, where: str) -> list[dict[str, Any]]:
    """The labels of a file whose column `value` somebody filled in, by `id`; rows without a value are left out, and other
    columns are for the reader. Raises DataRefused."""
    records, in_texts = records_of(text, where, "labels")
    if records and not {"id", "value"} <= set(records[0]):
        raise _refused("columns id and value are expected", where, "take the file that `mw labels request` wrote")
    filled = [row for row in records if row.get("value") not in (None, "") and row.get("id")]
    return [{"id": row["id"], "value": number_of(row["value"]) if in_texts else row["value"]} for row in filled]


def _refused(what: str, where: str, fix: str = "") -> DataRefused:
    return DataRefused(what, where=where, fix=fix, code="client.rows")
