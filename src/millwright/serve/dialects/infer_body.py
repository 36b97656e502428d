"""The body of a request of the Open Inference Protocol: its JSON, which raw bytes may follow."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from millwright.serve.body import decode
from millwright.serve.form import Form
from millwright.serve.refusal import RequestRefused

WHOLE: Final = frozenset({"UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64"})
REAL: Final = frozenset({"FP16", "FP32", "FP64"})
TYPES: Final = WHOLE | REAL | {"BOOL", "BYTES"}
_EXAMPLE = '{"inputs": [{"name": "column", "shape": [1], "datatype": "FP64", "data": [1]}]}'
_MOST_DIGITS = 12


class Tensor(msgspec.Struct, omit_defaults=True):
    """A column of n values, shape [n] or [n, 1]; or all columns at once, shape [n, columns].

    Its values are in `data`, or are raw bytes after the JSON: then `parameters.binary_data_size` says how many.
    """

    name: str
    shape: list[int]
    datatype: Annotated[str, Meta(extra_json_schema={"enum": sorted(TYPES)})]
    data: list[Any] | UnsetType = UNSET
    parameters: dict[str, Any] | None = None


class Wanted(msgspec.Struct, omit_defaults=True):
    """An output that is asked for; as raw bytes where `parameters.binary_data` is true."""

    name: str
    parameters: dict[str, Any] | None = None


class InferBody(msgspec.Struct, omit_defaults=True):
    """The body of a request: `id` comes back; without `outputs` all are given. Of `parameters`, `explain` and
    `binary_data_output` (all outputs as raw bytes) are read."""

    inputs: list[Tensor]
    id: str | None = None
    parameters: dict[str, Any] | None = None
    outputs: list[Wanted] | None = None


def read_infer(raw: bytes, form: Form) -> tuple[InferBody, bytes]:
    """The JSON of a body, and the bytes that follow it. Raises RequestRefused."""
    if form.json_length is None:
        return decode(InferBody, raw, example=_EXAMPLE), b""
    end = _json_length(form.json_length, len(raw))
    return decode(InferBody, raw[:end], example=_EXAMPLE), raw[end:]


def _json_length(told: bytes, most: int) -> int:
    length = int(told) if told.isdigit() and len(told) <= _MOST_DIGITS else None
    if length is None or not 0 < length <= most:
        raise RequestRefused(
            400,
            "it is no number of bytes, or none of a body as long as this",
            code="body.header",
            where="Inference-Header-Content-Length",
            fix="send the length of the JSON, after which the raw bytes begin",
        )
    return length


def wrong_tensor(where: str, what: str, fix: str = "") -> RequestRefused:
    """The refusal of a tensor that is not what its shape and data type say."""
    return RequestRefused(400, what, code="tensor", where=where, fix=fix)
