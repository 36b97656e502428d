"""From nothing to the first answer, and what a server that rests takes."""

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from asking import Client
from figure import Figure
from intervals import median_interval
from one_row import one_row_bodies
from servers import ours, resident_mb, wait_ready

if TYPE_CHECKING:
    from site_of_run import Site

STARTS, START_BAR, IDLE_BAR, RESTED = 9, 0.8, 110.0, 3.0


def figures(site: "Site") -> Iterator[Figure]:
    """Seconds from the start of the process to its first answer, and resident MB of an idle worker."""
    site.say("starting a server")
    body = one_row_bodies(site)[0]
    _start(site, body)  # what a first start leaves behind (bytecode, the file cache) is not counted
    found = median_interval([_start(site, body) for _ in range(STARTS)])
    against = "process started to the first answer, one package"
    yield Figure("start.first_answer", found.median, "s", against, START_BAR, n=found.n, low=found.low, high=found.high)
    with ours(site) as serving:
        Client(serving.port).predict(body)
        time.sleep(RESTED)
        yield Figure("start.idle_memory", resident_mb(serving.pid), "MB", "one worker, one package, resident", IDLE_BAR)


def _start(site: "Site", body: bytes) -> float:
    shop = site.project.workshop
    ready = site.folder / f"start-{time.monotonic_ns()}.json"
    arguments = ["--home", str(shop.home.root), "--trust", str(shop.trust), "--port", "0", "--ready-file", str(ready)]
    began = time.monotonic()
    command = [sys.executable, "-m", "millwright.serve", *arguments]
    process = subprocess.Popen(command, env=site.environment, stderr=subprocess.DEVNULL)
    try:
        Client(int(wait_ready(ready, process)["port"])).predict(body)
        return time.monotonic() - began
    finally:
        process.terminate()
        process.wait()
