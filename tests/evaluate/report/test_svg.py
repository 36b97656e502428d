"""Scales and numbers of the report."""

import math

from hypothesis import given
from hypothesis import strategies as st

from millwright.evaluate.report.figures import number, percent
from millwright.evaluate.report.html import tag
from millwright.evaluate.report.svg import Scale, scale_over

finite = st.floats(-1e12, 1e12, allow_nan=False)


@given(st.lists(finite, min_size=1, max_size=20))
def test_a_scale_holds_its_values_and_has_few_round_ticks(values):
    scale = scale_over(values, 10.0, 90.0)
    assert scale.low < scale.high
    assert all(10.0 <= scale(value) <= 90.0 for value in values)
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= 12
    assert ticks == sorted(ticks)


@given(st.lists(finite, min_size=2, max_size=2, unique=True))
def test_positions_keep_the_order_of_values(pair):
    low, high = sorted(pair)
    scale = scale_over(pair, 0.0, 100.0)
    assert scale(low) <= scale(high)


def test_values_outside_are_drawn_at_the_edge():
    scale = Scale(0.0, 1.0, 0.0, 100.0)
    assert (scale(-5.0), scale(7.0)) == (0.0, 100.0)
    assert scale.ticks(4) == [0.0, 0.25, 0.5, 0.75, 1.0]


@given(st.floats(-1e300, 1e300))
def test_a_number_reads_as_itself(value):
    said = float(number(value).replace(",", ""))
    assert math.isclose(said, value, rel_tol=6e-3, abs_tol=1e-300) or abs(said - value) <= 0.51


def test_numbers_as_people_write_them():
    assert [number(v) for v in (0.41237, 3.14159, 31.4159, 314.159, 31415.9, 2e-7, 0.0)] == [
        "0.4124", "3.142", "31.42", "314.2", "31,416", "2e-07", "0.0000",
    ]  # fmt: skip
    assert [percent(v) for v in (0.0, 0.0004, 0.051, 0.5)] == ["0 %", "0.04 %", "5.1 %", "50 %"]


@given(st.text(), st.text())
def test_text_and_attributes_are_escaped(text, value):
    made = str(tag("p", text, title=value))
    inside = made.removeprefix("<p").removesuffix("</p>")
    assert inside.count("<") == 0
    assert inside.count('"') == 2
