"""A flood of labels: what predictions take beside it, whether a label is lost, and how often the loop retrains on it.

    python benchmarks/monitor/run.py --only labels [--windows 2000]

A real server answers one row at a time, steadily. Every other stretch of time a client in a process of its own tells labels in
bulk, each row's many times over and contradicting itself; meanwhile the loop ticks. 500 labels for each of `--windows`: one
million in five minutes by default.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
from bench import Bench
from figure import Figure
from intervals import quantile, ratio_interval

from millwright.app import read_settings
from millwright.errors import Conflict
from millwright.loop.propose import Choices
from millwright.predictions.label_count import labelled_rows
from millwright.predictions.window import Logs
from millwright.project import Project
from millwright.spec.write import write_spec

TELLING = Path(__file__).with_name("label_flood.py")
LABELS_A_WINDOW = 500
SECONDS = 300.0
STRETCHES = 10
"""Pairs of a stretch with labels and one without."""
IN_BULK = 2_000
ASKED = 5_000
PAUSE = 0.02
"""Seconds between two predictions."""
TICKS_EVERY = 20.0
SLOWER = 1.10


@dataclass(frozen=True, slots=True)
class Beside:
    """Milliseconds of the predictions of one stretch with labels, and of one without."""

    during: Sequence[float]
    without: Sequence[float]


def figures(bench: Bench) -> Iterator[Figure]:
    """The flood, once."""
    labels = bench.windows * LABELS_A_WINDOW
    seconds = SECONDS * min(1.0, labels / 1_000_000)
    with tempfile.TemporaryDirectory(prefix="labels-") as folder:
        project = _project(Path(folder))
        server = project.up()
        try:
            yield from _flooded(bench, project, server.url, labels, seconds)
        finally:
            with suppress(Conflict):
                project.down()


def _flooded(bench: Bench, project: Project, url: str, labels: int, seconds: float) -> Iterator[Figure]:
    began = datetime.now(UTC) - timedelta(minutes=1)
    rows = _rows(project)
    ids = [name for start in range(0, len(rows), IN_BULK) for name in _predicted(url, rows[start : start + IN_BULK])]
    bench.say(f"{len(ids):,} rows answered; {labels:,} labels in {seconds:.0f} s")
    retrains, ticks, stop = [0], [0], threading.Event()
    ticking = threading.Thread(target=_tick, args=(project, stop, retrains, ticks), daemon=True)
    ticking.start()
    accepted = 0
    stretches: list[Beside] = []
    for number in range(STRETCHES):
        told, beside = _pair(project, url, rows, ids, labels // STRETCHES, seconds / STRETCHES / 2)
        accepted, stretches = accepted + told, [*stretches, beside]
        bench.say(f"stretch {number + 1} of {STRETCHES}: {accepted:,} labels accepted")
    stop.set()
    ticking.join()
    found = labelled_rows(Logs.of(project.workshop.home.root), project.spec.project, began, datetime.now(UTC))
    p99 = [(quantile(one.during, 0.99), quantile(one.without, 0.99)) for one in stretches]
    ratio = ratio_interval(p99)
    yield Figure("labels.flood.told", accepted, "", f"accepted, in stretches over {seconds:.0f} s")
    yield Figure("labels.flood.lost", accepted - found.told, "", "accepted and not in the log", 0.0)
    yield Figure("labels.flood.rows", found.rows, "", f"distinct rows that count for policy.min_labels, of {len(ids):,}")
    yield Figure("labels.flood.retrains", retrains[0], "", f"started in {ticks[0]} ticks", 1.0)
    note = "of predictions beside labels, against those without"
    yield Figure("labels.flood.p99_ratio", ratio.median, "ratio", note, SLOWER, n=ratio.n, low=ratio.low, high=ratio.high)


def _pair(
    project: Project, url: str, rows: Sequence[Any], ids: Sequence[str], labels: int, seconds: float
) -> tuple[int, Beside]:
    """A stretch without labels and one with them; how many labels were accepted."""
    without = _asked(url, rows, time.monotonic() + seconds, None)
    given = json.dumps({"url": url, "ids": ids, "labels": labels, "seconds": seconds, "classes": ["0", "1"]})
    flood = subprocess.Popen(
        [sys.executable, str(TELLING)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert flood.stdin is not None
    flood.stdin.write(given)
    flood.stdin.close()
    during = _asked(url, rows, time.monotonic() + seconds, flood)
    assert flood.stdout is not None
    told = int(flood.stdout.read() or 0)
    if flood.wait():
        raise RuntimeError(f"the client that tells labels ended with {flood.returncode} for {project.spec.project}")
    return told, Beside(during, without)


def _asked(url: str, rows: Sequence[Any], until: float, flood: "subprocess.Popen[str] | None") -> list[float]:
    """Predictions one by one until a moment, and as long as labels are told; milliseconds each."""
    took: list[float] = []
    server = _connection(url)
    while time.monotonic() < until or (flood is not None and flood.poll() is None):
        body = json.dumps({"rows": [rows[len(took) % len(rows)]]})
        at = time.perf_counter()
        _posted(server, "/v1/predict", body)
        took.append(1000 * (time.perf_counter() - at))
        time.sleep(PAUSE)
    return took


def _predicted(url: str, rows: Sequence[Any]) -> list[str]:
    answer = _posted(_connection(url), "/v1/predict", json.dumps({"rows": rows}))
    return [one["id"] for one in answer["predictions"]]


def _connection(url: str) -> http.client.HTTPConnection:
    at = urlsplit(url)
    return http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)


def _posted(server: http.client.HTTPConnection, path: str, body: str) -> dict[str, Any]:
    server.request("POST", path, body, {"Content-Type": "application/json"})
    response = server.getresponse()
    raw = response.read()
    if response.status != 200:
        raise RuntimeError(f"{path}: {response.status} {raw[:200]!r}")
    answer: dict[str, Any] = json.loads(raw)
    return answer


def _tick(project: Project, stop: threading.Event, retrains: list[int], ticks: list[int]) -> None:
    """Ticks in processes of their own, as the steward's are: they take nothing from the client that measures."""
    command = [sys.executable, "-m", "millwright", "-C", str(project.path.parent), "tick", "--json"]
    key = {"MILLWRIGHT_SIGNING_KEY": str(project.path.parent / "signing.key")}
    while not stop.wait(TICKS_EVERY if ticks[0] else 0.0):
        done = subprocess.run(command, env=dict(os.environ) | key, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            retrains[0] += sum(one["action"] == "retrain" for one in json.loads(done.stdout)["decisions"])
            ticks[0] += 1


def _rows(project: Project) -> list[Any]:
    source = project.path.parent / "flights.parquet"
    with duckdb.connect() as connection:
        kept = f"select * exclude ({project.spec.data.target}) from '{source}' order by scheduled_departure limit {ASKED}"
        return [json.loads(row) for (row,) in connection.execute(f"select to_json(t)::varchar from ({kept}) t").fetchall()]


def _project(folder: Path) -> Project:
    """Flights, whose policy retrains on a schedule that is long due: it needs labels alone."""
    table = files("millwright.demo") / "data" / "flights_2013.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * from '{table}' using sample 8000 rows (reservoir, 7)) to '{folder / 'flights.parquet'}'"
        )
    settings = read_settings(dict(os.environ) | {"MILLWRIGHT_SIGNING_KEY": str(folder / "signing.key")})
    key = ("flight_date", "carrier", "flight", "origin")
    choices = Choices(project="flights", time="scheduled_departure", zone="America/New_York", key=key)
    project = Project.init("flights.parquet", "arr_late15", at=folder / "millwright.yaml", choices=choices, settings=settings)
    spec = project.spec
    spec = replace(
        spec,
        search=replace(spec.search, families=("baseline", "lightgbm"), budget="5s"),
        serve=replace(spec.serve, port=0),
        policy=replace(spec.policy, mode="auto", schedule="1s"),
    )
    project.path.write_text(write_spec(spec, {}))
    project = Project(project.path, settings=settings)
    project.train()
    project.promote("v1", reason="to be measured", force=True)
    return project
