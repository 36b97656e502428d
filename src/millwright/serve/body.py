"""From a request's bytes to its parts: strict JSON, where a key given twice is a mistake and not a choice."""

import json
from typing import Any, TypeVar

import msgspec

from millwright.serve.refusal import RequestRefused

T = TypeVar("T")


class PredictBody(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The body of a prediction request: rows or columns, per row the client's own id, key and time, and whether to explain."""

    rows: list[dict[str, Any]] | None = None
    columns: dict[str, list[Any]] | None = None
    ids: list[str] | None = None
    keys: list[Any] | None = None
    at: str | list[str] | None = None
    explain: bool = False


class LabelBody(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The body of a label request. Each label is checked on its own, so that one bad one does not cost the others."""

    labels: list[dict[str, Any]]
    source: str = "api"


_encoder = msgspec.json.Encoder()


def decode_predict(raw: bytes) -> PredictBody:
    """The parts of a prediction request. Raises RequestRefused: 400 for what is no JSON, 422 for the wrong shape."""
    return decode(PredictBody, raw, example='{"rows": [{"column": 1}]}')


def decode_labels(raw: bytes) -> LabelBody:
    """The parts of a label request. Raises RequestRefused."""
    return decode(LabelBody, raw, example='{"labels": [{"id": "...", "value": 1}]}')


def decode(kind: type[T], raw: bytes, *, example: str) -> T:
    """A JSON body as a structure; `example` is what a client reads that sent something else. Raises RequestRefused."""
    fix = f"send {example}"
    try:
        body = msgspec.json.decode(raw, type=kind)
        _refuse_repeated_keys(raw, body)
    except msgspec.ValidationError as error:
        raise RequestRefused(422, str(error), code="body.shape", where="body", fix=fix) from error
    except msgspec.DecodeError as error:
        raise _not_json(str(error) if raw else "the body is empty", fix) from error
    except UnicodeDecodeError as error:
        raise _not_json("the body is not UTF-8", fix) from error
    except RecursionError as error:
        raise _not_json("the body is nested too deeply", fix) from error
    return body


def _not_json(what: str, fix: str) -> RequestRefused:
    return RequestRefused(400, what, code="body.json", where="body", fix=fix)


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
