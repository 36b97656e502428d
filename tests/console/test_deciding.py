"""A person's word: yes and no to what waits, a step taken back, an alert looked after, a report shown to others."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from millwright.project import Project
from millwright.records.alerting import Alert
from millwright.registry import alerts, decisions

if TYPE_CHECKING:
    from browser_world import Served, Tab
    from kiosk_stages import Stages
    from playwright.sync_api import Browser, Locator

P = "/projects/kiosk"


@pytest.fixture(scope="module")
def folder(stages: "Stages", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kiosk with v1 live and v2 in canary, and an alert that nobody looks after."""
    folder = tmp_path_factory.mktemp("deciding") / "kiosk"
    project = stages.copy("promote", folder)
    now = datetime.now(UTC)
    alert = Alert(
        id="a" * 16, project="kiosk", cause="steward", about="steward", severity="alarm", title="the server is silent",
        sentence="no answer for an hour", at=now,
    )  # fmt: skip
    with project.workshop.catalogue.write() as tx:
        alerts.add(tx, alert, now, ended=False)
    return folder


@pytest.fixture(scope="module")
def served(folder: Path) -> "Iterator[Served]":
    """A console on it."""
    from browser_world import console_on

    with console_on(folder) as here:
        yield here


def wish(folder: Path, reason: str) -> int:
    """The policy wants to retrain, and waits for a person."""
    project = Project(folder)
    now = datetime.now(UTC)
    with project.workshop.catalogue.write() as tx:
        made = decisions.add(
            tx, project="kiosk", action="retrain", version=None, actor="policy", rule="schedule", reason=reason,
            evidence={}, event_at=now, known_at=now, mode="approve",
        )  # fmt: skip
    return made.number


def waiting(tab: "Tab", reason: str) -> "Locator":
    """Its line in the list of decisions."""
    page = tab.open(f"{P}/log?tab=decisions", "Log and audit")
    line = page.locator(".entry").filter(has_text=reason).filter(has_text="waits for a person")
    line.wait_for()
    return line


@pytest.mark.parametrize(("verb", "left"), [("Approve", "approve"), ("Decline", "decline")])
def test_what_waits_is_answered_with_a_reason(tab: "Tab", folder: Path, verb: str, left: str) -> None:
    number = wish(folder, f"two weeks are over, {verb}")
    line = waiting(tab, f"two weeks are over, {verb}")
    assert line.get_by_role("button", name=verb).is_disabled()
    line.get_by_role("textbox").fill(f"so be it: {left}")
    line.get_by_role("button", name=verb).click()
    line.wait_for(state="detached")
    answer = tab.page.locator(".entry").filter(has_text=f"so be it: {left}")
    answer.wait_for()
    assert left in answer.inner_text()
    with Project(folder).workshop.catalogue.read() as view:
        assert [one.action for one in decisions.following(view, number)] == [left]


def test_an_alert_is_looked_after(tab: "Tab") -> None:
    page = tab.open(f"{P}/log?tab=alerts&only=open", "Log and audit")
    mine = page.locator(".entry").filter(has_text="the server is silent")
    mine.get_by_role("button", name="I look after it").click()
    page.get_by_text("You look after it").wait_for()
    mine.wait_for(state="detached")
    page.get_by_role("button", name="Open only").click()
    mine.get_by_text("looks after it").wait_for()
    assert mine.get_by_role("button").count() == 0


def test_what_is_done_elsewhere_is_seen_as_it_happens(tab: "Tab", folder: Path) -> None:
    page = tab.open(f"{P}/rollout", "v2 is being tried")
    page.evaluate("window.sameDocument = true")
    paused = page.get_by_text("paused: it stays here until resumed")
    Project(folder).pause(reason="seen from a shell")
    paused.wait_for()
    page.get_by_role("row").filter(has_text="seen from a shell").wait_for()
    Project(folder).resume(reason="it was nothing")
    paused.wait_for(state="detached")
    assert page.evaluate("window.sameDocument")


def test_a_step_is_taken_back_where_it_was_made(tab: "Tab") -> None:
    page = tab.open(f"{P}/rollout", "v2 is being tried")
    page.get_by_role("button", name="Abort the trial").click()
    page.get_by_role("dialog").get_by_label("Why?").fill("a slip of the hand")
    page.get_by_role("dialog").get_by_role("button", name="Abort the trial").click()
    page.locator("h1").filter(has_text="Nothing is being tried").wait_for()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    page.locator("h1").filter(has_text="v2 is being tried").wait_for()
    page.get_by_role("row").filter(has_text="undo of abort").wait_for()


def test_a_step_is_taken_back_later_too_with_its_own_reason(tab: "Tab") -> None:
    page = tab.open(f"{P}/rollout", "v2 is being tried")
    page.get_by_role("button", name="Promote fully").click()
    page.get_by_role("dialog").get_by_label("Why?").fill("labels agree")
    page.get_by_role("dialog").get_by_label("to confirm").fill("v2")
    page.get_by_role("dialog").get_by_role("button", name="Promote fully").click()
    page.get_by_text("v2 is live since").first.wait_for()
    page = tab.open(f"{P}/rollout", "Nothing is being tried")
    page.get_by_role("button", name="Undo", exact=True).click()
    page.get_by_role("dialog").get_by_label("Why?").fill("too early")
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    page.get_by_text("v1 is live since").first.wait_for()
    page.get_by_role("row").filter(has_text="too early").wait_for()


@pytest.mark.parametrize("what", ["report", "card"])
def test_what_is_shared_opens_for_who_is_not_signed_in(tab: "Tab", browser: "Browser", what: str) -> None:
    page = tab.open(f"{P}/versions/v2", "v2")
    page.get_by_role("button", name="Share…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What").select_option(what)
    dialog.get_by_label("For how long").select_option("7")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_role("link").inner_text()
    stranger = browser.new_context()
    shown = stranger.new_page()
    answered = shown.goto(link)
    assert answered is not None
    assert answered.status == 200
    assert "kiosk" in shown.locator("body").inner_text()
    broken = shown.goto(link[:-4] + "0000")
    assert broken is not None
    assert broken.status == 404
    stranger.close()
