"""From the JSON of logged rows back to values."""

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

_decode = msgspec.json.Decoder().decode


def values_of(texts: Iterable[str | None]) -> NDArray[Any]:
    """JSON texts of plain values as an object array of them; None stays None. Each distinct text is decoded once."""
    told = list(texts)
    known = {text: None if text is None else _decode(text) for text in set(told)}
    values = np.empty(len(told), dtype=object)
    values[:] = [known[text] for text in told]
    return values


def answers_of(outputs: Iterable[str]) -> list[Any]:
    """The logged outputs as JSON values. All at once: one by one takes several times as long."""
    found: list[Any] = _decode(f"[{','.join(outputs)}]")
    return found


def number_field(outputs: Iterable[str], name: str) -> NDArray[np.float64]:
    """One number of each logged output, such as its probability or value; NaN where it has none."""
    found = (_decode(output).get(name) for output in outputs)
    return np.array([float("nan") if value is None else float(value) for value in found], dtype=np.float64)


def requests_of(requests: Iterable[str]) -> list[dict[str, Any]]:
    """The logged requests as rows of JSON values."""
    return [_decode(request) for request in requests]
