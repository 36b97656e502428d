"""Contributions as tensors of the Open Inference Protocol."""

from collections.abc import Iterator, Sequence
from typing import Any


def contribution_tensors(found: Sequence[dict[str, Any] | None]) -> Iterator[tuple[str, list[int], list[Any], dict[str, str]]]:
    """Name, shape, numbers and parameters of the bases, [n], and of what each column adds, [n, columns].

    With more than two classes a last axis is theirs. A row without contributions has nulls; where all lack them, nothing comes.
    """
    known = next((one for one in found if one is not None), None)
    if known is None:
        return
    columns, base = list(known["columns"]), known["base"]
    classes = list(base) if isinstance(base, dict) else []
    named = {"classes": ",".join(classes)} if classes else {}
    nothing = dict.fromkeys(classes) if classes else None
    rows = [one or {"base": nothing, "columns": dict.fromkeys(columns, nothing)} for one in found]
    shape = [len(rows), len(columns), len(classes)] if classes else [len(rows), len(columns)]
    bases = [number for one in rows for number in _numbers(one["base"])]
    parts = [number for one in rows for part in one["columns"].values() for number in _numbers(part)]
    yield "contributions_base", [shape[0], *shape[2:]], bases, named
    yield "contributions", shape, parts, {"columns": ",".join(columns), **named}


def _numbers(part: Any) -> list[Any]:
    return list(part.values()) if isinstance(part, dict) else [part]
