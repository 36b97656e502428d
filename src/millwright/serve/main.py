"""The data plane's composition root: `python -m millwright.serve --home H --trust T`."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.predictions.ids import WORKERS
from millwright.serve.access import Access
from millwright.serve.app import DataPlane
from millwright.serve.exposure import AUTHS, Exposure, check_exposure, note_start
from millwright.serve.keys.ring import KeyRing
from millwright.serve.keys.watch import KeyWatch
from millwright.serve.plane import Plane
from millwright.serve.releases import ReleaseWatch
from millwright.serve.routes.table import Vertex
from millwright.serve.server import listen, run_server
from millwright.serve.tls import Certificate
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
        "--auth", choices=AUTHS, help="who may call; by default none on this machine, keys where others can reach it"
    )
    options.add_argument(
        "--allowed-hosts", default="", metavar="NAMES", help="further names in Host, separated by commas; * takes any"
    )
    options.add_argument("--tls-cert", default="", metavar="FILE", help="the certificate with its chain, in PEM")
    options.add_argument("--tls-key", default="", metavar="FILE", help="its private key, in PEM")
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
    """Wire the parts, take up the keys and releases that are there, and answer."""
    exposure = exposure_of(options)
    check_exposure(exposure, options.home)
    tls = Certificate(Path(exposure.certificate), Path(exposure.private_key)) if exposure.certificate else None
    listening = listen(options.host, options.port)
    access = Access(options.host, exposure.allowed_hosts, KeyRing() if exposure.auth == "keys" else None)
    plane = Plane.open(options.home, access, worker=options.worker, replay=options.replay)
    watches: list[KeyWatch | ReleaseWatch] = [ReleaseWatch(options.home, options.trust, plane)]
    if exposure.auth == "keys":
        watches.insert(0, KeyWatch(options.home, access, options.worker))
    try:
        for watch in watches:
            watch.start()
        note_start(exposure, options.home)
        sys.stderr.write(f"{exposure.sentence}\n")
        run_server(DataPlane(plane, vertex), listening, options.ready_file, tls=tls)
        for watch in watches:
            watch.stop()
    finally:
        plane.close()


def exposure_of(options: argparse.Namespace) -> Exposure:
    """How a server with these options is reached."""
    names = tuple(name for name in options.allowed_hosts.split(",") if name)
    return Exposure(
        host=options.host,
        port=options.port,
        asked_auth=options.auth,
        allowed_hosts=names,
        certificate=options.tls_cert,
        private_key=options.tls_key,
    )


def run() -> None:
    """The entry point of the process."""
    sys.exit(main(sys.argv[1:], os.environ))
