"""The body of a label request: one JSON object, a label a line (NDJSON), or a table (CSV)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from millwright.serve.body import LabelBody, decode, decode_labels
from millwright.serve.http import CSV, JSON, NDJSON
from millwright.serve.refusal import RequestRefused
from millwright.serve.slot import Slot
from millwright.serve.table import read_table

LABEL_MEDIA = frozenset({JSON, NDJSON, CSV})

_LABEL = '{"id": "...", "value": 1}'
_NOT_KEYS = frozenset({"id", "value", "at"})


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """One label of NDJSON; which of its fields are there is judged with the label."""

    label: dict[str, Any]


def read_labels(raw: bytes, media: bytes, slot: Slot) -> LabelBody:
    """The labels of a body, each to be judged on its own. Raises RequestRefused where it cannot be read as a whole."""
    if media == JSON:
        return decode_labels(raw)
    return LabelBody(labels=_of_lines(raw) if media == NDJSON else _of_csv(raw, slot))


def _of_lines(raw: bytes) -> list[dict[str, Any]]:
    return [_of_line(line, number) for number, line in enumerate(raw.split(b"\n"), 1) if line.strip()]


def _of_line(line: bytes, number: int) -> dict[str, Any]:
    try:
        return decode(_Line, b'{"label":' + line + b"}", example=_LABEL).label
    except RequestRefused as error:
        raise RequestRefused(
            error.status, error.what, code=error.code, where=f"line {number}", fix=f"send {_LABEL} on each line"
        ) from error


def _of_csv(raw: bytes, slot: Slot) -> list[dict[str, Any]]:
    """A header, then a label a line: `id` and `value`, or the key's columns and `value`; `at` where it is known."""
    header, rows = read_table(raw)
    _check_header(header, slot)
    return [_of_cells(header, cells, slot) for cells in rows]


def _check_header(header: Sequence[str], slot: Slot) -> None:
    keys = [name for name in header if name not in _NOT_KEYS]
    subject = keys == ["key"] or (bool(keys) and set(keys) == set(slot.key_columns))
    if "value" not in header or ("id" in header) == subject or (keys and not subject):
        known = f", or {', '.join(slot.key_columns)}" if slot.key_columns else ""
        raise RequestRefused(
            422,
            f"the header is {', '.join(header)[:200] or 'not there'}",
            code="label.header",
            where="line 1",
            fix=f"name value, and id or key{known}; and at, where it is known when it came true",
        )


def _of_cells(header: Sequence[str], cells: Sequence[str], slot: Slot) -> dict[str, Any]:
    given = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    keys = [name for name in header if name not in _NOT_KEYS]
    label: dict[str, Any] = {name: given[name] for name in ("id", "at") if name in given}
    if "value" in given:
        label["value"] = given["value"] if slot.scorer.info.classes else _number(given["value"])
    if keys == ["key"] and "key" in given:
        label["key"] = given["key"]
    elif keys and keys != ["key"]:
        label["key"] = {name: given.get(name) for name in keys}
    return label


def _number(cell: str) -> Any:
    """A number; a text that is none stays, to be refused with its label."""
    try:
        return float(cell)
    except ValueError:
        return cell
