"""Durations and sizes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.errors import SpecError
from millwright.spec.durations import parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0s", timedelta()),
        ("250ms", timedelta(milliseconds=250)),
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("12h", timedelta(hours=12)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(weeks=2)),
        ("1.5h", timedelta(minutes=90)),
        ("1d12h30m5s10ms", timedelta(days=1, hours=12, minutes=30, seconds=5, milliseconds=10)),
    ],
)
def test_durations(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@given(st.integers(0, 36_000), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_parts_add_up(d: int, h: int, m: int, s: int) -> None:
    assert parse_duration(f"{d}d{h}h{m}m{s}s") == timedelta(days=d, hours=h, minutes=m, seconds=s)


BAD_DURATIONS = [
    "",
    "5",
    "s",
    "-1s",
    "1 h",
    "1month",
    "5M",
    "1h2h",
    "1m1h",
    "nan",
    "inf",
    "1e3s",
    "٣s",
    "40000d",
    "9" * 50 + "s",
    "1d\n",
]


@pytest.mark.parametrize("text", BAD_DURATIONS)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse_duration(text)
    assert refused.value.fix


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0B", 0),
        ("512MB", 512_000_000),
        ("8GB", 8 * 10**9),
        ("1.5TB", 15 * 10**11),
        ("1KiB", 1024),
        ("2GiB", 2**31),
        ("1kB", 1000),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "8", "GB", "-1GB", "8 GB", "8gb", "8G", "1e3MB", "nanGB", "9" * 50 + "B"])
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SpecError, match="for example 8GB"):
        parse_size(text)


@given(st.text(max_size=30))
def test_any_text_is_either_taken_or_refused(text: str) -> None:
    for parse in (parse_duration, parse_size):
        try:
            parse(text)
        except SpecError as error:
            assert str(error).isprintable()  # noqa: PT017
