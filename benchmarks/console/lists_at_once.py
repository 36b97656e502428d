"""Long lists and time lines while everybody asks at once: so many users, each with the next question as soon as they are
answered."""

import itertools
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
from figure import Figure
from intervals import quantile
from opened_console import Opened, opened

if TYPE_CHECKING:
    from console_site import Site

P = "/api/v1/projects/flights"
BAR_MS = 200.0
LISTS: Mapping[str, Sequence[str]] = {
    "runs": ("runs", "runs?state=finished", "runs?sort=-finished_at", "runs?sort=state", "runs?q=january", "runs/counts"),
    "versions": ("versions", "versions?verdict=passed", "versions?sort=created_at"),
    "findings": ("findings", "findings?sort=-event_at", "findings?kind=covariate"),
    "decisions": ("decisions", "decisions?sort=-event_at", "decisions?action=hold"),
    "log": ("log/predictions", "log/predictions?limit=100", "log/predictions?role=live"),
    "monitoring": ("quality", "drift", "volume", "latency", "quality?metric=log_loss", "drift?q=dest"),
}
"""By figure: the first pages that are asked for in turn, beside the pages that follow them."""


def figures(site: "Site") -> Iterator[Figure]:
    """The 95th percentile of each list, and the very first page of the log, which nobody asked for before."""
    users = site.asked.users
    with opened(site, users) as console:
        first = _first_page(console)
        yield Figure("lists.first_log_page", first, "ms", f"of {site.asked.rows:,} predictions, just after the start")
        for name, paths in LISTS.items():
            site.say(f"{users} users ask for {name}; {site.load}")
            before = console.cpu_seconds()
            times = asked_at_once(console, paths, site.asked.seconds)
            spent = 1000 * (console.cpu_seconds() - before) / len(times)
            about = f"{users} users at once, {len(times):,} answers; {site.load}"
            yield Figure(f"lists.{name}_p95", quantile(times, 0.95), "ms", about, BAR_MS)
            yield Figure(f"lists.{name}_p50", quantile(times, 0.5), "ms", about)
            yield Figure(f"lists.{name}_cpu", spent, "ms", "processor time of the console for an answer", BAR_MS / users)


def _first_page(console: Opened) -> float:
    with _client(console, console.keys[0]) as client:
        return _timed(client, "log/predictions")[0]


def asked_at_once(console: Opened, paths: Sequence[str], seconds: float) -> list[float]:
    """Milliseconds of every answer to so many users, who begin at different places of the list and go on page by page."""
    until, ready = time.monotonic() + seconds, threading.Barrier(len(console.keys))
    with ThreadPoolExecutor(len(console.keys)) as pool:
        going = [pool.submit(_user, console, key, number, paths, ready, until) for number, key in enumerate(console.keys)]
        return [one for done in going for one in done.result()]


def _user(console: Opened, key: str, number: int, paths: Sequence[str], ready: threading.Barrier, until: float) -> list[float]:
    times = []
    with _client(console, key) as client:
        ready.wait()
        for path in itertools.islice(itertools.cycle(paths), number, None):
            took, following = _timed(client, path)
            times.append(took)
            if following:
                took, _ = _timed(client, f"{path}{'&' if '?' in path else '?'}cursor={following}")
                times.append(took)
            if time.monotonic() > until:
                return times
    return times


def _timed(client: httpx.Client, path: str) -> tuple[float, str]:
    """Milliseconds, and where the next page begins. Raises where it was refused: then nothing was measured."""
    began = time.perf_counter()
    said = client.get(f"{P}/{path}")
    took = (time.perf_counter() - began) * 1000
    following = said.raise_for_status().json().get("next")
    return took, following or ""


def _client(console: Opened, key: str) -> httpx.Client:
    return httpx.Client(base_url=console.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
