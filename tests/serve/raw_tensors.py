"""Open Inference tensors as raw bytes, written and read as the specification says it, by other means than the server's."""

import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from .running import Answer, Running

OCTETS = "application/octet-stream"
LENGTH = "Inference-Header-Content-Length"
DTYPES = {
    "BOOL": "?", "UINT8": "u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8", "INT8": "i1", "INT16": "<i2",
    "INT32": "<i4", "INT64": "<i8", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8",
}  # fmt: skip


def raw_values(datatype: str, values: Sequence[Any]) -> bytes:
    """Values as raw bytes; null is NaN."""
    if datatype == "BYTES":
        return b"".join(struct.pack("<I", len(text.encode())) + text.encode() for text in values)
    return np.array([np.nan if value is None else value for value in values], dtype=DTYPES[datatype]).tobytes()


def as_raw(tensor: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """A tensor whose values are in JSON, as one in raw bytes, and these."""
    raw = raw_values(tensor["datatype"], np.array(tensor["data"], dtype=object).ravel().tolist())
    kept = {name: part for name, part in tensor.items() if name != "data"}
    return {**kept, "parameters": {"binary_data_size": len(raw)}}, raw


def in_two_parts(body: dict[str, Any], *raw: bytes) -> tuple[bytes, dict[str, str]]:
    """A body of JSON and raw bytes, and its headers."""
    text = json.dumps(body).encode()
    return b"".join((text, *raw)), {"Content-Type": OCTETS, LENGTH: str(len(text))}


def infer_raw(server: Running, inputs: list[dict[str, Any]], path: str = "/v2/models/toy/infer", **beside: Any) -> Answer:
    """Ask with every tensor as raw bytes; the answer as `in_one_part` has it."""
    tensors, raw = zip(*map(as_raw, inputs), strict=True)
    return in_one_part(server.ask("POST", path, *in_two_parts({"inputs": tensors, **beside}, *raw)))


def in_one_part(answer: Answer) -> Answer:
    """An answer with raw bytes as the one in JSON that it stands for; what is JSON already stays."""
    if answer.headers["content-type"] != OCTETS:
        assert LENGTH.lower() not in answer.headers
        return answer
    end = int(answer.headers[LENGTH.lower()])
    body, rest = json.loads(answer.body[:end]), answer.body[end:]
    for output in body["outputs"]:
        if "data" not in output:
            size = output["parameters"].pop("binary_data_size")
            output["data"], rest = _values(output, rest[:size]), rest[size:]
            if not output["parameters"]:
                del output["parameters"]
    assert rest == b""
    return Answer(answer.status, answer.headers, body)


def _values(output: dict[str, Any], raw: bytes) -> list[Any]:
    count = int(np.prod(output["shape"]))
    if output["datatype"] == "BYTES":
        texts = []
        for _ in range(count):
            (size,) = struct.unpack_from("<I", raw)
            texts.append(raw[4 : 4 + size].decode())
            raw = raw[4 + size :]
        assert raw == b""
        return texts
    numbers = np.frombuffer(raw, DTYPES[output["datatype"]])
    assert len(numbers) == count
    return [None if number != number else number for number in numbers.tolist()]
