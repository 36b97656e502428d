"""The Open Inference Protocol (KServe V2), over REST: a tensor for each column, a tensor for each part of the answer.

Sources: kserve/open-inference-protocol, specification/protocol/inference_rest.md; for tensors as raw bytes kserve/website,
"Binary Tensor Data Extension", and triton-inference-server/server, docs/protocol/extension_binary_data.md. Values may be nested
or flat. Besides the specification a value may be null, which is a missing value.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from millwright.errors import MillwrightError
from millwright.serve.body import PredictBody
from millwright.serve.dialects.contribution_tensors import contribution_tensors
from millwright.serve.dialects.dialect import Dialect
from millwright.serve.dialects.infer_body import InferBody, read_infer
from millwright.serve.dialects.model_metadata import ANSWERED
from millwright.serve.dialects.sentences import sentence_of
from millwright.serve.dialects.tensor_bytes import to_bytes
from millwright.serve.dialects.tensor_values import SIZE, columns_of
from millwright.serve.explaining import wants_explanation
from millwright.serve.form import Form
from millwright.serve.http import INFERENCE_HEADER, JSON, OCTETS, Response
from millwright.serve.predict import Answer
from millwright.serve.refusal import RequestRefused
from millwright.serve.slot import Slot

EXTENSIONS = ("binary_tensor_data",)
"""What is spoken here besides the protocol itself."""

_encode = msgspec.json.Encoder().encode


class _Wish(msgspec.Struct, frozen=True):
    """How a request wants its answer: under its id, of all outputs (None) or those named, in raw bytes or not, but for some."""

    id: str | None
    names: frozenset[str] | None
    binary: bool
    but: Mapping[str, bool]


def _read(raw: bytes, form: Form, slot: Slot) -> tuple[PredictBody, _Wish]:
    body, rest = read_infer(raw, form)
    wish = _wish_of(body)
    columns = columns_of(body.inputs, rest, slot)
    return PredictBody(columns=columns, explain=wants_explanation(body.parameters)), wish


def _wish_of(body: InferBody) -> _Wish:
    binary = _choice(body.parameters, "binary_data_output")
    by_name = {output.name: _choice(output.parameters, "binary_data") for output in body.outputs or ()}
    names = None if body.outputs is None else frozenset(by_name)
    return _Wish(body.id, names, bool(binary), {name: chosen for name, chosen in by_name.items() if chosen is not None})


def _choice(parameters: Mapping[str, Any] | None, name: str) -> bool | None:
    """A parameter that is true or false; None where it is not given. Raises RequestRefused."""
    chosen = (parameters or {}).get(name)
    if chosen is not None and not isinstance(chosen, bool):
        raise RequestRefused(422, f"{name} is true or false", code="body.shape", where="parameters")
    return chosen


def _write(answer: Answer, _slot: Slot, wish: _Wish) -> dict[str, Any] | Response:
    outputs = [output for output in _outputs(answer) if wish.names is None or output["name"] in wish.names]
    raw = [_taken_out(output) for output in outputs if wish.but.get(output["name"], wish.binary)]
    head = {"model_name": answer.project, "model_version": f"v{answer.version}"}
    if wish.id is not None:
        head["id"] = wish.id
    told = {**head, "parameters": {"payload": answer.payload_digest}, "outputs": outputs}
    if not raw:
        return told
    text = _encode(told)
    return Response(200, b"".join((text, *raw)), OCTETS, ((INFERENCE_HEADER, b"%d" % len(text)),))


def _taken_out(output: dict[str, Any]) -> bytes:
    """The values of an output as raw bytes; it tells how many there are in their place."""
    raw = to_bytes(output["datatype"], output.pop("data"))
    output["parameters"] = {**output.get("parameters", {}), SIZE: len(raw)}
    return raw


def _outputs(answer: Answer) -> Iterator[dict[str, Any]]:
    """The parts of an answer in a fixed order, each of n values."""
    given, n = answer.given, len(answer.given)
    yield _tensor("prediction_id", "BYTES", [n], [one["id"] for one in given])
    for name, datatype in ANSWERED:
        if name in given[0]:
            yield _tensor(name, datatype, [n], [one[name] for one in given])
    if "probabilities" in given[0]:
        classes = list(given[0]["probabilities"])
        flat = [one["probabilities"][name] for one in given for name in classes]
        yield _tensor("probabilities", "FP64", [n, len(classes)], flat) | {"parameters": {"classes": ",".join(classes)}}
    if "quantiles" in given[0]:
        levels = list(given[0]["quantiles"])
        flat = [one["quantiles"][level] for one in given for level in levels]
        yield _tensor("quantiles", "FP64", [n, len(levels)], flat) | {"parameters": {"levels": ",".join(levels)}}
    yield _tensor("flags", "BYTES", [n], [" ".join(one["flags"]) for one in given])
    for name, shape, numbers, parameters in contribution_tensors([one.get("contributions") for one in given]):
        yield _tensor(name, "FP64", shape, numbers) | ({"parameters": parameters} if parameters else {})


def _tensor(name: str, datatype: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


def _refuse(error: MillwrightError, request_id: str) -> dict[str, str]:
    return {"error": sentence_of(error, request_id)}


OPEN_INFERENCE = Dialect(read=_read, write=_write, refuse=_refuse, media=frozenset({JSON, OCTETS, b""}))
"""Its clients name the type of a body or leave it away; which part of it is JSON, the header says."""
