"""The options of a server process, and how it is reached by them."""

import argparse
from pathlib import Path

from millwright.predictions.ids import WORKERS
from millwright.serve.exposure import AUTHS, Exposure
from millwright.stores.processors import processors

MOST_WORKERS = 64
PARTS = ("front", "large", "shadow")
"""A worker answers at the front; or the large requests that those hand over; or unseen, for challengers in shadow."""


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
    options.add_argument("--replay", action="store_true", help='history is replayed: believe the "at" of clients')
    options.add_argument(
        "--workers", type=_workers, default=0, metavar="N", help="processes that answer; auto: one a core; 0: this one alone"
    )
    of_a_worker = options.add_argument_group("what the supervisor of several workers tells each of them")
    of_a_worker.add_argument("--worker", type=int, choices=range(WORKERS), default=0, metavar="N", help="its number")
    of_a_worker.add_argument("--door", type=int, metavar="FD", help="its listening socket")
    of_a_worker.add_argument("--crew", type=int, metavar="N", help="the number of the server's start")
    of_a_worker.add_argument("--part", choices=PARTS, default="front", help="what it works at")
    of_a_worker.add_argument("--back-door", type=Path, metavar="PATH", help="where the worker for large requests listens")
    of_a_worker.add_argument("--shadow-door", type=Path, metavar="PATH", help="where the one for challengers in shadow does")
    of_a_worker.add_argument("--idle-seconds", type=float, metavar="S", help="end after so long with nothing to do")
    return options


def _workers(text: str) -> int:
    if text == "auto":
        return min(processors(), MOST_WORKERS)
    if not text.isdigit() or int(text) > MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"a number up to {MOST_WORKERS}, or auto")
    return int(text)


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
