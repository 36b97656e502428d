"""What the tests in a real browser share: the browser, a project with a version in canary, and one with hostile names."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from browser_world import Served, Tab
    from kiosk_stages import Stages
    from playwright.sync_api import Browser, BrowserContext

sys.path.insert(0, str(Path(__file__).parent))


def _missing() -> str:
    if os.environ.get("MILLWRIGHT_BROWSER") != "1":
        return "`make browser` runs these: an open browser has a loop of its own, and other tests of the process start theirs"
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed (it is in the dev group)"
    from browser_world import CHROMIUM

    return "" if CHROMIUM.exists() else f"there is no browser at {CHROMIUM} (MILLWRIGHT_CHROMIUM names another)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser, with a word, where there is none."""
    why = _missing()
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(1200))  # the first of a module trains what it looks at
            if why:
                item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium without a window. Of one module: while it is open, this thread has a loop where others start their own."""
    from browser_world import CHROMIUM
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that checks a page for what keeps people out."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text()


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> "Stages":
    """The kiosk's stages, with a search that ends by its trials, not its deadline: slow machines end in the same version."""
    from kiosk import changed
    from kiosk_stages import Stages

    from millwright.project import Project

    made = Stages(tmp_path_factory.mktemp("kiosk"))
    changed(Project(made.at("opened")), search={"budget": "10m", "trials": 4})
    return made


@pytest.fixture(scope="module")
def served(stages: "Stages", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Served]":
    """A console on a kiosk with v1 live and v2 answering a share of the traffic."""
    from browser_world import console_on

    folder = tmp_path_factory.mktemp("console") / "kiosk"
    stages.copy("promote", folder)
    with console_on(folder) as here:
        yield here


@pytest.fixture(scope="module")
def signed(browser: "Browser", served: "Served", axe: str) -> "Iterator[BrowserContext]":
    """The browser, signed in."""
    from browser_world import sign_in

    context = sign_in(browser, served, axe)
    yield context
    context.close()


@pytest.fixture
def tab(signed: "BrowserContext", served: "Served") -> "Iterator[Tab]":
    """A tab of that browser; whatever a test does, nothing may go wrong in it, and it may speak to nobody else."""
    from browser_world import tab_of

    here = tab_of(signed, served)
    yield here
    here.page.close()
    assert here.errors == []
    assert here.strangers == []
