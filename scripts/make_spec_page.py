"""Write docs/spec.md from the schema of millwright.yaml: every field, what it takes, its default, what it means.

`python scripts/make_spec_page.py` writes the page; a test says whether it is up to date.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from millwright.spec.schema import json_schema

PAGE = Path(__file__).resolve().parent.parent / "docs" / "spec.md"
REF = "#/$defs/"
TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}

HEAD = """\
# Every field of `millwright.yaml`

*Made by `scripts/make_spec_page.py` from the schema; do not edit it by hand.*

`mw init` writes this file with every default and every guess explained in it ([your own data](your-own-data.md)).
`mw plan` prints it with all defaults filled in. `mw schema` prints the JSON Schema, which is also kept as
[millwright.schema.json](millwright.schema.json): an editor that knows it completes and checks as you type.

- Every mistake is reported at once, each with file, line and column; the exit code is 2.
- An unknown field is an error, and the message names the nearest one. A field without a value has its default.
- A **duration** is a number and a unit, or several: `90s`, `10m`, `1h30m`, `30d`, `2w`. Units: `w`, `d`, `h`, `m`, `s`, `ms`.
- A **size** is a number and a unit: `8GB`, `512MB`.
- `${NAME}` in a text is replaced by the environment variable; where there is none, that is an error.

The file with nothing but what is required:

```yaml
project: flights
data:
  source: flights.parquet
  target: arr_late15
  task: binary
```
"""


def page() -> str:
    """The text of the page."""
    schema = json_schema()
    return "\n".join([HEAD, *_sections(schema)]).rstrip() + "\n"


def _sections(schema: Mapping[str, Any]) -> Iterator[str]:
    yield "## Top level\n"
    yield from _table(schema, "", schema)
    yield from _inner(schema, "", schema)


def _inner(outer: Mapping[str, Any], prefix: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """The sections inside a section, each followed by those inside it."""
    for name, setting in outer["properties"].items():
        section = _definition(setting, schema)
        if section:
            yield f"{'##' if not prefix else '###'} `{name}`\n"
            is_list = any(kind.get("type") == "array" for kind in _kinds(setting))
            yield section["description"] + (" The field is a list of these." if is_list else "") + "\n"
            yield from _table(section, f"{prefix}{name}.", schema)
            yield from _inner(section, f"{prefix}{name}.", schema)


def _table(section: Mapping[str, Any], prefix: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield "| field | takes | default | meaning |\n| --- | --- | --- | --- |"
    for name, setting in section["properties"].items():
        required = name in section.get("required", [])
        cells = (
            f"`{prefix}{name}`",
            _takes(setting),
            "required" if required else _default(setting),
            _meaning(setting, name, schema),
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _meaning(setting: Mapping[str, Any], name: str, schema: Mapping[str, Any]) -> str:
    inner = _definition(setting, schema)
    said = setting.get("description") or inner.get("description", "")
    return f"{said} See [`{name}`](#{name})." if inner else said


def _definition(setting: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The section that a setting holds (itself, optional, or a list of them), or nothing."""
    for kind in _kinds(setting):
        reference = kind.get("$ref") or kind.get("items", {}).get("$ref", "")
        if reference.startswith(REF):
            section: Mapping[str, Any] = schema["$defs"][reference.removeprefix(REF)]
            return section
    return {}


def _kinds(setting: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a setting may be, without "nothing"."""
    return [kind for kind in setting.get("anyOf", [setting]) if kind.get("type") != "null"]


def _takes(setting: Mapping[str, Any]) -> str:
    return " or ".join(dict.fromkeys(_kind(kind) for kind in _kinds(setting)))


def _kind(kind: Mapping[str, Any]) -> str:
    if "$ref" in kind:
        return "a section"
    if "anyOf" in kind:
        return _takes(kind)
    if "const" in kind or "enum" in kind:
        return ", ".join(f"`{value}`" for value in kind.get("enum", [kind.get("const")]))
    if kind.get("type") == "array":
        return "a list of sections" if "$ref" in kind["items"] else f"list of {_takes(kind['items'])}"
    if kind.get("type") == "object":
        return f"a mapping to {_takes(kind['additionalProperties'])}"
    return TYPES[kind["type"]] + _limits(kind)


def _limits(kind: Mapping[str, Any]) -> str:
    bounds = (("minimum", "at least"), ("exclusiveMinimum", "above"), ("maximum", "at most"), ("exclusiveMaximum", "below"))
    said = [f"{word} {kind[name]:g}" for name, word in bounds if name in kind]
    return f", {', '.join(said)}" if said else ""


def _default(setting: Mapping[str, Any]) -> str:
    """The default as one writes it; a section has those of its fields."""
    if any(kind.get("type") == "object" for kind in _kinds(setting)):
        return "none"
    if "default" not in setting:
        return "its fields' defaults"
    value = setting["default"]
    if value is None or value == []:
        return "none"
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
