"""The Open Inference Protocol (KServe V2), over REST: a tensor for each column, a tensor for each part of the answer.

Source: kserve/open-inference-protocol, specification/protocol/inference_rest.md. Values may be nested or flat. Besides the
specification a value may be null, which is a missing value. Tensors as raw bytes are not taken.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from millwright.data.batch_cells import NUMERIC
from millwright.errors import MillwrightError
from millwright.records.data import ContractColumn
from millwright.serve.body import PredictBody, decode
from millwright.serve.dialects.columns import asked_columns
from millwright.serve.dialects.contribution_tensors import contribution_tensors
from millwright.serve.dialects.dialect import Dialect
from millwright.serve.dialects.sentences import sentence_of
from millwright.serve.explaining import wants_explanation
from millwright.serve.predict import Answer
from millwright.serve.refusal import RequestRefused
from millwright.serve.slot import Slot

_WHOLE = frozenset({"UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64"})
_REAL = frozenset({"FP16", "FP32", "FP64"})
_TYPES = _WHOLE | _REAL | {"BOOL", "BYTES"}
_MATRIX = 2
_BY_KIND = {"number": "FP64", "integer": "INT64", "boolean": "BOOL"}


class Tensor(msgspec.Struct, omit_defaults=True):
    """A column of n values, shape [n] or [n, 1]; or all columns at once, shape [n, columns]."""

    name: str
    shape: list[int]
    datatype: Annotated[str, Meta(extra_json_schema={"enum": sorted(_TYPES)})]
    data: list[Any]
    parameters: dict[str, Any] | None = None


class Wanted(msgspec.Struct, omit_defaults=True):
    """An output that is asked for."""

    name: str
    parameters: dict[str, Any] | None = None


class InferBody(msgspec.Struct, omit_defaults=True):
    """The body of a request: `id` comes back; without `outputs` all are given. Of `parameters`, `explain` is read."""

    inputs: list[Tensor]
    id: str | None = None
    parameters: dict[str, Any] | None = None
    outputs: list[Wanted] | None = None


def _read(raw: bytes, _media: bytes, slot: Slot) -> tuple[PredictBody, InferBody]:
    body = decode(InferBody, raw, example='{"inputs": [{"name": "column", "shape": [1], "datatype": "FP64", "data": [1]}]}')
    names = [tensor.name for tensor in body.inputs]
    if len(set(names)) < len(names):
        raise _wrong("inputs", "a tensor comes twice")
    columns = dict(_columns(body.inputs, slot))
    if len({len(values) for values in columns.values()}) > 1:
        raise _wrong("inputs", "the tensors are not equally long", "the first number of every shape is the number of rows")
    return PredictBody(columns=columns, explain=wants_explanation(body.parameters)), body


def _columns(tensors: Sequence[Tensor], slot: Slot) -> Iterator[tuple[str, list[Any]]]:
    for tensor in tensors:
        values = _values(tensor)
        if len(tensor.shape) == _MATRIX and tensor.shape[1] != 1:
            yield from _of_matrix(tensor, values, asked_columns(slot), single=len(tensors) == 1)
        else:
            yield tensor.name, values


def _of_matrix(tensor: Tensor, values: list[Any], names: Sequence[str], *, single: bool) -> Iterator[tuple[str, list[Any]]]:
    if not single or tensor.shape[1] != len(names):
        raise _wrong(
            f"input '{tensor.name[:80]}'",
            f"its shape is {tensor.shape}",
            f"send a tensor of shape [n] for each column, or a single one of shape [n, {len(names)}] in the contract's order",
        )
    for at, name in enumerate(names):
        yield name, values[at :: len(names)]


def _values(tensor: Tensor) -> list[Any]:
    """The values of a tensor in row order, each of its data type or null. Raises RequestRefused."""
    where = f"input '{tensor.name[:80]}'"
    if tensor.datatype not in _TYPES:
        raise _wrong(where, f"there is no data type {tensor.datatype[:20]}", f"use one of {', '.join(sorted(_TYPES))}")
    if not 1 <= len(tensor.shape) <= _MATRIX or min(tensor.shape) < 0:
        raise _wrong(where, f"its shape is {tensor.shape[:8]}", "send [n] or [n, 1]")
    values = list(_flat(tensor.data))
    if len(values) != math.prod(tensor.shape):
        raise _wrong(where, f"{len(values)} values do not fill the shape {tensor.shape}")
    for value in values:
        if value is not None and not _is_a(value, tensor.datatype):
            raise _wrong(where, f"a value is no {tensor.datatype}", "send null for a missing value")
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
    return isinstance(value, int | float if datatype in _REAL else int) and not isinstance(value, bool)


def _wrong(where: str, what: str, fix: str = "") -> RequestRefused:
    return RequestRefused(400, what, code="tensor", where=where, fix=fix)


def _write(answer: Answer, _slot: Slot, asked: InferBody) -> dict[str, Any]:
    outputs = list(_outputs(answer))
    if asked.outputs is not None:
        wanted = [output.name for output in asked.outputs]
        outputs = [output for output in outputs if output["name"] in wanted]
    head = {"model_name": answer.project, "model_version": f"v{answer.version}"}
    if asked.id is not None:
        head["id"] = asked.id
    return {**head, "parameters": {"payload": answer.payload_digest}, "outputs": outputs}


def _outputs(answer: Answer) -> Iterator[dict[str, Any]]:
    """The parts of an answer in a fixed order, each of n values."""
    given, n = answer.given, len(answer.given)
    yield _tensor("prediction_id", "BYTES", [n], [one["id"] for one in given])
    for name, datatype in _ANSWERED:
        if name in given[0]:
            yield _tensor(name, datatype, [n], [one[name] for one in given])
    if "probabilities" in given[0]:
        classes = list(given[0]["probabilities"])
        flat = [one["probabilities"][name] for one in given for name in classes]
        yield _tensor("probabilities", "FP64", [n, len(classes)], flat) | {"parameters": {"classes": ",".join(classes)}}
    yield _tensor("flags", "BYTES", [n], [" ".join(one["flags"]) for one in given])
    for name, shape, numbers, parameters in contribution_tensors([one.get("contributions") for one in given]):
        yield _tensor(name, "FP64", shape, numbers) | ({"parameters": parameters} if parameters else {})


_ANSWERED = (
    ("probability", "FP64"), ("decision", "BOOL"), ("label", "BYTES"), ("value", "FP64"), ("low", "FP64"), ("high", "FP64"),
)  # fmt: skip


def _tensor(name: str, datatype: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


def metadata_of(slot: Slot) -> dict[str, Any]:
    """What a model takes and gives; -1 stands for the number of rows."""
    asked = set(asked_columns(slot))
    return {
        "name": slot.project,
        "versions": [f"v{slot.version}"],
        "platform": "millwright_package",
        "inputs": [_input(column) for column in slot.scorer.contract.columns if column.name in asked],
        "outputs": [{"name": name, "datatype": kind, "shape": shape} for name, kind, shape in _given(slot)],
    }


def _input(column: ContractColumn) -> dict[str, Any]:
    datatype = _BY_KIND[column.kind] if column.kind in NUMERIC else "BYTES"
    return {"name": column.name, "datatype": datatype, "shape": [-1]}


def _given(slot: Slot) -> Iterator[tuple[str, str, list[int]]]:
    info = slot.scorer.info
    yield "prediction_id", "BYTES", [-1]
    if info.task == "multiclass":
        yield "label", "BYTES", [-1]
        yield "probabilities", "FP64", [-1, len(info.classes)]
    names = {
        "binary": ("probability", "decision", "label"),
        "regression": ("value", *(("low", "high") if info.interval or info.interval_bands else ())),
    }
    for name, datatype in _ANSWERED:
        if name in names.get(info.task, ()):
            yield name, datatype, [-1]
    yield "flags", "BYTES", [-1]


def _refuse(error: MillwrightError, request_id: str) -> dict[str, str]:
    return {"error": sentence_of(error, request_id)}


OPEN_INFERENCE = Dialect(read=_read, write=_write, refuse=_refuse)
