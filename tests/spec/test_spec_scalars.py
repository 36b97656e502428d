"""Bare words: what they mean, which are refused, and that what is written reads back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from millwright.spec.document import read_document
from millwright.spec.scalars import Unclear, quoted, resolve, written

any_text = st.text(st.characters(exclude_categories=["Cs"]))
scalars = any_text | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
WORDS = [
    "yes",
    "No",
    "ON",
    "off",
    "y",
    "N",
    "true",
    "1",
    "-3",
    "007",
    "0x1F",
    "0b1",
    "1_000",
    "1e3",
    "1.5",
    "1.5e+3",
    "1.5e3",
    ".5",
]
WORDS += [
    "12:30:00",
    "2013-10-01",
    "~",
    "null",
    "None",
    "NaN",
    ".inf",
    "1.",
    "+1",
    "1.2.3.4",
    "60s",
    "8GB",
    "685_230.15",
    "1.0e-05",
]


def same(a: object, b: object) -> bool:
    return type(a) is type(b) and a == b and (not isinstance(a, float) or math.copysign(1, a) == math.copysign(1, b))  # type: ignore


@given(scalars)
def test_what_is_written_reads_back(value) -> None:
    assert same(read_document(f"[{written(value)}]", "f").data[0], value)
    assert same(read_document(f"k: {written(value)}", "f").data["k"], value)


@given(any_text)
def test_quoted_text_stays_on_one_line(text: str) -> None:
    assert quoted(text).isprintable()


@pytest.mark.parametrize("version", [(1, 1), (1, 2)])
@given(scalars | st.sampled_from(WORDS))
def test_what_is_written_means_the_same_to_every_reader(version, value) -> None:
    reader = YAML(typ="safe", pure=True)
    reader.version = version
    assert same(reader.load(f"k: {written(value)}")["k"], value)


@pytest.mark.filterwarnings("ignore::ruamel.yaml.error.MantissaNoDotYAML1_1Warning")
@pytest.mark.parametrize("word", WORDS)
def test_a_bare_word_is_refused_or_means_one_thing(word: str) -> None:
    """Where both readings of YAML agree on a number or boolean, so do we; text is left to look like a date or a time."""
    readings = []
    for version in [(1, 1), (1, 2)]:
        reader = YAML(typ="safe", pure=True)
        reader.version = version
        readings.append(reader.load(word))
    try:
        mine = resolve(word)
    except Unclear:
        return
    if isinstance(mine, str):
        assert word in readings or word.startswith("2013")
    else:
        assert all(same(reading, mine) for reading in readings)


@given(any_text)
def test_every_word_resolves_or_is_unclear(word: str) -> None:
    try:
        resolve(word)
    except Unclear as error:
        what, fix = error.args
        assert what.isprintable()
        assert fix
