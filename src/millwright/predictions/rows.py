"""From the JSON of logged rows back to values."""

import os
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.predictions.by_text import ByText

_decode = msgspec.json.Decoder().decode

MOST_KEPT = 20_000
"""Logged outputs whose values are kept."""


def values_of(texts: Iterable[str | None]) -> NDArray[Any]:
    """JSON texts of plain values as an object array of them; None stays None. Each distinct text is decoded once."""
    told = list(texts)
    known = {text: None if text is None else _decode(text) for text in set(told)}
    values = np.empty(len(told), dtype=object)
    values[:] = [known[text] for text in told]
    return values


def answers_of(outputs: Iterable[str]) -> list[Any]:
    """The logged outputs as JSON values, which nobody may change."""
    return _answers().of(list(outputs), _decode_all)


def _decode_all(texts: list[str]) -> list[Any]:
    """All at once: one by one takes several times as long."""
    found: list[Any] = _decode(f"[{','.join(texts)}]")
    return found


@lru_cache(maxsize=1)
def _answers() -> ByText:
    return ByText(MOST_KEPT)


os.register_at_fork(after_in_child=_answers.cache_clear)  # a thread of the parent may have held the lock


def number_field(outputs: Iterable[str], name: str) -> NDArray[np.float64]:
    """One number of each logged output, such as its probability or value; NaN where it has none."""
    found = (_decode(output).get(name) for output in outputs)
    return np.array([float("nan") if value is None else float(value) for value in found], dtype=np.float64)


def requests_of(requests: Iterable[str]) -> list[dict[str, Any]]:
    """The logged requests as rows of JSON values."""
    return [_decode(request) for request in requests]
