"""How much a policy won of what could be won, in words."""

import pytest

from millwright.records.rehearsing import Share


def share(closed: float | None) -> Share:
    return Share(metric="rmse", never=2.0, policy=1.5, oracle=1.0, closed=closed, cap=4)


@pytest.mark.parametrize(
    ("closed", "said"), [(None, ""), (-0.0, "the policy won 0%"), (0.5, "the policy won 50%"), (1.0, "the policy won 100%")]
)
def test_what_a_policy_won(closed: float | None, said: str) -> None:
    assert share(closed).won == said


def test_more_than_the_oracle_is_explained() -> None:
    assert share(1.25).won.startswith("the policy won 125%, more than any schedule of retrains: its")
