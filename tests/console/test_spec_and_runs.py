"""The spec is changed and a run is begun and stopped, on real rows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sample_projects import begin

if TYPE_CHECKING:
    from browser_world import Served, Tab
    from playwright.sync_api import Page

P = "/projects/adult"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project on the adult sample that nothing was done with yet."""
    folder = tmp_path_factory.mktemp("spec") / "adult"
    folder.mkdir()
    project = begin(folder, "adult.csv", "income", budget="10m", trials=400, families=("baseline", "linear", "lightgbm"))
    assert project.spec.project == "adult"
    return folder


@pytest.fixture(scope="module")
def served(folder: Path) -> "Iterator[Served]":
    """A console on it."""
    from browser_world import console_on

    with console_on(folder) as here:
        yield here


def edited(page: "Page", before: str, after: str, reason: str) -> None:
    """Put one text for another in the spec, with a reason for it."""
    text = page.get_by_role("textbox", name="Text of the spec")
    value = text.input_value()
    assert before in value
    text.fill(value.replace(before, after))
    page.get_by_label("Why?").fill(reason)


def test_a_change_is_shown_and_planned_before_it_is_saved(tab: "Tab", folder: Path) -> None:
    page = tab.open(f"{P}/spec", "Project and spec")
    edited(page, "folds: 3", "folds: 4", "one fold more")
    page.locator(".diff").get_by_text("split.folds").wait_for()
    page.get_by_role("button", name="What would a run do?").click()
    page.get_by_role("heading", name="What a run would do").wait_for()
    assert "search" in page.locator(".plan").inner_text()
    assert "folds: 3" in (folder / "millwright.yaml").read_text()
    page.get_by_role("button", name="Save the spec").click()
    page.get_by_text("The spec is changed").wait_for()
    page.get_by_role("heading", name="As it is in the file").wait_for()
    assert "folds: 4" in (folder / "millwright.yaml").read_text()
    page.reload()
    assert "folds: 4" in page.get_by_role("textbox", name="Text of the spec").input_value()
    page.goto(f"{tab.url}{P}/log?tab=audit")
    page.get_by_role("row").filter(has_text="spec.change").wait_for()


def test_what_was_typed_outlives_what_somebody_else_saves(tab: "Tab", folder: Path) -> None:
    file = folder / "millwright.yaml"
    page = tab.open(f"{P}/spec", "Project and spec")
    edited(page, "confidence: 0.95", "confidence: 0.9", "mine")
    file.write_text(file.read_text() + "\n# somebody else was here\n")
    page.get_by_role("button", name="Save the spec").click()
    page.get_by_text("Somebody changed the spec meanwhile.").wait_for()
    tab.errors.clear()  # the browser itself notes the 409 that was provoked
    assert "confidence: 0.95" in file.read_text()
    text = page.get_by_role("textbox", name="Text of the spec")
    assert "confidence: 0.9\n" in text.input_value()
    page.get_by_role("button", name="Go on with mine").click()
    page.get_by_text("Somebody changed the spec meanwhile.").wait_for(state="detached")
    page.get_by_role("button", name="Save the spec").click()
    page.get_by_text("The spec is changed").wait_for()
    assert "confidence: 0.9\n" in file.read_text()


def test_a_chart_leads_to_its_setting_and_the_draft_can_be_left(tab: "Tab") -> None:
    page = tab.open(f"{P}/spec?set=watch.latency_ms%3D40", "Project and spec")
    page.get_by_text("A draft: watch.latency_ms at 40").wait_for()
    page.locator(".diff").get_by_text("watch.latency_ms").wait_for()
    text = page.get_by_role("textbox", name="Text of the spec")
    assert "  latency_ms: 40" in text.input_value()
    page.get_by_role("button", name="Leave the draft").click()
    page.get_by_role("heading", name="As it is in the file").wait_for()
    assert "  latency_ms: 40" not in text.input_value()


def test_a_run_is_begun_and_stopped(tab: "Tab") -> None:
    page = tab.open(f"{P}/runs", "Runs")
    page.get_by_text("Nothing was trained yet.").wait_for()
    page.get_by_role("button", name="Train…").click()
    page.get_by_label("Budget").fill("soon")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("alert").wait_for()
    tab.errors.clear()  # the browser itself notes the refusal that was provoked
    page.get_by_label("Budget").fill("9m")
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("A run begins").wait_for()
    page.locator(".strip").get_by_text("A run goes on, ").wait_for(timeout=180_000)
    page.locator(".strip").get_by_role("link", name="Watch it").click()
    going = page.get_by_role("region", name="Going on")
    going.get_by_text(re.compile(r"\d+ of 10: ")).wait_for(timeout=60_000)
    page.get_by_role("button", name="Stop", exact=True).click(timeout=60_000)
    page.get_by_text("It stops: a search takes the best that it has").wait_for()
    going.wait_for(state="detached", timeout=180_000)
    ended = re.compile("interrupted|finished")  # a search that has something takes it, and its run goes to its end at once
    page.locator(".stopped, .state").filter(has_text=ended).first.wait_for(timeout=180_000)
    page.get_by_role("button", name="Stop", exact=True).wait_for(state="detached")
