"""Every screen by its deep link, in both themes: it says what it is, and keeps nobody out."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from browser_world import Tab

P = "/projects/kiosk"
SCREENS = [
    ("/", ""),
    (f"{P}/monitoring", ""),
    (f"{P}/rollout", "v2 is being tried"),
    (f"{P}/log", "Log and audit"),
    (f"{P}/log?tab=decisions&open=2", "Log and audit"),
    (f"{P}/log?tab=alerts", "Log and audit"),
    (f"{P}/log?tab=audit", "Log and audit"),
    (f"{P}/spec", "Project and spec"),
    (f"{P}/data", "Data and contract"),
    (f"{P}/runs", "Runs"),
    (f"{P}/compare?versions=v1,v2", "v1, v2"),
    (f"{P}/compare", "Compare"),
    (f"{P}/versions", "Model versions"),
    (f"{P}/versions/v2", "v2"),
    (f"{P}/rehearsals", "Rehearsals"),
    ("/settings", "Settings"),
    ("/settings?tab=people", "Settings"),
    ("/settings?tab=keys", "Settings"),
    ("/settings?tab=alerts", "Settings"),
]
SETTLED = "document.querySelectorAll('[aria-busy=true]').length === 0"
AXE = """async rules => (await axe.run(document, {resultTypes: ['violations'], ...(rules ? {runOnly: rules} : {})})).violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`)"""


@pytest.mark.parametrize(("path", "heading"), SCREENS)
def test_a_screen_opens_by_its_address_and_keeps_nobody_out(tab: "Tab", path: str, heading: str) -> None:
    page = tab.open(path, heading)
    tab.until(SETTLED)
    assert page.evaluate(AXE) == []
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(AXE, ["color-contrast"]) == []


def test_the_pages_of_lists_open_too(tab: "Tab") -> None:
    for path, rows in ((f"{P}/runs", "runs"), (f"{P}/data", "data"), (f"{P}/log", "log")):
        page = tab.open(path)
        page.locator(f"tbody a[href*='{P}/{rows}/']").first.click()
        tab.until("path => location.pathname.startsWith(path)", f"{P}/{rows}/")
        page.locator("h1").filter(has_text={"runs": "Run ", "data": "Snapshot", "log": "Prediction"}[rows]).wait_for()
        tab.until(SETTLED)
        assert page.evaluate(AXE) == []


@pytest.mark.parametrize(("path", "heading"), SCREENS)
def test_a_screen_fits_a_phone(tab: "Tab", path: str, heading: str) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 844})
    page = tab.open(path, heading)
    tab.until(SETTLED)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(AXE) == []


def test_what_is_not_there_is_said_with_the_way_on(tab: "Tab") -> None:
    tab.page.goto(f"{tab.url}{P}/versions/v99")
    alert = tab.page.get_by_role("alert")
    alert.wait_for()
    assert "v99" in alert.inner_text()
    assert tab.page.get_by_role("button", name="Retry").is_visible()
    tab.page.goto(f"{tab.url}/nowhere/at/all")
    tab.page.get_by_role("heading", name="There is nothing here").wait_for()
    for path in ("/projects/other/monitoring", f"{P}/nothing", "/projects/%F0%9F%A6%8A/runs", f"{P}/%E0%A4%A"):
        tab.page.goto(f"{tab.url}{path}")
        tab.page.get_by_role("heading", name="There is nothing here").wait_for()
        tab.until(SETTLED)
    tab.page.locator("main").get_by_role("link", name="kiosk").click()
    tab.page.locator("nav.rail [aria-current=page]", has_text="Monitoring").wait_for()
    tab.errors.clear()  # the browser itself notes the 404 that was provoked


def test_a_part_that_is_not_there_is_the_first_one(tab: "Tab") -> None:
    tab.open("/settings?tab=nothing", "Settings").get_by_role("heading", name="Where you are signed in").wait_for()
    page = tab.open(f"{P}/log?tab=nothing", "Log and audit")
    assert page.locator(".tabs [aria-current=page]").inner_text() == "Predictions"


def test_the_time_that_is_chosen_counts_for_decisions_and_the_audit_too(tab: "Tab") -> None:
    page = tab.open(f"{P}/log?tab=decisions", "Log and audit")
    page.locator(".entry").first.wait_for()
    for part, says in (("decisions", "Nothing was decided in this time."), ("audit", "No entry is like that.")):
        page = tab.open(f"{P}/log?tab={part}&from=1999-01-01&to=1999-12-31", "Log and audit")
        page.get_by_role("heading", name=says).wait_for()
        page.get_by_role("button", name="Show all").click()
        page.get_by_role("heading", name=says).wait_for(state="detached")
