from typing import Any

import pytest

from millwright.api.routes.projects import state_of
from millwright.api.trouble import Level, Trouble, troubles_of

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


def test_what_is_live_and_served_by_nobody_is_said_with_the_command_and_is_no_trouble() -> None:
    (said,) = troubles_of("kiosk", LIVE, None, "", "")
    assert (said.about, said.level, said.fix) == ("server", "waits", "mw up")
    assert troubles_of("kiosk", LIVE, {"ready": True}, "", "") == []
    assert troubles_of("kiosk", {}, None, "", "") == []
