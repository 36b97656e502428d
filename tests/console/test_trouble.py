"""A feed that broke: Home says so, and leads to the cause; what was found is followed from the time line."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from test_screens import AXE, SETTLED

if TYPE_CHECKING:
    from browser_world import Served, Tab
    from kiosk_stages import Stages

P = "/projects/kiosk"


@pytest.fixture(scope="module")
def served(stages: "Stages", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Served]":
    """A console on a kiosk whose warmth came in thousandths in the last week."""
    from browser_world import console_on
    from kiosk import tick_at, weeks

    folder = tmp_path_factory.mktemp("trouble") / "kiosk"
    found = tick_at(stages.copy("hold", folder), weeks(1)).findings
    assert found
    with console_on(folder) as here:
        yield here


def test_home_says_what_is_wrong_and_leads_to_its_cause(tab: "Tab") -> None:
    page = tab.open("/", "1 project")
    tab.until(SETTLED)
    page.get_by_role("row").filter(has_text="kiosk").get_by_text("open").first.wait_for()
    assert page.evaluate(AXE) == []
    page.locator(".troubles a[href*='cause=']").first.click()
    page.locator(".cause.wanted").wait_for()
    assert "warmth" in page.locator(".cause.wanted").inner_text()


def test_a_finding_is_followed_from_the_time_line(tab: "Tab") -> None:
    page = tab.open(f"{P}/monitoring")
    page.get_by_role("group", name="What happened").locator("a[href*='finding=']").first.focus()
    page.keyboard.press("Enter")
    tab.until("new URLSearchParams(location.search).has('finding')")
    page.locator(".cause.wanted").wait_for()
    tab.until(SETTLED)
    assert page.evaluate(AXE) == []
