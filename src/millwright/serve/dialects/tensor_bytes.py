"""The values of a tensor as raw bytes, and back: the binary tensor data extension of the Open Inference Protocol.

Little endian, row by row, nothing between the values; a BOOL is a byte of 0 or 1, a text its length in four bytes and then its
UTF-8. Raw bytes have no null: a number that is missing is NaN. Source: kserve/website, "Binary Tensor Data Extension".
"""

import math
import struct
from collections.abc import Sequence
from typing import Any

from millwright.serve.dialects.infer_body import REAL, wrong_tensor

_CODES = {
    "BOOL": "?", "UINT8": "B", "UINT16": "H", "UINT32": "I", "UINT64": "Q",
    "INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q", "FP16": "e", "FP32": "f", "FP64": "d",
}  # fmt: skip
_WIDTHS = {datatype: struct.calcsize(f"<{code}") for datatype, code in _CODES.items()}
_LENGTH = 4
"""Bytes that say how long a text is."""


def fits(datatype: str, count: int, size: int) -> bool:
    """Whether so many values can be `size` bytes; of texts, whether there is room for their lengths."""
    width = _WIDTHS.get(datatype)
    return size == count * width if width is not None else size >= count * _LENGTH


def from_bytes(datatype: str, count: int, raw: bytes, where: str) -> list[Any]:
    """`count` values of a tensor, as JSON would give them; null for NaN.

    raw: bytes that `fits` holds to be enough. where: the tensor, for messages. Raises RequestRefused for a text that is cut
    off or no UTF-8, for bytes left over, for a BOOL that is neither 0 nor 1, and for an infinite number.
    """
    if datatype == "BYTES":
        return _texts(count, raw, where)
    if datatype == "BOOL" and raw.translate(None, b"\0\1"):
        raise wrong_tensor(where, "a byte is no BOOL", "send 0 or 1")
    values = list(struct.unpack(f"<{count}{_CODES[datatype]}", raw))
    return values if datatype not in REAL or math.isfinite(sum(values)) else _with_null(values, where)


def _with_null(values: list[float], where: str) -> list[float | None]:
    if any(map(math.isinf, values)):
        raise wrong_tensor(where, "a number is infinite", "send NaN for a missing value")
    return [None if math.isnan(value) else value for value in values]


def _texts(count: int, raw: bytes, where: str) -> list[str]:
    texts, at = [], 0
    try:
        for _ in range(count):
            begin = at + _LENGTH
            at = begin + int.from_bytes(raw[at:begin], "little")
            texts.append(raw[begin:at].decode())
    except UnicodeDecodeError:
        raise wrong_tensor(where, "a text is not UTF-8") from None
    if at != len(raw):
        what = f"its {count:,} texts are not the {len(raw):,} bytes of binary_data_size"
        raise wrong_tensor(where, what, "send for each text its length in four bytes, little endian, and its UTF-8")
    return texts


def to_bytes(datatype: str, values: Sequence[Any]) -> bytes:
    """The values of an output, of BYTES, BOOL or FP64, as raw bytes; null is NaN."""
    if datatype == "BYTES":
        return b"".join(len(text).to_bytes(_LENGTH, "little") + text for text in map(str.encode, values))
    numbers = [math.nan if value is None else value for value in values]
    return struct.pack(f"<{len(numbers)}{_CODES[datatype]}", *numbers)
