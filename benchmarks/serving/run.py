"""Measure how Millwright answers: python benchmarks/serving/run.py [--json] [--only AREA ...] [--pairs N] [--seconds S]

Prints every figure with its bar; exits 1 where a bar is missed. Progress goes to stderr. See benchmarks/README.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # figures, intervals and processes are measured alike in all folders

import bulk
import dying
import in_process
import labelling
import log_cost
import one_row
import peers
import pressing
import shadowing
import soaking
import starting
import swapping
import telemetry
from figure import Figure, report
from site_of_run import PAIRS, SECONDS, Asked, Site

AREAS: Mapping[str, Callable[[Site], Iterator[Figure]]] = {
    "process": in_process.figures,
    "http": one_row.figures,
    "log": log_cost.figures,
    "telemetry": telemetry.figures,
    "start": starting.figures,
    "labels": labelling.figures,
    "bulk": bulk.figures,
    "swap": swapping.figures,
    "dying": dying.figures,
    "press": pressing.figures,
    "shadow": shadowing.figures,
    "peers": peers.figures,
    "soak": soaking.figures,
}


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit code whether a bar was missed."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="millwright-bench-") as folder:
        site = Site(options.keep or Path(folder), _asked(options))
        figures = [figure for area in AREAS if area in (options.only or AREAS) for figure in AREAS[area](site)]
        site.say(f"{len(figures)} figures")
    return report(figures, as_json=options.json)


def _asked(options: argparse.Namespace) -> Asked:
    return Asked(**{name: getattr(options, name) for name in Asked.__dataclass_fields__})


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description="Measure how Millwright answers. Exits 1 where a bar is missed.")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--only", nargs="+", choices=list(AREAS), help="these areas alone")
    options.add_argument("--pairs", type=int, default=PAIRS, help=f"how often two servers take turns (default {PAIRS})")
    options.add_argument("--seconds", type=float, default=SECONDS, help=f"of one turn (default {SECONDS:g})")
    options.add_argument("--swaps", type=int, default=100, help="changes of a release under load (default 100)")
    options.add_argument("--every", type=float, default=1.5, help="seconds between two of them (default 1.5)")
    options.add_argument("--overload", type=float, default=120.0, help="seconds of twenty times too much (default 120)")
    options.add_argument("--labels", type=float, default=30.0, help="seconds of labels (default 30)")
    options.add_argument("--soak", type=float, default=30.0, help="minutes of the soak (default 30)")
    options.add_argument("--peers", type=Path, metavar="PYTHON", help="a Python in which peers are installed")
    options.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this folder, which stays, with its project")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
