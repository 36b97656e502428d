"""Other ways to serve the same model: what a tutorial teaches, what a framework does with our runtime inside, what tools do.

FastAPI is measured where it is installed beside Millwright, or in the Python that --peers names; so is MLflow.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from figure import Figure, compared
from intervals import median_interval, ratio_interval, take_turns
from load import Requests
from one_row import one_row_bodies
from servers import HERE, Serving, ours, started

if TYPE_CHECKING:
    from site_of_run import Site

CONNECTIONS = 64
BARS = {"tutorial": 35.0, "runtime": 2.5, "mlflow": 70.0, "tuned": 10.0}
WHAT = {
    "tutorial": "FastAPI as its tutorial teaches it: a typed row, a one-row frame, the pipeline",
    "runtime": "FastAPI, one typed row, with Millwright's own scorer inside",
    "mlflow": "mlflow models serve's scoring server",
    "tuned": "FastAPI with the pipeline asked for all rows that came within 2 ms",
}


def figures(site: "Site") -> Iterator[Figure]:
    """Requests a second at 64 connections, ours to each peer's, in turns."""
    python = str(site.asked.peers or sys.executable)
    mine = Requests(site.folder, "peers-ours", one_row_bodies(site), "/v1/predict")
    plain = [json.dumps(row).encode() for row in site.rows]
    for name, bar in BARS.items():
        needs = "mlflow" if name == "mlflow" else "fastapi"
        if subprocess.run([python, "-c", f"import {needs}"], capture_output=True, check=False).returncode:
            site.say(f"{needs} is not installed: {name} is left out (pip install {needs}, or --peers PYTHON)")
            continue
        site.say(f"a peer: {WHAT[name]}")
        bodies = [json.dumps({"dataframe_records": [row]}).encode() for row in site.rows] if name == "mlflow" else plain
        theirs = Requests(site.folder, f"peers-{name}", bodies, "/invocations" if name == "mlflow" else "/predict")
        yield from _compared(site, name, bar, python, mine, theirs)


def _compared(site: "Site", name: str, bar: float, python: str, mine: Requests, theirs: Requests) -> Iterator[Figure]:
    with ExitStack() as stack:
        us = stack.enter_context(ours(site))
        them = stack.enter_context(_peer(site, name, python))

        def ask(requests: Requests, serving: Serving) -> float:
            return requests.load(serving.port, CONNECTIONS, site.asked.seconds, site.core).check().per_second

        ask(mine, us), ask(theirs, them)
        pairs = take_turns(lambda: ask(mine, us), lambda: ask(theirs, them), site.asked.pairs)
    yield Figure(f"peers.{name}_rate", median_interval([b for _, b in pairs]).median, "req/s", WHAT[name])
    yield compared(f"peers.{name}", ratio_interval(pairs), "ratio", f"{CONNECTIONS} connections", bar, "higher")


@contextmanager
def _peer(site: "Site", name: str, python: str) -> Iterator[Serving]:
    plan = site.model_file.parent.parent
    table = site.project.path.parent / "flights.parquet"
    arguments = [str(HERE / "peer_app.py"), name, str(plan), str(table)]
    with started(site, f"peer-{name}", arguments, python=python) as serving:
        yield serving
