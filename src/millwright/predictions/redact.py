"""Personal data leaves a request before it is written: values become hashes, so that rows can still be counted and joined."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

PREFIX = "millwright:"


def hash_value(value: object) -> str:
    """The hash that stands for a value: 16 hexadecimal digits of the sha256 of its text."""
    return hashlib.sha256(f"{PREFIX}{value}".encode()).hexdigest()[:16]


class Redaction:
    """Replaces the values of some columns by their hashes; missing values stay missing."""

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = frozenset(columns)

    def row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row as it may be written."""
        hidden = self.columns & row.keys()
        return {**row, **{name: None if row[name] is None else hash_value(row[name]) for name in hidden}}
