"""Letting people in, what they then may do, and sending them away; and what takes two of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from browser_world import Served, Tab
    from kiosk_stages import Stages
    from playwright.sync_api import Browser, BrowserContext, Page

P = "/projects/kiosk"


@pytest.fixture(scope="module")
def served(stages: "Stages", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Served]":
    """A console on a kiosk with v1 live and v2 in canary, where it takes two people to promote."""
    from browser_world import console_on
    from kiosk import changed

    folder = tmp_path_factory.mktemp("people") / "kiosk"
    changed(stages.copy("promote", folder), release={"approvals": 2})
    with console_on(folder) as here:
        yield here


@pytest.fixture
def apart(browser: "Browser") -> "Iterator[BrowserContext]":
    """Another browser, where nobody is signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    yield context
    context.close()


def let_in(tab: "Tab", name: str, role: str) -> str:
    """Let somebody in by the form; their one-time link as it is shown."""
    page = tab.open("/settings?tab=people", "Settings")
    page.get_by_label("Name").fill(name)
    page.locator("form select").nth(1).select_option(role)
    page.get_by_role("button", name="Let in").click()
    page.get_by_text(f"Give {name} this link").wait_for()
    return page.locator("[role=status] code").inner_text()


def enter(context: "BrowserContext", served: "Served", link: str) -> "Tab":
    """Come in by a link."""
    from browser_world import tab_of

    tab = tab_of(context, served)
    tab.page.goto(link)
    tab.page.locator("nav.rail").wait_for()
    tab.errors.clear()  # who was here before them may have been sent away: the browser notes that it was refused
    return tab


def row_of(page: "Page", name: str) -> "Page":
    """The row of somebody in the list of people."""
    return page.get_by_role("table", name="People", exact=True).get_by_role("row").filter(has_text=name)  # type: ignore[return-value]


def test_who_is_let_in_comes_by_a_link_that_works_once(
    tab: "Tab", served: "Served", browser: "Browser", apart: "BrowserContext"
) -> None:
    link = let_in(tab, "vera", "viewer")
    hers = enter(apart, served, link)
    page = hers.open(f"{P}/rollout", "v2 is being tried")
    promote = page.get_by_role("button", name="Promote fully")
    assert "you are viewer" in page.locator(f"#{promote.get_attribute('aria-describedby')}").inner_text()
    page = hers.open(f"{P}/versions/v2", "v2")
    for name, needs in (("Promote…", "approver"), ("Share…", "operator"), ("Clone into spec", "admin")):
        verb = page.get_by_role("button", name=name, exact=True)
        assert verb.get_attribute("aria-disabled") == "true"
        assert f"needs the role {needs}; you are viewer" in (verb.get_attribute("title") or "")
    page = hers.open(f"{P}/spec", "Project and spec")
    page.get_by_text("Only an admin of the project changes the spec.").wait_for()
    again = browser.new_context()
    late = again.new_page()
    late.goto(link)
    late.get_by_role("alert").wait_for()
    again.close()


def test_another_role_counts_at_once_and_who_is_sent_away_is_out(tab: "Tab", served: "Served", apart: "BrowserContext") -> None:
    hers = enter(apart, served, let_in(tab, "olga", "viewer"))
    page = tab.open("/settings?tab=people", "Settings")
    page.get_by_label("Role of olga").select_option("approver")
    page.get_by_role("row").filter(has_text="olga").filter(has_text="here").wait_for()
    shown = hers.open(f"{P}/rollout", "v2 is being tried")
    assert shown.get_by_role("button", name="Pause", exact=True).get_attribute("aria-disabled") == "false"
    row_of(page, "olga").get_by_role("button", name="Send away").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Send olga away").click()
    dialog.wait_for(state="detached")
    row_of(page, "olga").get_by_text("ended").wait_for()
    hers.page.goto(f"{hers.url}{P}/rollout")
    hers.page.get_by_role("heading", name="Sign in").wait_for()


def test_a_promotion_waits_for_a_second_person_who_is_another(tab: "Tab", served: "Served", apart: "BrowserContext") -> None:
    hers = enter(apart, served, let_in(tab, "bea", "approver"))
    page = tab.open(f"{P}/rollout", "v2 is being tried")
    page.get_by_role("button", name="Promote fully").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why?").fill("labels agree")
    dialog.get_by_label("to confirm").fill("v2")
    dialog.get_by_role("button", name="Promote fully").click()
    page.get_by_text("waits for a second person").wait_for()
    page = tab.open(f"{P}/log?tab=decisions", "Log and audit")
    waiting = page.locator(".entry").filter(has_text="waits for a person").filter(has_text="labels agree")
    waiting.get_by_role("textbox").fill("my own")
    waiting.get_by_role("button", name="Approve").click()
    waiting.get_by_role("alert").filter(has_text="another person").wait_for()
    tab.errors.clear()  # the browser itself notes the 409 that was provoked
    shown = hers.open("/")
    shown.get_by_role("link", name="promote waits for a person").click()
    theirs = shown.locator(".entry").filter(has_text="labels agree").filter(has_text="waits for a person")
    theirs.get_by_role("textbox").fill("I looked too")
    theirs.get_by_role("button", name="Approve").click()
    theirs.wait_for(state="detached")
    hers.open(f"{P}/rollout", "Nothing is being tried").get_by_text("v2 is live since").first.wait_for()
    assert hers.errors == []
    assert hers.strangers == []
