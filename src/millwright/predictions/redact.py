"""Personal data leaves a request before it is written: values become hashes, so that rows can still be counted and joined."""

from collections.abc import Iterable, Mapping
from typing import Any

from millwright.data.cells import hashed


def hash_value(value: object) -> str:
    """The hash that stands for a value, made from its text."""
    return hashed(value if isinstance(value, str) else str(value))


class Redaction:
    """Replaces the values of some columns by their hashes; missing values stay missing."""

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = frozenset(columns)

    def row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row as it may be written."""
        hidden = self.columns & row.keys()
        return {**row, **{name: None if row[name] is None else hash_value(row[name]) for name in hidden}}
