"""Plain words for what a person wrote: nothing printed here can move a cursor or hide a letter."""

import json
from collections.abc import Iterable
from typing import Any

LONGEST = 60


def printable(text: str) -> str:
    """`text` with each character that has no visible shape (control, bidirectional override, NUL) replaced by U+FFFD.

    Keeps the length, so that a caret below the text still points at the right place.
    """
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def shown(text: str) -> str:
    """`text` in single quotes, short and printable; what cannot be printed is escaped."""
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return "'" + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in short) + "'"


def described(value: Any) -> str:
    """What `value` is, in words: the text 'abc', the number 5, a list, a section, nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {json.dumps(value)[:LONGEST]}"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else "a section"


def listed(names: Iterable[str], last: str = "or") -> str:
    """'a, b or c'."""
    items = list(names)
    return f"{', '.join(items[:-1])} {last} {items[-1]}" if len(items) > 1 else "".join(items)


def dotted(path: Iterable[str | int]) -> str:
    """('gates', 0, 'metric') as people write it: gates[0].metric."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{shown(step)[1:-1]}" if text else shown(step)[1:-1]
    return text
