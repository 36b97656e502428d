"""Chromium without a window, signed in to the console of a run; Debian's, or the one that MILLWRIGHT_CHROMIUM names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opened_console import opened

if TYPE_CHECKING:
    from console_site import Site
    from playwright.sync_api import Browser, Page

CHROMIUM = os.environ.get("MILLWRIGHT_CHROMIUM", "/usr/bin/chromium")
WAIT_MS = 60_000
P = "/projects/flights"
SETTLED = "document.querySelector('h1') && document.querySelectorAll('[aria-busy=true]').length === 0"
WATCH = """
window.seen = {paint: 0, longest: 0};
new PerformanceObserver(list => list.getEntries().forEach(one => window.seen.paint = one.startTime))
    .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => list.getEntries().forEach(one => {
    window.seen.longest = Math.max(window.seen.longest, one.duration);
})).observe({type: 'longtask', buffered: true});
"""
"""Notes the moment of the largest paint, and the longest task of more than 50 ms."""


@dataclass(frozen=True, slots=True)
class Browsing:
    """A browser, where the console is, and the cookies of somebody who is signed in."""

    browser: "Browser"
    url: str
    cookies: Any

    def page(self, scripts: str = "") -> "Page":
        """A page of a browser that has loaded nothing yet. scripts: run in it before its own."""
        context = self.browser.new_context(
            viewport={"width": 1440, "height": 900}, storage_state=self.cookies, reduced_motion="reduce"
        )
        context.add_init_script(WATCH + scripts)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        return page

    def open(self, page: "Page", path: str) -> None:
        """Load a path, until nothing of it is waited for."""
        page.goto(self.url + path)
        settle(page)


@contextmanager
def browsing(site: "Site") -> Iterator[Browsing]:
    """A console and a browser that came in by its link."""
    from playwright.sync_api import sync_playwright

    with opened(site, 0) as console, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(console.link)
        page.locator("nav.rail").wait_for()
        yield Browsing(browser, console.url, context.storage_state())
        browser.close()


def settle(page: "Page") -> None:
    """Wait until a page shows what it was asked for. Its content policy allows no eval, so it is asked from outside."""
    for _ in range(WAIT_MS // 20):
        if page.evaluate(SETTLED):
            return
        page.wait_for_timeout(20)
    raise RuntimeError(f"{page.url} still waits for something")
