"""The YAML parser (ruamel.yaml, pure Python, events only: it builds no objects) and its errors in plain words."""

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from millwright.errors import Problem
from millwright.spec.places import Place, problem_at
from millwright.spec.words import shown

_WORDS = (
    ("character '\\t'", "a tab is used for indentation", "YAML allows spaces only: replace the tab by two spaces"),
    (
        "mapping values are not allowed",
        "a colon is not expected here",
        "check the indentation, or put text with a colon in quotes",
    ),
    ("unexpected end of stream", "a quote is opened and never closed", "close it"),
    ("expected ',' or ']'", "a list that starts with [ is not closed", "add ]"),
    ("expected ',' or '}'", "a mapping that starts with { is not closed", "add }"),
    ("cannot start any token", "a value cannot start with this character", "put the value in quotes"),
    ("could not find expected ':'", "a colon is missing after the key", "write key: value"),
    ("expected <block end>", "this line does not continue what stands above it", "check the indentation"),
    ("<stream end>", "the file ends in the middle of a value", "finish it"),
    ("unknown escape character", "this escape is not known", "write \\\\ for a backslash, or use single quotes"),
)


def events_of(text: str) -> Iterator[Any]:
    """Parser events, made as they are asked for, so that a hostile text can be left in the middle."""
    events: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
    return events


def syntax_problem(error: YAMLError, text: str, name: str, lines: tuple[str, ...]) -> Problem:
    """What is wrong with a text that is no YAML."""
    mark = getattr(error, "problem_mark", None)
    if isinstance(error, MarkedYAMLError) and mark is not None:
        place = Place(mark.line + 1, mark.column + 1)
        message, fix = _in_words(str(error.problem), lines[mark.line] if mark.line < len(lines) else "")
        return problem_at(name, lines, place, message, fix)
    return _unreadable(error, text, name, lines)


def _in_words(problem: str, line: str) -> tuple[str, str]:
    if "${" in line and "expected ','" in problem:
        return "${NAME} without quotes ends the { } or [ ] that it stands in", 'put it in quotes: "${NAME}"'
    for sign, message, fix in _WORDS:
        if sign in problem:
            return message, fix
    return f"this is not YAML: {problem}", "check the line and the one above"


def _unreadable(error: YAMLError, text: str, name: str, lines: tuple[str, ...]) -> Problem:
    """A character that YAML does not take at all (a control character)."""
    position = getattr(error, "position", 0)
    before = text[:position]
    place = Place(before.count("\n") + 1, position - before.rfind("\n"))
    found = text[position : position + 1]
    return problem_at(name, lines, place, f"the character {shown(found)} is not allowed in a text file", "delete it")
