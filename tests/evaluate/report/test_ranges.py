"""What the report says of prediction intervals: their promise, and how it was kept."""

from dataclasses import replace

import pytest
from believable_reports import binary_report, regression_report

from millwright.evaluate.report.card import render_card
from millwright.evaluate.report.page import render_report
from millwright.evaluate.report.ranges import coverage_of, range_of
from millwright.records.judging import Coverage, Interval
from millwright.records.modelling import IntervalBands

BANDS = IntervalBands(edges=(3.0,), ends=((-1.0, 1.0), (-2.0, 2.0)))


def report(value=0.875, low=0.83, high=0.91, bands=BANDS, width=44.5):
    base = regression_report()
    coverage = Coverage(level=0.9, realised=Interval(value=value, low=low, high=high, n=240), width=width)
    evaluation = replace(base.evaluation, coverage=coverage)
    return replace(base, evaluation=evaluation, info=replace(base.info, interval_bands=bands))


def test_the_promise_is_told_with_its_width():
    assert range_of(report()) == ("With each value comes a range, 44.50 wide on average, that should hold 90 % of true values.")
    assert range_of(report(bands=None)) == (
        "With each value comes a range (-21.00 to +23.50) that should hold 90 % of true values."
    )
    assert range_of(report(width=None)) == "With each value comes a range that should hold 90 % of true values."
    assert range_of(binary_report()) == ""


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((0.875, 0.83, 0.91), "it held 87.5 % (95 % interval 83.0 % to 91.0 %, n = 240)."),
        ((0.8, 0.75, 0.85), "it held 80.0 % (95 % interval 75.0 % to 85.0 %, n = 240): less than stated."),
        ((0.96, 0.93, 0.98), "it held 96.0 % (95 % interval 93.0 % to 98.0 %, n = 240): more than stated."),
        ((0.875, None, None), "it held 87.5 % (n = 240, too few for an interval)."),
    ],
)
def test_how_it_was_kept_claims_no_more_than_the_interval(figures, said):
    told = coverage_of(report(*figures))
    assert told == f"The range should hold 90 % of true values; on the sealed rows {said}"
    assert told in render_card(report(*figures))
    assert told in render_report(report(*figures))


def test_nothing_is_said_where_nothing_is_known():
    assert coverage_of(regression_report()) == ""
    assert coverage_of(report(value=None, low=None, high=None)) == ""
    assert render_report(binary_report()).count("should hold") == 0
