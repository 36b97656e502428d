"""From a request's bytes to its parts: strict JSON, where a key given twice is a mistake and not a choice."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, UnsetType

from millwright.serve.refusal import RequestRefused

T = TypeVar("T", bound=msgspec.Struct)
MAX_DEPTH = 64
"""How deep a body may be nested. What is asked here is four deep."""
_OTHERS = bytes(set(range(256)) - set(b"[{:\\"))
_FLAT = frozenset({str, int, float, bool, type(None), UnsetType})


class PredictBody(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The body of a prediction request: rows or columns, per row the client's own id, key and time, and whether to explain."""

    rows: Annotated[list[dict[str, Any]] | None, Meta(description="Objects, one a row.")] = None
    columns: Annotated[dict[str, list[Any]] | None, Meta(description="Instead of rows: a list of values a column.")] = None
    ids: Annotated[list[str] | None, Meta(description="Your own id of each row: sent again, it is answered once.")] = None
    keys: Annotated[list[Any] | None, Meta(description="The key of each row, where it is not in the row.")] = None
    at: Annotated[str | list[str] | None, Meta(description="When each row happened, while history is replayed.")] = None
    explain: Annotated[bool, Meta(description="Say what each column added to each answer.")] = False


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
        body: T = _decoder(kind).decode(raw)
        telling = raw.translate(None, _OTHERS)
        if telling.count(b"[") + telling.count(b"{") > MAX_DEPTH:
            _refuse_deep(telling, body)
        if b"\\" in telling or telling.count(b":") != _keys_in(body):
            _refuse_repeated_keys(raw, body)
    except msgspec.ValidationError as error:
        raise RequestRefused(422, str(error), code="body.shape", where="body", fix=fix) from error
    except msgspec.DecodeError as error:
        raise _not_json(str(error) if raw else "the body is empty", fix) from error
    except UnicodeDecodeError as error:
        raise _not_json("the body is not UTF-8", fix) from error
    except RecursionError as error:
        raise _deep(fix) from error
    return body


def _not_json(what: str, fix: str) -> RequestRefused:
    return RequestRefused(400, what, code="body.json", where="body", fix=fix)


def _deep(fix: str) -> RequestRefused:
    what = f"the body is nested more than {MAX_DEPTH} deep"
    return RequestRefused(400, what, code="body.depth", where="body", fix=fix)


@cache
def _decoder(kind: type[T]) -> "msgspec.json.Decoder[T]":
    return msgspec.json.Decoder(kind)


def _refuse_deep(telling: bytes, body: msgspec.Struct) -> None:
    """Refuse a body that is nested deeper than `MAX_DEPTH`. Most need no look: one with few brackets cannot be deep.

    Of the entries of its longest list (rows, labels) only one is on any way down, so the others' brackets do not count.
    telling: the body's brackets, colons and backslashes.
    """
    brackets = telling.count(b"[") + telling.count(b"{")
    parts = [part for part in msgspec.structs.asdict(body).values() if isinstance(part, list | dict)]
    if brackets - max(map(len, parts), default=0) < MAX_DEPTH:
        return
    level: list[Any] = [parts]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer) if type(inner) not in _FLAT]
        if not level:
            return
    raise _deep("send flat rows")


def _inside(outer: Any) -> Iterable[Any]:
    if isinstance(outer, msgspec.Struct):
        return msgspec.structs.astuple(outer)
    return outer.values() if isinstance(outer, dict) else outer


def _refuse_repeated_keys(raw: bytes, body: object) -> None:
    """Find keys that the decoder dropped because they came twice.

    As many colons as keys prove that none was dropped, and spared this look. Failing that, a body without escapes that is
    written anew has one colon for each key and those within texts, as the bytes received have. Anything else is looked at
    slowly and exactly.
    """
    if b"\\" not in raw and raw.count(b":") == _encoder.encode(body).count(b":"):
        return
    json.loads(raw, object_pairs_hook=_refuse_repeated)


def _keys_in(body: object) -> int:
    """How many keys a request for rows has; -1 for any other body."""
    if not isinstance(body, PredictBody) or body.rows is None:
        return -1
    keys = (
        1 + (body.columns is not None) + (body.ids is not None) + (body.keys is not None) + (body.at is not None) + body.explain
    )
    for row in body.rows:
        keys += len(row)
    return keys


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise RequestRefused(
                400, f"the key '{name[:80]}' is given twice", code="body.repeated_key", where="body", fix="give each once"
            )
        seen[name] = value
    return seen
