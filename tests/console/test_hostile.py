"""Names and values come from data: what would be a script in a page is text in it."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from millwright.project import Project

if TYPE_CHECKING:
    from browser_world import Served, Tab
    from playwright.sync_api import Browser, BrowserContext

COLUMN = "<img src=x onerror=hacked=1>"
LEVEL = '"><script>hacked=1</script>'
LONG = "the_average_of_what_was_measured_by_the_third_sensor_of_the_second_department_in_the_last_thirty_days"
OTHER = "{{constructor.constructor('hacked=1')()}}"
P = "/projects/hostile"
SPEC = f"""version: 1
project: hostile
data:
  source: rows.csv
  target: late
  task: binary
  positive: 1
search:
  budget: 20s
  trials: 1
  families: [baseline, linear]
evaluate:
  resamples: 100
  slices: ['{COLUMN}']
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose column, levels and reasons are scripts, trained and live."""
    folder = tmp_path_factory.mktemp("console") / "hostile"
    folder.mkdir()
    draw = random.Random(7)
    with (folder / "rows.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["late", COLUMN, LONG])
        for _ in range(400):
            level, distance = draw.choice([LEVEL, OTHER, "plain"]), draw.random()
            rows.writerow([int(distance + 0.3 * (level == LEVEL) + 0.3 * draw.random() > 0.8), level, distance])
    (folder / "millwright.yaml").write_text(SPEC)
    project = Project(folder)
    project.train()
    project.promote("v1", force=True, reason=f"because {LEVEL}")
    return folder


@pytest.fixture(scope="module")
def there(hostile: Path) -> "Iterator[Served]":
    """A console on it, behind a path prefix."""
    from browser_world import console_on

    with console_on(hostile, "/mw") as served:
        yield served


@pytest.fixture(scope="module")
def inside(browser: "Browser", there: "Served") -> "Iterator[BrowserContext]":
    """A browser signed in to it."""
    from browser_world import sign_in

    context = sign_in(browser, there, "")
    yield context
    context.close()


@pytest.fixture
def hostile_tab(inside: "BrowserContext", there: "Served") -> "Iterator[Tab]":
    """A tab of that browser."""
    from browser_world import tab_of

    tab = tab_of(inside, there)
    yield tab
    tab.page.close()
    assert tab.errors == []
    assert tab.strangers == []


def test_scripts_in_names_values_and_reasons_are_text_on_every_screen(hostile_tab: "Tab") -> None:
    shown: list[str] = []
    for path in (
        "/",
        "monitoring",
        "rollout",
        "log?tab=decisions&open=1",
        "log?tab=audit",
        "spec",
        "runs",
        "versions/v1",
        "data",
    ):
        page = hostile_tab.open(path if path == "/" else f"{P}/{path}")
        hostile_tab.until("document.querySelectorAll('[aria-busy=true]').length === 0")
        shown.append(page.locator("main").inner_text())
        assert page.evaluate("window.hacked") is None
    address = page.locator(f"a[href*='{P}/data/']").first.get_attribute("href") or ""
    snapshot = address.rsplit("/", 1)[1]
    page = hostile_tab.open(f"{P}/data/{snapshot}")
    page.get_by_role("link", name=COLUMN).click()
    page.locator("h1").filter(has_text=COLUMN).wait_for()
    page.get_by_role("heading", name="Levels").wait_for()
    shown.append(page.locator("main").inner_text())
    assert page.evaluate("window.hacked") is None
    said = "\n".join(shown)
    assert COLUMN in said
    assert LEVEL in said
    assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0


def test_it_works_behind_a_path_prefix(hostile_tab: "Tab", there: "Served") -> None:
    page = hostile_tab.open(f"{P}/versions/v1", "v1")
    assert there.url.endswith("/mw")
    page.get_by_role("link", name="Runs", exact=True).click()
    hostile_tab.until("path => location.pathname === path", f"/mw{P}/runs")
    page.reload()
    page.locator("h1").filter(has_text="Runs").wait_for()


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_a_long_name_widens_no_page(hostile_tab: "Tab", width: int) -> None:
    hostile_tab.page.set_viewport_size({"width": width, "height": 900})
    for path, heading in (("versions/v1", "v1"), ("runs", "Runs"), ("data", "Data"), ("spec", "Project"), ("monitoring", "")):
        page = hostile_tab.open(f"{P}/{path}", heading)
        hostile_tab.until("document.querySelectorAll('[aria-busy=true]').length === 0")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page = hostile_tab.open(f"{P}/versions/v1", "v1")
    hostile_tab.until("name => [...document.querySelectorAll('.bar-name')].some(one => one.title === name)", LONG)
