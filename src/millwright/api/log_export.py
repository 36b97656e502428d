"""Rows of the log as a file: a line a prediction, written while it is read, so that many rows cost no more memory than few."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from millwright.records.codec import to_plain

Form = Literal["csv", "jsonl"]
MOST = 100_000
"""Rows in one file."""
AT_ONCE = 1000
"""Rows that are read in one go."""
KINDS: dict[Form, str] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}

Line = dict[str, Any]
_OWN = ("id", "event_at", "known_at", "version", "role", "key", "client_id", "caller", "score", "label", "flags", "answer")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def line_of(row: Any) -> Line:
    """A row of the log as one flat line: its own columns, its label's value, and each column that was asked with as
    `asked.NAME`."""
    plain: Line = to_plain(row)
    told = plain.pop("label")
    asked = {f"asked.{name}": value for name, value in plain.pop("request").items()}
    flat = {"label": told["value"] if told else None, **plain, "flags": " ".join(plain["flags"])}
    return {**{name: flat[name] for name in _OWN}, **asked}


def written(form: Form, batches: Iterator[Sequence[Line]]) -> Iterator[bytes]:
    """The file, piece by piece. A CSV has the columns of its first rows; what later rows have besides stands in its last one,
    `more`, as JSON."""
    write = _as_csv() if form == "csv" else _as_json
    for batch in batches:
        if piece := write(batch):
            yield piece


def _as_json(batch: Sequence[Line]) -> bytes:
    return b"".join(msgspec.json.encode(line) + b"\n" for line in batch)


def _as_csv() -> Callable[[Sequence[Line]], bytes]:
    columns: list[str] = []

    def write(batch: Sequence[Line]) -> bytes:
        text = io.StringIO()
        out = csv.writer(text, lineterminator="\r\n")
        if not columns:
            columns.extend(dict.fromkeys([*_OWN, *(name for line in batch for name in line)]))
            out.writerow([_cell(name) for name in [*columns, "more"]])
        known = set(columns)
        for line in batch:
            more = {name: value for name, value in line.items() if name not in known}
            out.writerow([*(_cell(line.get(name)) for name in columns), _cell(more or None)])
        return text.getvalue().encode()

    return write


def _cell(value: Any) -> Any:
    """A value in a cell. What comes from callers and would be a formula where a table program opens it is text there."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, dict | list | tuple):
        return msgspec.json.encode(value).decode()
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value
