"""From the tensors of a request to its columns. What they say of themselves is checked before a value is read."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import UNSET

from millwright.serve.asked import check_size
from millwright.serve.dialects.columns import asked_columns
from millwright.serve.dialects.infer_body import REAL, TYPES, Tensor, wrong_tensor
from millwright.serve.dialects.tensor_bytes import fits, from_bytes
from millwright.serve.refusal import RequestRefused
from millwright.serve.slot import Slot

SIZE = "binary_data_size"
_MATRIX = 2
_JSON_CELL = 2
"""Bytes that a value takes in JSON at least: a digit and a comma."""


def columns_of(tensors: Sequence[Tensor], rest: bytes, slot: Slot) -> dict[str, list[Any]]:
    """The columns, each of n values of its data type or null. rest: the bytes after the JSON. Raises RequestRefused."""
    if len({tensor.name for tensor in tensors}) < len(tensors):
        raise wrong_tensor("inputs", "a tensor comes twice")
    parts = list(_with_bytes(tensors, rest, slot))
    _check_cells(sum(math.prod(tensor.shape) for tensor in tensors), slot.settings.max_body_bytes)
    columns: dict[str, list[Any]] = {}
    for tensor, raw in parts:
        columns.update(_columns(tensor, _given(tensor) if raw is None else _raw(tensor, raw), slot))
    if len({len(values) for values in columns.values()}) > 1:
        raise wrong_tensor("inputs", "the tensors are not equally long", "the first number of a shape is the number of rows")
    return columns


def _with_bytes(tensors: Sequence[Tensor], rest: bytes, slot: Slot) -> Iterator[tuple[Tensor, bytes | None]]:
    """Each tensor with its own of the bytes after the JSON, None where it has its values in the JSON."""
    at = 0
    for tensor in tensors:
        _check_shape(tensor, slot, single=len(tensors) == 1)
        size = _size(tensor, len(rest) - at)
        yield tensor, None if size is None else rest[at : at + size]
        at += size or 0
    if at != len(rest):
        what = f"{len(rest) - at:,} bytes after the JSON belong to no tensor"
        raise wrong_tensor("inputs", what, f"say in the parameters of each tensor in raw bytes how many they are: {SIZE}")


def _check_cells(count: int, limit: int) -> None:
    """Refuse more values than a body in JSON could hold: each takes the memory of many bytes, be it sent as one alone."""
    most = limit // _JSON_CELL
    if count > most:
        what = f"{count:,} values are more than {most:,}"
        raise RequestRefused(413, what, code="rows.many", where="inputs", fix="send fewer at once")


def _check_shape(tensor: Tensor, slot: Slot, *, single: bool) -> None:
    where = _where(tensor)
    if tensor.datatype not in TYPES:
        raise wrong_tensor(where, f"there is no data type {tensor.datatype[:20]}", f"use one of {', '.join(sorted(TYPES))}")
    if not 1 <= len(tensor.shape) <= _MATRIX or min(tensor.shape) < 0:
        raise wrong_tensor(where, f"its shape is {tensor.shape[:8]}", "send [n] or [n, 1]")
    if tensor.shape[0] > slot.settings.max_rows:
        check_size(tensor.shape[0], slot.settings.max_rows)
    if _is_matrix(tensor) and not (single and tensor.shape[1] == len(asked_columns(slot))):
        width = len(asked_columns(slot))
        fix = f"send a tensor of shape [n] for each column, or a single one of shape [n, {width}] in the contract's order"
        raise wrong_tensor(where, f"its shape is {tensor.shape}", fix)


def _size(tensor: Tensor, most: int) -> int | None:
    """How many raw bytes a tensor has, of the `most` that are left; None where its values are in the JSON."""
    where, size = _where(tensor), (tensor.parameters or {}).get(SIZE)
    if (size is None) == (tensor.data is UNSET):
        raise wrong_tensor(where, f"it has both or neither of data and {SIZE}", "send its values in one of the two ways")
    if size is None:
        return None
    if size.__class__ is not int or not 0 <= size <= most:
        fix = "the raw bytes follow the JSON, whose length Inference-Header-Content-Length says"
        raise wrong_tensor(where, f"{most:,} bytes are left for it, which is not its {SIZE}", fix)
    if not fits(tensor.datatype, math.prod(tensor.shape), size):
        raise wrong_tensor(where, f"{size:,} bytes do not fill the shape {tensor.shape} of {tensor.datatype}")
    return size


def _raw(tensor: Tensor, raw: bytes) -> list[Any]:
    return from_bytes(tensor.datatype, math.prod(tensor.shape), raw, _where(tensor))


def _given(tensor: Tensor) -> list[Any]:
    """The values in the JSON, in row order. Raises RequestRefused."""
    where, values = _where(tensor), list(_flat(tensor.data or []))
    if len(values) != math.prod(tensor.shape):
        raise wrong_tensor(where, f"{len(values)} values do not fill the shape {tensor.shape}")
    for value in values:
        if value is not None and not _is_a(value, tensor.datatype):
            raise wrong_tensor(where, f"a value is no {tensor.datatype}", "send null for a missing value")
    return values


def _flat(data: list[Any]) -> Iterator[Any]:
    for item in data:
        if isinstance(item, list):
            yield from item
        else:
            yield item


def _is_a(value: Any, datatype: str) -> bool:
    if datatype == "BYTES":
        return isinstance(value, str)
    if datatype == "BOOL":
        return isinstance(value, bool)
    return isinstance(value, int | float if datatype in REAL else int) and not isinstance(value, bool)


def _columns(tensor: Tensor, values: list[Any], slot: Slot) -> Iterator[tuple[str, list[Any]]]:
    """A column, or those of the contract, that a tensor holds."""
    if not _is_matrix(tensor):
        yield tensor.name, values
        return
    names = asked_columns(slot)
    for at, name in enumerate(names):
        yield name, values[at :: len(names)]


def _is_matrix(tensor: Tensor) -> bool:
    return len(tensor.shape) == _MATRIX and tensor.shape[1] != 1


def _where(tensor: Tensor) -> str:
    return f"input '{tensor.name[:80]}'"
