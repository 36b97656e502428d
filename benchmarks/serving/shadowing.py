"""A challenger in shadow that takes ten times as long, or fails each row, or dies: what the live answers notice of it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from beside import every
from figure import Figure, compared
from intervals import median_interval, ratio_interval
from load import Load, Requests
from mixed_model import REASON, TREES, enter
from one_row import beyond_floor, one_row_bodies
from servers import Serving, ours

if TYPE_CHECKING:
    from site_of_run import Site

TIMES = 10
P99_BAR, RATE_BAR = 1.05, 0.95


def figures(site: "Site") -> Iterator[Figure]:
    """Live p99 at one connection and throughput at 64, with the shadow and without it, in turns."""
    slow = next((version for version in site.project.versions(20) if f"{TIMES * TREES} trees" in version.summary), None)
    if slow is None:
        site.say(f"fitting a challenger of {TIMES * TREES} trees")
        slow = enter(site.project, 3, TIMES * TREES)
    cores = range(os.cpu_count() or 1)
    requests = Requests(site.folder, "shadow", one_row_bodies(site), "/v1/predict")
    with ours(site, "shadowed", "--workers", "1", cores=cores) as serving:
        for name, meanwhile in (("slow", _nothing), ("dying", _kill_shadows)):
            site.say(f"a challenger in shadow, {name}")
            yield from _measured(site, serving, requests, slow.name, name, meanwhile)


def _measured(
    site: "Site", serving: Serving, requests: Requests, challenger: str, name: str, meanwhile: Callable[[int], None]
) -> Iterator[Figure]:
    many: list[tuple[Load, Load]] = []
    one: list[tuple[Load, Load]] = []
    for connections, pairs in ((64, many), (1, one)):
        for first in (False, True) * (site.asked.pairs // 2 + 1):
            found = {
                on: _turn(site, serving, requests, connections, challenger, meanwhile, shadow=on) for on in (first, not first)
            }
            pairs.append((found[True], found[False]))
    against = "the same server without a challenger"
    rate = ratio_interval([(a.per_second, b.per_second) for a, b in many])
    yield compared(f"shadow.{name}_rate", rate, "ratio", f"{against}, 64 connections", RATE_BAR, "higher")
    yield Figure(f"shadow.{name}_p99_without", median_interval([b.p99 for _, b in one]).median, "ms", "1 connection")
    p99 = beyond_floor([(a.p99, b.p99) for a, b in one], P99_BAR)
    yield compared(f"shadow.{name}_p99", p99, "ratio", f"{against}, 1 connection, or 0.5 ms more", P99_BAR)


def _turn(
    site: "Site",
    serving: Serving,
    requests: Requests,
    connections: int,
    challenger: str,
    meanwhile: Callable[[int], None],
    *,
    shadow: bool,
) -> Load:
    _try(site, challenger, shadow=shadow)
    time.sleep(1.5)  # the server looks five times a second, and loads a challenger once
    with every(0.5, partial(meanwhile if shadow else _nothing, serving.pid)):
        return requests.load(serving.port, connections, site.asked.seconds, site.core).check()


def _try(site: "Site", challenger: str, *, shadow: bool) -> None:
    project = site.project
    tried = project.releases(1)[0].challenger is not None
    if shadow and not tried:
        project.try_out(challenger, reason=REASON, force=True)
    elif tried and not shadow:
        project.abort(reason=REASON)


def _nothing(_pid: int) -> None:
    """A challenger that is merely slow."""


def _kill_shadows(pid: int) -> None:
    """A challenger that takes its process with it, twice a second."""
    found = subprocess.run(["pgrep", "-P", str(pid), "-f", "part shadow"], capture_output=True, text=True, check=False)
    for child in found.stdout.split():
        with suppress(ProcessLookupError):  # it died by itself since it was found
            os.kill(int(child), signal.SIGKILL)
