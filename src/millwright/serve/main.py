"""The data plane's composition root: `python -m millwright.serve --home H --trust T`."""

import argparse
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.predictions.ids import WORKERS
from millwright.serve.access import Access
from millwright.serve.app import DataPlane
from millwright.serve.plane import Plane
from millwright.serve.releases import ReleaseWatch
from millwright.serve.routes.table import Vertex
from millwright.serve.server import listen, run_server
from millwright.stores.durable import arm

FAIL_POINTS = "MILLWRIGHT_FAIL_POINTS"


def parser() -> argparse.ArgumentParser:
    """The options of a server process."""
    options = argparse.ArgumentParser(prog="python -m millwright.serve", description="Answer predictions and take labels.")
    options.add_argument("--home", type=Path, required=True, help="the folder with releases, packages and logs")
    options.add_argument("--trust", type=Path, required=True, help="the folder of pinned public keys")
    options.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    options.add_argument("--port", type=int, default=8080, help="the port; 0 takes a free one")
    options.add_argument("--ready-file", type=Path, help='written once requests are answered: {"host", "port", "pid"}')
    options.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a further name in Host; * takes any"
    )
    options.add_argument("--worker", type=int, choices=range(WORKERS), default=0, metavar="N", help="the number of this worker")
    options.add_argument("--replay", action="store_true", help='history is replayed: believe the "at" of clients')
    return options


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Serve until told to end; the exit code."""
    options = parser().parse_args(arguments)
    arm(environment.get(FAIL_POINTS, ""))
    try:
        serve(options, Vertex(environment.get("AIP_HEALTH_ROUTE", ""), environment.get("AIP_PREDICT_ROUTE", "")))
    except MillwrightError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def serve(options: argparse.Namespace, vertex: Vertex) -> None:
    """Wire the parts, take up the releases that are there, and answer."""
    listening = listen(options.host, options.port)
    plane = Plane.open(options.home, Access(options.host, options.allow_host), worker=options.worker, replay=options.replay)
    watch = ReleaseWatch(options.home, options.trust, plane)
    try:
        watch.look()
        gc.collect()
        gc.freeze()  # what is loaded now stays: no collection need look at it again
        watch.start()
        run_server(DataPlane(plane, vertex), listening, options.ready_file)
        watch.stop()
    finally:
        plane.close()


def run() -> None:
    """The entry point of the process."""
    sys.exit(main(sys.argv[1:], os.environ))
