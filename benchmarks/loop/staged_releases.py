"""Releases under load: versions are tried, promoted, taken back and aborted while clients ask a real server all the time."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from figure import Figure
from intervals import quantile, ratio_interval
from site_of_run import Site
from thirty_columns import open_flights, requests_sql

from millwright.demo.client import Client
from millwright.errors import Conflict
from millwright.project import Project
from millwright.records.release import Release

ASKING = Path(__file__).with_name("asking.py")
MOST_PAUSE, PAUSES = 0.6, 5
"""Seconds of quiet before a change; where little time is given, so many to that time."""
CANARY_SHARE = 0.3
REQUESTS = 2000
REASON = "to be measured"
END_SECONDS = 60

Change = Callable[[Project], object]
CHANGES: Sequence[tuple[str, Change]] = (
    ("shadow", lambda p: p.try_out("v2", reason=REASON, force=True)),
    ("canary", lambda p: p.try_out("v2", share=CANARY_SHARE, reason=REASON, force=True)),
    ("promote", lambda p: p.promote("v2", reason=REASON, force=True)),
    ("rollback", lambda p: p.rollback(reason=REASON)),
    ("shadow", lambda p: p.try_out("v2", reason=REASON, force=True)),
    ("abort", lambda p: p.abort(reason=REASON)),
)
"""One round; the first version is live before it and after it."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time of a change, in seconds since 1970: of the quiet before it, of its beginning, and when the server had it."""

    quiet: float
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Request:
    """One request: when it began, in seconds since 1970, what it took in ms, and the version that answered; None: it failed."""

    at: float
    ms: float
    version: str | None


def figures(site: Site) -> Iterator[Figure]:
    """Failed requests, and the times of answers while something changes and while nothing does."""
    spans, requests = _measure(site)
    answered = sorted({r.version for r in requests if r.version})
    if answered != ["v1", "v2"]:
        raise RuntimeError(f"both versions were to answer; there answered: {', '.join(answered) or 'none'}")
    changes = f"{len(spans)} changes of the release"
    yield Figure(
        "releases.failed_requests", sum(r.version is None for r in requests), "", f"none of {len(requests):,} in {changes}", 0.0
    )
    during, without = _times(requests, spans, changing=True), _times(requests, spans, changing=False)
    yield Figure("releases.p99_changing", _p99(during), "ms", f"{len(during):,} requests, two clients")
    yield Figure("releases.p99_quiet", _p99(without), "ms", f"{len(without):,} requests, two clients")
    yield _ratio(requests, spans)
    yield Figure(
        "releases.seconds_a_change", sum(s.ended - s.began for s in spans) / len(spans), "s", "from the command to the server"
    )


def _ratio(requests: Sequence[Request], spans: Sequence[Span]) -> Figure:
    """The 99th percentile during each change and in the second before it, pair by pair."""
    pairs = [(_times(requests, [span], changing=True), _times(requests, [span], changing=False)) for span in spans]
    interval = ratio_interval([(_p99(during), _p99(before)) for during, before in pairs if during and before])
    against = "the moment before the change; a change verifies and loads the package on the same machine"
    return Figure("releases.p99_ratio", interval.median, "ratio", against, n=interval.n, low=interval.low, high=interval.high)


def _times(requests: Sequence[Request], spans: Sequence[Span], *, changing: bool) -> list[float]:
    """Milliseconds of the requests that began in the changes, or in the quiet before them."""
    sides = [(s.began, s.ended) if changing else (s.quiet, s.began) for s in spans]
    return [r.ms for r in requests if r.version and any(begin <= r.at < end for begin, end in sides)]


def _p99(times: Sequence[float]) -> float:
    return quantile(times, 0.99)


def _measure(site: Site) -> tuple[list[Span], list[Request]]:
    """Rounds of changes under load, as many as there is time for and at least one."""
    project = site.project(site.copy_of_flights("releases"))
    server = project.up()
    try:
        with Client(server.url) as client, _asked(site, server.url) as requests:
            spans = list(_rounds(site, project, client))
        return spans, requests
    finally:
        with suppress(Conflict):
            project.down()


def _rounds(site: Site, project: Project, client: Client) -> Iterator[Span]:
    began, took = time.monotonic(), 0.0
    while not took or time.monotonic() - began + took <= site.asked.seconds:
        at = time.monotonic()
        site.say("a round of releases under load")
        for _name, change in CHANGES:
            yield _change(project, client, change, _pause(site))
        took = time.monotonic() - at


def _pause(site: Site) -> float:
    return min(MOST_PAUSE, site.asked.seconds / PAUSES)


def _change(project: Project, client: Client, change: Change, pause: float) -> Span:
    """A moment of quiet, then a change until the server answers with it. Raises Unavailable where it does not."""
    quiet = time.time()
    time.sleep(pause)
    began = time.time()
    change(project)
    client.settle(_current(project))
    return Span(quiet, began, time.time())


def _current(project: Project) -> Release:
    return project.releases(1)[0]


@contextmanager
def _asked(site: Site, url: str) -> Iterator[list[Request]]:
    """Clients in a process of their own ask until the block ends; then the list holds what became of each request."""
    rows, found = site.folder / "requests.json", site.folder / "asked.json"
    rows.write_text(json.dumps(_requests()))
    command = [sys.executable, str(ASKING), url, str(rows), str(found)]
    process = subprocess.Popen(command, env=site.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    asked: list[Request] = []
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield asked
    finally:
        process.communicate(timeout=END_SECONDS)  # its input ends, and so does it
    if process.returncode:
        raise RuntimeError(f"the clients ended with {process.returncode}")
    asked += [Request(*request) for request in json.loads(found.read_text())]


def _requests() -> list[dict[str, object]]:
    with open_flights() as connection:
        found = connection.execute(f"select request from ({requests_sql(REQUESTS)})").fetchall()
    return [json.loads(request) for (request,) in found]
