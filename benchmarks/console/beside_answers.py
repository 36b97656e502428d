"""What those who ask for predictions notice while many use the console hard: both processes on one machine, in turns."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from figure import Figure, compared
from intervals import Interval, median_interval, quantile, ratio_interval
from opened_console import Opened, opened
from thirty_columns import open_flights, requests_sql

if TYPE_CHECKING:
    from console_site import Site

USING = Path(__file__).with_name("using.py")
P99_BAR, P99_FLOOR = 1.05, 0.5
REQUESTS, START_SECONDS, END_SECONDS = 2_000, 60, 60
JSON = {"Content-Type": "application/json"}


def figures(site: "Site") -> Iterator[Figure]:
    """The 99th percentile of one-row requests over one connection, with and without people at the console."""
    bodies, pairs = _bodies(), []
    with opened(site, site.asked.users) as console, _server(site) as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        _p99(client, bodies, 1.0)
        for number in range(site.asked.pairs):
            site.say(f"answers beside the console, pair {number + 1}; {site.load}")
            order = (True, False) if number % 2 else (False, True)
            turns = {used: _turn(site, console, client, bodies, used=used) for used in order}
            pairs.append((turns[True], turns[False]))
        client.close()
    people = f"{site.asked.users} people at the console"
    yield Figure("answers.p99_alone", median_interval([alone for _, alone in pairs]).median, "ms", "nobody at the console")
    yield Figure("answers.p99_beside", median_interval([beside for beside, _ in pairs]).median, "ms", people)
    against = f"the same server while nobody uses the console, or 0.5 ms more; {site.load}"
    yield compared("answers.p99", _beyond_floor(pairs), "ratio", against, P99_BAR)


def _beyond_floor(pairs: Sequence[tuple[float, float]]) -> Interval:
    """Ratios; one that is no more than the floor above the other counts as at the bar: below that it is the machine's other
    work that is measured."""
    return ratio_interval([(min(a, b * P99_BAR) if a - b <= P99_FLOOR else a, b) for a, b in pairs])


def _turn(site: "Site", console: Opened, client: http.client.HTTPConnection, bodies: Sequence[bytes], *, used: bool) -> float:
    with _used(site, console) if used else nullcontext():
        time.sleep(0.5)
        return _p99(client, bodies, site.asked.seconds)


def _p99(client: http.client.HTTPConnection, bodies: Sequence[bytes], seconds: float) -> float:
    """Raises RuntimeError where a request is refused: then nothing was measured."""
    times, until = [], time.monotonic() + seconds
    for body in cycle(bodies):
        began = time.perf_counter()
        client.request("POST", "/v1/predict", body, JSON)
        answer = client.getresponse()
        said = answer.read()
        times.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"the server answered {answer.status} {said[:300]!r}")
        if time.monotonic() > until:
            break
    return quantile(times, 0.99)


@contextmanager
def _server(site: "Site") -> Iterator[int]:
    """The server of predictions as `mw up` starts it, with one worker, on the processor of what is timed; its port."""
    shop, ready = site.project.workshop, site.folder / f"ready-{time.monotonic_ns()}.json"
    arguments = ["--home", str(shop.home.root), "--trust", str(shop.trust), "--port", "0", "--workers", "1"]
    command = [
        "taskset",
        "-c",
        str(site.core),
        sys.executable,
        "-m",
        "millwright.serve",
        *arguments,
        "--ready-file",
        str(ready),
    ]
    with open(site.folder / "server.log", "ab") as log:
        process = subprocess.Popen(command, env=site.environment, stdout=log, stderr=log)
    try:
        until = time.monotonic() + START_SECONDS
        while not ready.is_file() or not ready.stat().st_size:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server did not become ready: see {site.folder / 'server.log'}")
            time.sleep(0.01)
        yield int(json.loads(ready.read_bytes())["port"])
    finally:
        process.terminate()
        process.wait(END_SECONDS)


@contextmanager
def _used(site: "Site", console: Opened) -> Iterator[None]:
    """People at the console until the block ends. They would be at machines of their own: they keep off the server's processor,
    where there is another one."""
    command = ["taskset", "-c", str(site.other_core), sys.executable, str(USING), console.url]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(console.keys) + "\n")
    process.stdin.flush()
    process.stdout.readline()
    try:
        yield
    finally:
        process.communicate(timeout=END_SECONDS)
    if process.returncode:
        raise RuntimeError("somebody at the console was refused: then nothing was measured")


def _bodies() -> list[bytes]:
    with open_flights() as connection:
        found = connection.execute(f"select request from ({requests_sql(REQUESTS)})").fetchall()
    return [b'{"rows":[' + request.encode() + b"]}" for (request,) in found]
