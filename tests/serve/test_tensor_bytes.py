"""Values of tensors as raw bytes: to the bit those that JSON would give, and refused where they are not what they say."""

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from millwright.serve.dialects.infer_body import TYPES
from millwright.serve.dialects.tensor_bytes import fits, from_bytes, to_bytes
from millwright.serve.refusal import RequestRefused

from .raw_tensors import DTYPES, raw_values

TEXTS = st.text(st.characters(codec="utf-8"), max_size=9)


def values_of(datatype: str) -> st.SearchStrategy[Any]:
    """Values that a datatype can hold, null among those of floating point."""
    if datatype == "BYTES":
        return TEXTS
    if datatype == "BOOL":
        return st.booleans()
    dtype = np.dtype(DTYPES[datatype])
    if dtype.kind == "f":
        return st.none() | st.floats(width=8 * dtype.itemsize, allow_nan=False, allow_infinity=False)  # type: ignore[arg-type]
    return st.integers(int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))


@given(st.sampled_from(sorted(TYPES)).flatmap(lambda kind: st.tuples(st.just(kind), st.lists(values_of(kind)))))
@example(("FP64", [1.7976931348623157e308] * 2))  # their sum is infinite, they are not
@example(("FP64", [-0.0, None, 5e-324]))
@example(("BYTES", ["", "né", "\0"]))
@example(("BOOL", [True, False]))
@example(("UINT64", [2**64 - 1]))
def test_values_come_as_json_gives_them(case: tuple[str, list[Any]]) -> None:
    datatype, values = case
    raw = raw_values(datatype, values)
    assert fits(datatype, len(values), len(raw))
    found = from_bytes(datatype, len(values), raw, "x")
    assert list(map(repr, found)) == list(map(repr, values)), "the same to the bit, the sign of zero, and of the same type"


@given(st.sampled_from(["BYTES", "BOOL", "FP64"]).flatmap(lambda kind: st.tuples(st.just(kind), st.lists(values_of(kind)))))
def test_outputs_are_written_as_the_specification_says(case: tuple[str, list[Any]]) -> None:
    assert to_bytes(*case) == raw_values(*case)


def test_single_precision_is_widened_exactly() -> None:
    assert from_bytes("FP32", 1, struct.pack("<f", 0.1), "x") == [0.10000000149011612]
    assert from_bytes("FP16", 1, struct.pack("<e", 0.1), "x") == [0.0999755859375]


@pytest.mark.parametrize("datatype", sorted(TYPES - {"BYTES"}))
def test_numbers_are_as_many_bytes_as_their_type_has(datatype: str) -> None:
    width = np.dtype(DTYPES[datatype]).itemsize
    assert fits(datatype, 3, 3 * width)
    assert not fits(datatype, 3, 3 * width - 1)
    assert not fits(datatype, 3, 3 * width + 1)


def test_each_text_needs_its_length() -> None:
    assert fits("BYTES", 3, 12)
    assert fits("BYTES", 3, 40)
    assert not fits("BYTES", 3, 11)
    assert not fits("BYTES", 10**100, 16_000_000)


def length(size: int) -> bytes:
    return struct.pack("<I", size)


@pytest.mark.parametrize(
    ("datatype", "count", "raw", "said"),
    [
        ("BYTES", 1, length(3) + b"ab", "texts are not"),
        ("BYTES", 1, length(1) + b"ab", "texts are not"),
        ("BYTES", 2, length(4) + length(0), "texts are not"),
        ("BYTES", 2, length(1) + b"a" + b"\1\0\0", "texts are not"),
        ("BYTES", 1, length(2**32 - 1) + b"ab", "texts are not"),
        ("BYTES", 1, struct.pack(">I", 2) + b"ab", "texts are not"),
        ("BYTES", 0, b"a", "texts are not"),
        ("BYTES", 1, length(1) + b"\xff", "not UTF-8"),
        ("BYTES", 1, length(3) + b"\xed\xa0\x80", "not UTF-8"),
        ("BOOL", 3, b"\0\1\2", "no BOOL"),
        ("BOOL", 1, b"\xff", "no BOOL"),
        ("FP64", 3, struct.pack("<ddd", math.nan, math.inf, -math.inf), "infinite"),
        ("FP32", 1, struct.pack("<f", -math.inf), "infinite"),
        ("FP16", 2, struct.pack("<ee", 1.0, math.inf), "infinite"),
    ],
)
def test_what_is_no_value_is_refused(datatype: str, count: int, raw: bytes, said: str) -> None:
    with pytest.raises(RequestRefused, match=said) as caught:
        from_bytes(datatype, count, raw, "input 'x'")
    assert (caught.value.status, caught.value.code, caught.value.where) == (400, "tensor", "input 'x'")


@given(st.sampled_from(sorted(TYPES)), st.integers(0, 9), st.binary(max_size=80))
def test_any_bytes_are_values_or_refused(datatype: str, count: int, raw: bytes) -> None:
    if not fits(datatype, count, len(raw)):
        return
    try:
        values = from_bytes(datatype, count, raw, "x")
    except RequestRefused:
        return
    assert len(values) == count
    found = raw_values(datatype, values)
    assert found == raw or None in values, "nothing is lost but what kind of NaN it was"
