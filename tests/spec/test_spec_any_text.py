"""Whatever is in the file: a Spec, or a SpecError that can be printed. Never anything else."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from spec_samples import SMALL

from millwright.errors import SpecError
from millwright.records.spec import Spec
from millwright.spec.file import decode
from millwright.spec.load import parse_spec
from millwright.spec.write import write_spec

WHOLE = write_spec(parse_spec(SMALL, "f", {}), {})
PIECES = [
    "&a ",
    "*a",
    "!!x ",
    "<<: ",
    "[",
    "]",
    "{",
    "}",
    "|",
    ">",
    "? ",
    "- ",
    ": ",
    "#",
    "'",
    '"',
    "\t",
    "\n",
    "---\n",
    "...\n",
    "%",
]
PIECES += [
    "\0",
    "\x85",
    "\u2028",
    "\ufeff",
    "\ud800",
    "${A}",
    "${",
    "null",
    "~",
    ".nan",
    "1e999",
    "0x",
    "  ",
    "\r",
    "\\",
    "@",
    "`",
]


def is_taken_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_spec(text, "f", {"A": "*a"}), Spec)
    except SpecError as error:
        assert all(c.isprintable() or c == "\n" for c in str(error))  # noqa: PT017
        assert all(problem.where.startswith("f:") for problem in error.problems[:50])  # noqa: PT017


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(WHOLE)), st.sampled_from(PIECES), st.integers(0, 4)), min_size=1, max_size=4))
def test_a_spec_with_splinters_in_it(splinters: list[tuple[int, str, int]]) -> None:
    text = WHOLE
    for place, piece, cut in splinters:
        text = text[:place] + piece + text[place + cut :]
    is_taken_or_refused(text)


@settings(max_examples=150, deadline=None)
@given(st.text() | st.lists(st.sampled_from([*PIECES, "a", "b: 1\n", "\n", " "])).map("".join))
def test_any_text(text: str) -> None:
    is_taken_or_refused(text)


@settings(max_examples=150)
@given(st.binary())
@example(b"\xff\xfe\x00\xd8")
def test_any_bytes(raw: bytes) -> None:
    try:
        decode(raw, "f")
    except SpecError as error:
        assert error.problems[0].where.startswith("f:")  # noqa: PT017


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def test_half_a_character_is_refused_and_two_halves_are_one() -> None:
    spec = parse_spec(SMALL.replace("late", r'"\ud83d\ude82"'), "f", {})
    assert spec.data.target == "\N{STEAM LOCOMOTIVE}"
    for text in (SMALL.replace("late", r'"\ud83d"'), SMALL + r'"\ude82": 1'):
        with pytest.raises(SpecError, match="an escape stands for half a character"):
            parse_spec(text, "f", {})


@settings(max_examples=150, deadline=None)
@example("log:", {"\U00010000": False})
@given(st.sampled_from(WHOLE.splitlines()), values)
def test_any_value_anywhere(line: str, value: object) -> None:

    name, colon, _ = line.partition(":")
    if colon and "# " not in line:
        is_taken_or_refused(WHOLE.replace(line, f"{name.replace('#', '')}: {json.dumps(value)}", 1))
