"""Writing `millwright.yaml` so that a stranger understands it: every setting, what it means, and why it is as it is.

What is set stands as a line; what is left at its default and rarely changed stands as a line behind `#` without a space.
Both read back as the same Spec.
"""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from millwright.records.spec import Spec
from millwright.spec.environment import literal
from millwright.spec.scalars import quoted, written
from millwright.spec.schema import descriptions, optional_section
from millwright.spec.words import printable

WIDTH = 100
_HEADER = """\
A Millwright project. `mw plan` says what it would do, `mw train` does it.
Lines with # and a space explain. Lines with # and no space are settings at their default: delete
the # and change the value. Every mistake is reported at once, with its line and column."""
_ALWAYS = frozenset(
    {
        "version",
        "contract",
        "data.zone",
        "data.key",
        "data.ignore",
        "data.known_later",
        "data.pii",
        "split.method",
        "split.holdout",
        "split.folds",
        "search.metric",
        "search.budget",
        "evaluate.confidence",
        "costs.false_positive",
        "costs.false_negative",
        "release.mode",
        "serve.port",
        "release.shadow",
        "release.canary",
        "watch.window",
        "watch.every",
        "policy.mode",
        "policy.schedule",
        "policy.cooldown",
        "retrain.data",
        "retrain.window",
    }
)
"""Settings that people look for, written out even at their default."""

Notes = Mapping[str, str]


def write_spec(spec: Spec, notes: Notes | None = None) -> str:
    """The text of a spec file; `parse_spec` of it gives `spec` back.

    notes: more to say about a setting, by its dotted path ("split.method"), or about one entry of a list by the path and
    the entry ("data.known_later.dep_delay").
    """
    lines = [*_comment(_HEADER, ""), *_settings(spec, (), notes or {})]
    return "\n".join(lines).strip() + "\n"


def _settings(record: Any, path: tuple[str, ...], notes: Notes) -> Iterator[str]:
    for field in fields(record):
        yield from _setting(record, field, (*path, field.name), notes)


def _setting(record: Any, field: "Field[Any]", path: tuple[str, ...], notes: Notes) -> Iterator[str]:
    value, indent = getattr(record, field.name), "  " * (len(path) - 1)
    name = ".".join(path)
    if len(path) == 1:
        yield ""
    yield from _comment(descriptions()[path], indent)
    yield from _comment(notes.get(name, ""), indent)
    if is_dataclass(value):
        yield f"{indent}{field.name}:"
        yield from _settings(value, path, notes)
    elif _is_default(field, value) and name not in _ALWAYS:
        yield f"{indent}#{_line(field.name, value)}"
        yield from _unused_section(path)
    else:
        yield from _value_lines(field.name, value, path, notes)


def _unused_section(path: tuple[str, ...]) -> Iterator[str]:
    """The settings of a section that is left out, for whoever wants it."""
    for name, value in optional_section(path).items():
        indent = "  " * len(path)
        yield from _comment(descriptions()[(*path, name)], indent)
        yield f"{indent}#{_line(name, value)}"


def _is_default(field: "Field[Any]", value: Any) -> bool:
    if field.default_factory is dict:
        return not value
    return field.default is not MISSING and bool(value == field.default) and type(value) is type(field.default)


def _value_lines(name: str, value: Any, path: tuple[str, ...], notes: Notes) -> Iterator[str]:
    indent, dotted = "  " * (len(path) - 1), ".".join(path)
    if value and isinstance(value, tuple) and is_dataclass(value[0]):
        yield f"{indent}{name}:"
        for record in value:
            yield from _item_of_settings(record, indent)
    elif isinstance(value, tuple) and any(f"{dotted}.{item}" in notes for item in value):
        yield f"{indent}{name}:"
        for item in value:
            yield from _comment(notes.get(f"{dotted}.{item}", ""), f"{indent}  ")
            yield f"{indent}  - {_scalar(item)}"
    else:
        yield indent + _line(name, value)


def _item_of_settings(record: Any, indent: str) -> Iterator[str]:
    """A record in a list: what is not at its default, one setting a line."""
    given = [field for field in fields(record) if not _is_default(field, getattr(record, field.name))]
    for i, field in enumerate(given):
        yield f"{indent}  {'- ' if i == 0 else '  '}{_line(field.name, getattr(record, field.name))}"


def _line(name: str, value: Any) -> str:
    if value is None:
        return f"{name}:"
    return f"{name}: {_scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_scalar, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_scalar(name)}: {_scalar(inner)}' for name, inner in value.items())}}}"
    if not isinstance(value, str):
        return written(value)
    # A quote is needed where { and } would end a list that the text stands in.
    return quoted(literal(value)) if "${" in value else written(value)


def _comment(text: str, indent: str) -> Iterator[str]:
    """`text` as comment lines; what cannot be printed in it is replaced, so that no note can end its own comment."""
    for paragraph in text.split("\n"):
        for line in textwrap.wrap(printable(paragraph), WIDTH - len(indent)):
            yield f"{indent}# {line}"
