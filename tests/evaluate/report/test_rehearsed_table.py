"""The figures of a rehearsal, as they stand under each other."""

import pytest

from millwright.evaluate.report.rehearsed import _interval
from millwright.records.judging import Interval


@pytest.mark.parametrize(
    ("found", "sign", "said"),
    [
        (Interval(value=8.94e-05, low=-0.0019, high=5.95e-05, n=9), "+", ("+0.0001", "-0.0019 to +0.0001")),
        (Interval(value=0.7731, low=0.7631, high=0.783, n=9), "", ("0.7731", "0.7631 to 0.7830")),
        (Interval(value=0.5, low=None, high=None, n=2), "", ("0.5000", "no interval")),
        (Interval(value=None, low=None, high=None, n=0), "", ("–", "not defined here")),
    ],
)
def test_all_have_as_many_decimals_and_none_an_exponent(found: Interval, sign, said: tuple[str, str]) -> None:
    value, ends = said
    assert str(_interval(found, sign)) == f'{value} <span class="note">{ends}</span>'
