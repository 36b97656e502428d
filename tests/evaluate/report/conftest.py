"""A report input of each kind."""

import pytest
from believable_reports import binary_report, regression_report


@pytest.fixture(params=[binary_report, regression_report], ids=["binary", "regression"])
def report(request):
    """A report input of each kind."""
    return request.param()
