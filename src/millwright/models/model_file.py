"""Reading one file of a fitted model: it is there, and it holds the record it should."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from millwright.errors import PackageRefused
from millwright.records.codec import from_json

T = TypeVar("T")


def model_file(files: Mapping[str, bytes], name: str) -> bytes:
    """The bytes of one model file. Raises PackageRefused where it is missing."""
    content = files.get(name)
    if content is None:
        raise PackageRefused(f"the model file {name} is missing", where=", ".join(sorted(files)) or "no model files")
    return content


def model_record(files: Mapping[str, bytes], name: str, kind: type[T]) -> T:
    """The record that a JSON model file holds. Raises PackageRefused where it does not fit."""
    try:
        return from_json(kind, model_file(files, name))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PackageRefused(f"not a model of this kind: {error}", where=name) from error
