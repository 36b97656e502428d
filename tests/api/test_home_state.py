from typing import Any

import pytest

from millwright.api.routes.projects import state_of
from millwright.api.trouble import Level, Trouble

LIVE: dict[str, Any] = {"live": {"version": 1}}


@pytest.mark.parametrize(
    ("levels", "status", "state"),
    [
        ((), LIVE, "fine"),
        (("waits",), LIVE, "fine"),
        (("waits",), {**LIVE, "challenger": {"version": 2}}, "trying"),
        (("waits", "attention"), LIVE, "attention"),
        (("attention", "worse"), LIVE, "worse"),
        (("waits", "broken"), {}, "broken"),
        (("attention",), {}, "nothing_live"),
    ],
)
def test_a_project_stands_as_its_worst_trouble_and_what_waits_is_none(
    levels: tuple[Level, ...], status: dict[str, Any], state: str
) -> None:
    assert state_of([Trouble(level=one, about="x", sentence="x") for one in levels], status) == state
