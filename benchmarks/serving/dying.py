"""A worker that is killed, and a server that is told to end, both while clients ask."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from asking import REFUSED, Askers, Client, asking
from figure import Figure
from one_row import one_row_bodies
from servers import Serving, ours

from millwright.predictions.frames import read_lines
from millwright.predictions.ids import parse_id

if TYPE_CHECKING:
    from site_of_run import Site

CLIENTS, KILLS, RESPAWN_BAR = 8, 5, 1.0


def figures(site: "Site") -> Iterator[Figure]:
    """With two workers behind the port and eight clients."""
    site.say(f"{KILLS} workers killed, then SIGTERM, {CLIENTS} clients")
    bodies = one_row_bodies(site)
    with ours(site, "workers", "--workers", "2", cores=range(os.cpu_count() or 1)) as serving:
        with asking(serving.port, bodies, CLIENTS, pause=0.001) as askers:
            time.sleep(1.0)
            back = [_kill_one(serving, askers, bodies[0]) for _ in range(KILLS)]
            time.sleep(0.5)
            broken = len(askers.failed)
        lost = _lost(serving, askers)
    with ours(site, "workers", "--workers", "2", cores=range(os.cpu_count() or 1)) as serving:
        with asking(serving.port, bodies, CLIENTS, pause=0.001) as askers:
            time.sleep(1.0)
            os.kill(serving.pid, signal.SIGTERM)
            _wait(lambda: not Path(f"/proc/{serving.pid}/stat").exists() or _is_zombie(serving.pid))
            left = len(_children(serving.pid))
            ended = time.monotonic()
        unanswered = [outcome for outcome in askers.failed if outcome[0] + outcome[1] < ended and outcome[3] != REFUSED]
        lost += _lost(serving, askers)
    yield Figure("kill.lost", lost, "", "acknowledged predictions that are not in the log", 0.0)
    yield Figure(
        "kill.broken", broken, "", f"requests of {KILLS} kills: those of the killed worker's connections", KILLS * CLIENTS
    )
    yield Figure(
        "kill.respawn", max(back), "s", f"from the kill to the next worker's first answer, worst of {KILLS}", RESPAWN_BAR
    )
    yield Figure("term.lost", len(unanswered), "", "requests that were sent and not answered at SIGTERM", 0.0)
    yield Figure("term.left", left, "", "processes left", 0.0)


def _kill_one(serving: Serving, askers: Askers, body: bytes) -> float:
    """Kill a worker; seconds until one that started after it answers somebody new."""
    before = set(_starts(askers, 400))
    os.kill(_children(serving.pid)[0], signal.SIGKILL)
    killed = time.monotonic()
    _wait(lambda: _start_of_new(serving.port, body) not in before)
    return time.monotonic() - killed


def _start_of_new(port: int, body: bytes) -> int:
    """Which start of a worker answers a new connection."""
    client = Client(port)
    try:
        parts = parse_id(json.loads(client.predict(body))["predictions"][0]["id"])
        return parts.start if parts else -1
    finally:
        client.close()


def _starts(askers: Askers, last: int) -> list[int]:
    """Which starts of workers gave the last answers."""
    bodies = [body for _, _, status, body in askers.outcomes[-last:] if status == 200]
    return [parts.start for body in bodies if (parts := parse_id(json.loads(body)["predictions"][0]["id"]))]


def _lost(serving: Serving, askers: Askers) -> int:
    """Acknowledged predictions that are not in the log."""
    assert serving.home is not None
    logged = {json.loads(line)["id"] for path in (serving.home / "log").rglob("*.seg") for line in read_lines(path)}
    given = {json.loads(body)["predictions"][0]["id"] for _, _, status, body in askers.outcomes if status == 200}
    return len(given - logged)


def _children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in found.stdout.split()]


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _wait(happens: Callable[[], object], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > until:
            raise RuntimeError("it did not happen in time")
        time.sleep(0.01)
