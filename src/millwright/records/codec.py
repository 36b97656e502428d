"""Records to bytes and back: one canonical JSON, so that the same record always has the same digest."""

import hashlib
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def to_json(value: object) -> bytes:
    """Canonical JSON of a record or of plain data: sorted mapping keys, no spaces, shortest floats.

    Not-a-number and infinity have no JSON; they become null, so records say "missing" with None instead.
    """
    return msgspec.json.encode(value, order="sorted")


def pretty_json(value: object) -> str:
    """The same content, indented for people."""
    return msgspec.json.format(to_json(value), indent=2).decode()


def from_json(kind: type[T], raw: bytes | str) -> T:
    """The record of type `kind` that `raw` holds. Raises msgspec.ValidationError where it does not fit."""
    return msgspec.json.decode(raw, type=kind)


def to_plain(value: object) -> Any:
    """A record as dicts, lists, strings and numbers, ready to print as JSON."""
    return msgspec.to_builtins(value)


def plain_before(value: object, **added: object) -> Any:
    """A record as plain data, without the fields that were `added` to its kind later, where they have these first values:
    what is digested so keeps its identity."""
    return {name: content for name, content in to_plain(value).items() if name not in added or content != added[name]}


def digest_of(value: object) -> str:
    """sha256 of the canonical JSON of a record, in hex."""
    return sha256(to_json(value))


def sha256(raw: bytes) -> str:
    """sha256 of bytes, in hex."""
    return hashlib.sha256(raw).hexdigest()
