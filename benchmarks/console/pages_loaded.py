"""What a first load weighs and takes, and how long a click from screen to screen takes where its data was seen before."""

import gzip
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from browsing import Browsing, P, browsing, settle
from figure import Figure
from intervals import median_interval, quantile

from millwright.console.assets import STATIC

if TYPE_CHECKING:
    from console_site import Site
    from playwright.sync_api import CDPSession, Page

LOADS, ROUNDS = 9, 12
KB_BAR, LOAD_MS_BAR, ROUTE_MS_BAR = 250.0, 1_000.0, 100.0
SCREENS: Mapping[str, str] = {
    "home": "/",
    "monitoring": f"{P}/monitoring",
    "rollout": f"{P}/rollout",
    "log": f"{P}/log",
    "spec": f"{P}/spec",
    "data": f"{P}/data",
    "runs": f"{P}/runs",
    "run": f"{P}/runs/",
    "compare": f"{P}/compare",
    "versions": f"{P}/versions",
    "version": f"{P}/versions/",
    "rehearsals": f"{P}/rehearsals",
    "settings": "/settings",
}
"""By name: where the link leads that is clicked; the first one on the page that begins so, where it ends with a slash."""
ASSETS = (
    "performance.getEntriesByType('resource').map(one => new URL(one.name).pathname).filter(one => one.includes('/assets/'))"
)
CLICK = """async path => {
    const frame = () => new Promise(requestAnimationFrame);
    const leads = one => path.length > 1 && path.endsWith('/') ? one.pathname.startsWith(path) : one.pathname === path;
    const link = [...document.querySelectorAll('nav.rail a, main a')].find(leads);
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
        every = [took for several in times.values() for took, _ in several]
        about = f"{len(every)} clicks between {len(SCREENS)} screens that were seen before; {site.load}"
        yield Figure("pages.route_p95", quantile(every, 0.95), "ms", about, ROUTE_MS_BAR)
        yield Figure("pages.route_p50", quantile(every, 0.5), "ms", about)
        for name, several in times.items():
            yield _to_screen(name, [took for took, _ in several], [own for _, own in several])


def _to_screen(name: str, times: list[float], own: list[float]) -> Figure:
    works = f"the page's own work {quantile(own, 0.5):.0f} ms"
    about = f"{len(times)} clicks to it, median {quantile(times, 0.5):.0f} ms; {works}"
    return Figure(f"pages.route.{name}_p95", quantile(times, 0.95), "ms", about, ROUTE_MS_BAR)


def _first_load(here: Browsing) -> tuple[float, float]:
    page = here.page()
    here.open(page, f"{P}/runs")
    paint = 0.0
    while not paint:  # browsers tell of it a moment later
        page.wait_for_timeout(20)
        paint = float(page.evaluate("window.seen.paint"))
    weight = _weight(page)
    page.context.close()
    return paint, weight


def _weight(page: "Page") -> float:
    """Of the page and every file that it fetched, in kB."""
    paths: list[str] = page.evaluate(ASSETS)
    files = [STATIC / "index.html", *(STATIC / "assets" / path.rpartition("/")[2] for path in set(paths))]
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) / 1000


def _clicks(here: Browsing) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of each click by the screen that it leads to, and those for which the page's thread had a processor."""
    page = here.page()
    here.open(page, f"{P}/rehearsals")
    watched = page.context.new_cdp_session(page)
    watched.send("Performance.enable", {"timeDomain": "threadTicks"})
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in SCREENS}
    for turn in range(-1, ROUNDS):  # what the first turn fetches is not counted
        for name, path in SCREENS.items():
            before = _own_ms(watched)
            took = float(page.evaluate(CLICK, path))
            own = _own_ms(watched) - before
            settle(page)
            if turn >= 0:
                times[name].append((took, own))
    page.context.close()
    return times


def _own_ms(watched: "CDPSession") -> float:
    """Processor time of all tasks of the page's thread so far: the same whatever else the machine has to do."""
    told = watched.send("Performance.getMetrics")["metrics"]
    return next(float(one["value"]) for one in told if one["name"] == "TaskDuration") * 1000
