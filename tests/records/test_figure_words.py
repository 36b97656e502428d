"""Figures without exponents."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from millwright.records import figures


def test_the_examples_hold() -> None:
    assert doctest.testmod(figures).failed == 0
    assert figures.fixed(-0.25, "+") == "-0.2500"
    assert figures.figure(2e16) == "2e+16"


@given(st.floats(1e-4, 1e14), st.sampled_from([1, -1]))
def test_what_people_measure_has_no_exponent_and_is_near(size: float, sign: int) -> None:
    value = sign * size
    for text in (figures.figure(value), figures.fixed(value)):
        assert "e" not in text
        assert abs(float(text.replace(",", "")) - value) <= max(1e-3 * size, 5.1e-5)
