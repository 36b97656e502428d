"""What a first load weighs and takes, and how long a click from screen to screen takes where its data was seen before."""

import gzip
from collections.abc import Iterator
from typing import TYPE_CHECKING

from browsing import Browsing, P, browsing, settle
from figure import Figure
from intervals import median_interval, quantile

from millwright.console.assets import STATIC

if TYPE_CHECKING:
    from console_site import Site
    from playwright.sync_api import Page

LOADS, ROUNDS = 9, 6
KB_BAR, LOAD_MS_BAR, ROUTE_MS_BAR = 250.0, 1_000.0, 100.0
SCREENS = ("Monitoring", "Rollout", "Runs", "Model versions", "Log and audit")
ASSETS = (
    "performance.getEntriesByType('resource').map(one => new URL(one.name).pathname).filter(one => one.includes('/assets/'))"
)
CLICK = """async name => {
    const frame = () => new Promise(requestAnimationFrame);
    const link = [...document.querySelectorAll('nav.rail a')].find(one => one.textContent.includes(name));
    const before = document.querySelector('h1').textContent;
    const began = performance.now();
    link.click();
    while ((document.querySelector('h1')?.textContent ?? before) === before || document.querySelector('[aria-busy=true]')) {
        if (performance.now() - began > 10000) break;
        await frame();
    }
    await frame();
    return performance.now() - began;
}"""


def figures(site: "Site") -> Iterator[Figure]:
    """Kilobytes (gzip -9) of what a first load fetches, milliseconds to its largest paint, and those of a click."""
    with browsing(site) as here:
        site.say(f"{LOADS} first loads; {site.load}")
        loads = [_first_load(here) for _ in range(LOADS)]
        found = median_interval([paint for paint, _ in loads])
        yield Figure("pages.first_load_size", loads[0][1], "kB", "pages, scripts and styles, gzip", KB_BAR)
        about = f"largest paint of the runs' list in a new browser; {site.load}"
        yield Figure("pages.first_load", found.median, "ms", about, LOAD_MS_BAR, n=found.n, low=found.low, high=found.high)
        site.say(f"clicks from screen to screen; {site.load}")
        times = _clicks(here)
        about = f"{len(times)} clicks between {len(SCREENS)} screens that were seen before; {site.load}"
        yield Figure("pages.route_p95", quantile(times, 0.95), "ms", about, ROUTE_MS_BAR)
        yield Figure("pages.route_p50", quantile(times, 0.5), "ms", about)


def _first_load(here: Browsing) -> tuple[float, float]:
    page = here.page()
    here.open(page, f"{P}/runs")
    paint: float = page.evaluate("window.seen.paint")
    weight = _weight(page)
    page.context.close()
    return paint, weight


def _weight(page: "Page") -> float:
    """Of the page and every file that it fetched, in kB."""
    paths: list[str] = page.evaluate(ASSETS)
    files = [STATIC / "index.html", *(STATIC / "assets" / path.rpartition("/")[2] for path in set(paths))]
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) / 1000


def _clicks(here: Browsing) -> list[float]:
    page = here.page()
    here.open(page, f"{P}/rehearsals")
    for name in SCREENS:
        page.evaluate(CLICK, name)
        settle(page)
    times = []
    for _ in range(ROUNDS):
        for name in SCREENS:
            times.append(float(page.evaluate(CLICK, name)))
            settle(page)
    page.context.close()
    return times
