"""A control plane of its own process on a project, and a browser that is signed in to it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path(os.environ.get("MILLWRIGHT_CHROMIUM", "/usr/bin/chromium"))
WAIT_MS = int(os.environ.get("MILLWRIGHT_BROWSER_WAIT_MS", "30000"))


@dataclass
class Served:
    """Where a console answers, and the link that lets somebody in once."""

    url: str
    link: str


@contextmanager
def console_on(folder: Path, base: str = "") -> Iterator[Served]:
    """`mw console` on a project's folder, as a person starts it."""
    command = [sys.executable, "-m", "millwright", "-C", str(folder), "console", "--port", "0", "--base-path", base, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            yield Served(url=said["url"].rstrip("/"), link=said["link"])
        finally:
            process.terminate()
            process.wait(30)


@dataclass
class Tab:
    """A tab of the browser, with what went wrong in it: errors on its console, and requests to any other host."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, path: str, heading: str | None = None) -> Page:
        """Load a path anew, until its heading is there."""
        self.page.goto(self.url + path)
        title = self.page.locator("h1")
        title.filter(has_text=heading or "").wait_for()
        return self.page

    def until(self, what: str, arg: Any = None) -> None:
        """Wait until something holds in the page. Its content policy allows no eval, so it is asked from outside."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while not self.page.evaluate(what, arg):
            assert time.monotonic() < deadline, f"{what} does not hold at {self.page.url}"
            self.page.wait_for_timeout(30)


def tab_of(context: BrowserContext, served: Served, **looks: Any) -> Tab:
    """A new tab that notes its errors and strangers."""
    page = context.new_page(**looks)
    page.set_default_timeout(WAIT_MS)
    tab = Tab(page=page, url=served.url)
    page.on(
        "console",
        lambda message: (
            tab.errors.append(f"{message.text} ({message.location.get('url')})")
            if message.type in ("error", "warning")
            else None
        ),
    )
    page.on("pageerror", lambda error: tab.errors.append(str(error)))
    page.on("request", lambda request: tab.strangers.append(request.url) if not request.url.startswith(served.url) else None)
    return tab


def sign_in(browser: Browser, served: Served, scripts: str) -> BrowserContext:
    """A browser's context that came in by the one-time link. scripts: run in each page before its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.add_init_script(scripts)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(served.link)
    page.locator("h1").wait_for()
    page.locator("nav.rail").wait_for()
    page.close()
    return context
