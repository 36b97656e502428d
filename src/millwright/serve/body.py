"""From a request's bytes to its parts: strict JSON, where a key given twice is a mistake and not a choice."""

import json
from typing import Any, TypeVar

import msgspec

from millwright.serve.refusal import RequestRefused

T = TypeVar("T")


class PredictBody(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The body of a prediction request: rows or columns, and per row the client's own id, key and time."""

    rows: list[dict[str, Any]] | None = None
    columns: dict[str, list[Any]] | None = None
    ids: list[str] | None = None
    keys: list[Any] | None = None
    at: str | list[str] | None = None


class LabelBody(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The body of a label request. Each label is checked on its own, so that one bad one does not cost the others."""

    labels: list[dict[str, Any]]
    source: str = "api"


_encoder = msgspec.json.Encoder()


def decode_predict(raw: bytes) -> PredictBody:
    """The parts of a prediction request. Raises RequestRefused: 400 for what is no JSON, 422 for the wrong shape."""
    return _decode(PredictBody, raw)


def decode_labels(raw: bytes) -> LabelBody:
    """The parts of a label request. Raises RequestRefused."""
    return _decode(LabelBody, raw)


def _decode(kind: type[T], raw: bytes) -> T:
    try:
        body = msgspec.json.decode(raw, type=kind)
        _refuse_repeated_keys(raw, body)
    except msgspec.ValidationError as error:
        raise RequestRefused(422, str(error), code="body.shape", where="body", fix=_example(kind)) from error
    except msgspec.DecodeError as error:
        raise _not_json(str(error) if raw else "the body is empty", kind) from error
    except UnicodeDecodeError as error:
        raise _not_json("the body is not UTF-8", kind) from error
    except RecursionError as error:
        raise _not_json("the body is nested too deeply", kind) from error
    return body


def _not_json(what: str, kind: type[Any]) -> RequestRefused:
    return RequestRefused(400, what, code="body.json", where="body", fix=_example(kind))


def _example(kind: type[Any]) -> str:
    example = '{"labels": [{"id": "...", "value": 1}]}' if kind is LabelBody else '{"rows": [{"column": 1}]}'
    return f"send {example}"


def _refuse_repeated_keys(raw: bytes, body: object) -> None:
    """Find keys that the decoder dropped because they came twice.

    Written anew, a body has one colon for each key and those within texts. Without escapes the same is true of the bytes
    received, so equal counts prove that no key was dropped. Anything else is looked at slowly and exactly.
    """
    if b"\\" not in raw and raw.count(b":") == _encoder.encode(body).count(b":"):
        return
    json.loads(raw, object_pairs_hook=_refuse_repeated)


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise RequestRefused(
                400, f"the key '{name[:80]}' is given twice", code="body.repeated_key", where="body", fix="give each once"
            )
        seen[name] = value
    return seen
