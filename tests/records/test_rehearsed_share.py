"""How much a policy won of what could be won, in words."""

import pytest

from millwright.records.rehearsing import Share


@pytest.mark.parametrize(
    ("closed", "said"), [(None, ""), (-0.0, "the policy won 0%"), (0.5, "the policy won 50%"), (1.0, "the policy won 100%")]
)
def test_what_a_policy_won(closed: float | None, said: str) -> None:
    assert Share("rmse", 2.0, 1.5, 1.0, closed, 4).won == said


def test_more_than_the_oracle_is_explained() -> None:
    assert Share("rmse", 2.0, 0.75, 1.0, 1.25, 4).won.startswith("the policy won 125%, more than any schedule of retrains: its")
