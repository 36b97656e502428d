"""Where nothing is there yet, where something may not be, and where nobody answers: said with the way on, to everybody."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_screens import AXE, SETTLED

from sample_projects import begin

if TYPE_CHECKING:
    from browser_world import Served, Tab
    from playwright.sync_api import Browser, Page

P = "/projects/adult"
EMPTY = [
    ("/", "Two commands from here to a live model"),
    (f"{P}/monitoring", "No version is live, so nothing is watched"),
    (f"{P}/rollout", "No version is live. Promote one"),
    (f"{P}/log", "No prediction of this time is like that."),
    (f"{P}/log?tab=decisions", "Nothing was decided yet."),
    (f"{P}/log?tab=alerts", "Nobody was told of anything."),
    (f"{P}/log?tab=audit", "the chain is whole"),
    (f"{P}/spec", "no mistake"),
    (f"{P}/data", "No data was taken in yet."),
    (f"{P}/runs", "Nothing was trained yet."),
    (f"{P}/compare", "Pick two or more."),
    (f"{P}/versions", "There is no version yet."),
    (f"{P}/rehearsals", "Nothing was rehearsed yet."),
    ("/settings?tab=people", "everybody comes in first by a one-time link"),
    ("/settings?tab=keys", "No key yet."),
    ("/settings?tab=alerts", "No channel is told"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project on the adult sample that nothing was done with yet."""
    folder = tmp_path_factory.mktemp("states") / "adult"
    folder.mkdir()
    begin(folder, "adult.csv", "income")
    return folder


@pytest.fixture(scope="module")
def served(folder: Path) -> "Iterator[Served]":
    """A console on it."""
    from browser_world import console_on

    with console_on(folder) as here:
        yield here


def keeps_nobody_out(tab: "Tab") -> None:
    """No serious fault for those who see or hear it another way, in both themes."""
    assert tab.page.evaluate(AXE) == []
    tab.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert tab.page.evaluate(AXE, ["color-contrast"]) == []
    tab.page.evaluate("delete document.documentElement.dataset.theme")


@pytest.mark.parametrize(("path", "says"), EMPTY)
def test_a_screen_with_nothing_to_show_says_what_comes_there(tab: "Tab", path: str, says: str) -> None:
    page = tab.open(path)
    tab.until(SETTLED)
    page.get_by_text(says).first.wait_for()
    keeps_nobody_out(tab)


@pytest.mark.parametrize(
    "path",
    ["versions/v9", "runs/none", "data/none", "data/none/age", "log/018d1939-4480-7000-8000-000adb879ced", "rehearsals/none"],
)
def test_what_is_not_there_is_said_with_its_code_and_a_retry(tab: "Tab", path: str) -> None:
    tab.page.goto(f"{tab.url}{P}/{path}")
    alert = tab.page.get_by_role("alert")
    alert.wait_for()
    assert "status 40" in alert.inner_text()
    assert alert.get_by_role("button", name="Retry").is_visible()
    keeps_nobody_out(tab)
    tab.errors.clear()  # the browser itself notes the refusal that was provoked


def off(page: "Page", name: str, needs: str) -> None:
    """A verb is there, does nothing, and says who may do it."""
    button = page.get_by_role("button", name=name, exact=True).first
    button.wait_for()
    assert button.get_attribute("aria-disabled") == "true"
    why = f"It needs the role {needs}; you are viewer"
    assert why in page.locator(f"[id='{button.get_attribute('aria-describedby')}']").inner_text()
    button.click(force=True)  # whoever clicks is told too
    page.locator(".toast").filter(has_text=why).first.wait_for()
    assert page.locator("form, dialog[open]").count() == 0


def test_what_one_may_not_do_is_said_with_whom_to_ask(tab: "Tab", served: "Served", browser: "Browser", axe: str) -> None:
    from browser_world import tab_of

    page = tab.open("/settings?tab=people", "Settings")
    page.get_by_label("Name").fill("vera")
    page.get_by_role("button", name="Let in").click()
    link = page.locator("[role=status] code").inner_text()
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.add_init_script(axe)
    hers = tab_of(context, served)
    hers.page.goto(link)
    hers.page.locator("nav.rail").wait_for()
    hers.errors.clear()  # the browser itself notes that nobody was signed in before
    shown = hers.open(f"{P}/runs", "Runs")
    off(shown, "Train…", "operator")
    keeps_nobody_out(hers)
    shown = hers.open(f"{P}/spec?like=v1", "Project and spec")
    shown.get_by_text("Only an admin of the project changes the spec.").wait_for()
    keeps_nobody_out(hers)
    assert hers.errors == []
    context.close()


def test_where_nobody_answers_what_is_known_stays_and_the_rest_says_so(
    browser: "Browser", folder: Path, axe: str, tmp_path: Path
) -> None:
    from browser_world import console_on, sign_in, tab_of

    shutil.copytree(folder, tmp_path / "adult")
    with console_on(tmp_path / "adult") as here:
        context = sign_in(browser, here, axe)
        tab = tab_of(context, here)
        page = tab.open(f"{P}/spec", "Project and spec")
        page.get_by_text("no mistake").first.wait_for()
    page.get_by_role("link", name="Model versions").click()
    alert = page.get_by_role("alert")
    alert.filter(has_text="The control plane does not answer.").wait_for()
    keeps_nobody_out(tab)
    page.get_by_role("link", name="Project and spec").click()
    page.get_by_role("textbox", name="Text of the spec").wait_for()
    context.close()
