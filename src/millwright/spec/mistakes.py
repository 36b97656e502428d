"""pydantic's findings in plain words."""

from dataclasses import dataclass
from typing import Any, Literal

from millwright.errors import nearest
from millwright.spec.document import Path
from millwright.spec.words import described, listed, shown

_BRANCHES = frozenset({"str", "int", "float", "bool"})
"""Steps that pydantic adds to a path for each type of a union; no setting has such a name."""
_EXPECTED = {
    "string_type": "text is expected",
    "int_type": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "float_type": "a number is expected",
    "bool_type": "true or false is expected",
    "tuple_type": "a list is expected",
    "dict_type": "a mapping as {name: value} is expected",
    "dataclass_type": "a section with settings is expected",
}
_LIMITS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_EXAMPLES = {"budget": "60s", "label_delay": "12h", "window": "7d", "cooldown": "1d", "label_maturity": "30d", "memory": "8GB"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A value that does not fit its field."""

    path: Path
    kind: Literal["missing", "unknown", "value"]
    message: str = ""
    fix: str = ""

    def hidden_by(self, faulty: set[Path]) -> bool:
        """Whether the value, or all that it is in, was already reported."""
        looked_at = self.path[:-1] if self.kind == "unknown" else self.path
        return any(looked_at[:n] in faulty for n in range(len(looked_at) + 1))


def mistake_of(error: Any) -> Mistake:
    """One entry of pydantic's `ValidationError.errors()`."""
    path, kind = _path(error["loc"]), str(error["type"])
    if kind == "missing":
        return Mistake(path, "missing")
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        return Mistake(path, "unknown")
    return Mistake(path, "value", *_words(kind, path, error["input"], error.get("ctx", {}), str(error["msg"])))


def _path(loc: tuple[str | int, ...]) -> Path:
    return loc[:-1] if len(loc) > 1 and loc[-1] in _BRANCHES else loc


def _words(kind: str, path: Path, value: Any, context: dict[str, Any], message: str) -> tuple[str, str]:
    if kind in _EXPECTED:
        expected = "one value is expected" if isinstance(value, list | dict) and kind == "string_type" else _EXPECTED[kind]
        return f"{expected}, and this is {described(value)}", _repair(kind, path, value)
    if kind == "literal_error":
        return _choice(value, str(context["expected"]))
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return f"must be {words} {context[name]:g}, and this is {described(value)}", ""
    if kind in ("string_too_short", "too_short"):
        return "must not be empty", ""
    return f"{message[:1].lower()}{message[1:]}", ""


def _choice(value: Any, expected: str) -> tuple[str, str]:
    choices = [choice.strip("'") for choice in expected.replace(" or ", ", ").split(", ")]
    fix = nearest(value, choices) if isinstance(value, str) else ""
    return f"must be {listed(choices)}, and this is {described(value)}", fix


def _repair(kind: str, path: Path, value: Any) -> str:
    if value is None:
        return 'delete it, or put the word in quotes: "null"'
    if kind == "string_type" and isinstance(value, int | float):
        example = _EXAMPLES.get(str(path[-1]))
        return f"write it with its unit, for example {example}" if example else "put it in quotes"
    if kind == "tuple_type" and isinstance(value, str):
        return f"write [{shown(value)[1:-1]}]"
    if kind in ("int_type", "float_type") and isinstance(value, str):
        return "write it without quotes" if value.replace(".", "", 1).isdigit() else ""
    return ""
