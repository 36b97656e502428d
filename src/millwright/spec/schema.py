"""The published JSON Schema of `millwright.yaml`, for editors; made from the Spec record alone."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from millwright.records.spec import Spec

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def _generated() -> dict[str, Any]:
    return TypeAdapter(Spec).json_schema()


def json_schema() -> dict[str, Any]:
    """The schema of the file: what `load_spec` takes before its checks of meaning. An empty value means the default."""
    generated = _generated()
    definitions = {name: _section(section) for name, section in generated["$defs"].items()}
    top = _section({key: value for key, value in generated.items() if key != "$defs"})
    return {"$schema": DIALECT, **top, "title": "millwright.yaml", "$defs": definitions}


def schema_file() -> str:
    """The text of `docs/millwright.schema.json`, and what `mw schema` prints."""
    return json.dumps(json_schema(), indent=2) + "\n"


def _section(section: Mapping[str, Any]) -> dict[str, Any]:
    required = section.get("required", [])
    properties = {name: _setting(value, name in required) for name, value in section["properties"].items()}
    return {**section, "properties": properties}


def _setting(setting: Mapping[str, Any], required: bool) -> dict[str, Any]:
    """A setting without its generated title; where it is optional, nothing is a value too."""
    plain = {key: value for key, value in setting.items() if key != "title"}
    if required or {"type": "null"} in plain.get("anyOf", []):
        return plain
    about: dict[str, Any] = {key: plain.pop(key) for key in ("description", "default") if key in plain}
    return {**about, "anyOf": [plain, {"type": "null"}]}


@cache
def descriptions() -> Mapping[tuple[str, ...], str]:
    """What each setting means, by its path: ("data", "target") -> "The column to predict."; sections included."""
    return dict(_described(_generated(), ()))


def _described(section: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, setting in section["properties"].items():
        inner = _definition(setting)
        yield (*path, name), setting.get("description") or inner.get("description", "")
        if inner:
            yield from _described(inner, (*path, name))


def _definition(setting: Mapping[str, Any]) -> Mapping[str, Any]:
    """The section that a setting holds (itself, optional, or a list of them), or nothing."""
    choices = [setting, setting.get("items", {}), *setting.get("anyOf", [])]
    names = [choice["$ref"].rpartition("/")[2] for choice in choices if "$ref" in choice]
    found: Mapping[str, Any] = _generated()["$defs"][names[0]] if names else {}
    return found


def optional_section(path: tuple[str, ...]) -> Mapping[str, Any]:
    """The settings, with their defaults, of a section that may be left out altogether; nothing for any other path."""
    setting = _generated()["properties"].get(path[0], {}) if len(path) == 1 else {}
    if "anyOf" not in setting:
        return {}
    return {name: inner["default"] for name, inner in _definition(setting).get("properties", {}).items()}
