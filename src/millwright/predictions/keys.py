"""Keys: the text under which a client knows a row, so that what came true can be told without our id."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from millwright.errors import ContractBroken

MAX_KEY = 256


def key_text(values: Sequence[Any]) -> str:
    """The key of a row from the values of its key columns: the value itself, or a JSON list of texts where there are several.

    Raises ContractBroken where a value is missing, is no text or number, or the whole is too long.
    """
    texts = [_text(value) for value in values]
    key = texts[0] if len(texts) == 1 else msgspec.json.encode(texts).decode()
    if not 0 < len(key) <= MAX_KEY:
        raise ContractBroken(f"a key has 1 to {MAX_KEY} characters", code="key.size")
    return key


def row_key(row: Mapping[str, Any], columns: Sequence[str]) -> str | None:
    """The key of a request's row; None where the project has no key columns or the row leaves one out."""
    values = [row.get(column) for column in columns]
    return None if not values or None in values else key_text(values)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ContractBroken("a key is a text or a number", fix='for example "key": "AA-1545"', code="key.type")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
