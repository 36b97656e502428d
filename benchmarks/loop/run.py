"""Measure the loop: python benchmarks/loop/run.py [--json] [--only AREA ...] [--bikes FILE] [--demo FILE]

Prints every figure with its bar; exits 1 where a bar is missed. Progress goes to stderr. See benchmarks/README.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # figures, intervals and processes are measured alike in all folders

import compared_ways
import one_tick
import staged_releases
import whole_demo
from figure import Figure, report
from site_of_run import PAIRS, ROWS, SECONDS, Asked, Site

AREAS: Mapping[str, Callable[[Site], Iterator[Figure]]] = {
    "demo": whole_demo.figures,
    "tick": one_tick.figures,
    "ways": compared_ways.figures,
    "releases": staged_releases.figures,
}


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit code whether a bar was missed."""
    options = _parser().parse_args(arguments)
    asked = Asked(rows=options.rows, pairs=options.pairs, seconds=options.seconds, bikes=options.bikes, demo=options.demo)
    with tempfile.TemporaryDirectory(prefix="millwright-bench-") as folder:
        site = Site(Path(folder), asked)
        areas = options.only or list(AREAS)
        figures = [figure for area in AREAS if area in areas for figure in AREAS[area](site)]
        site.say(f"{len(figures)} figures")
    return report(figures, as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description="Measure the loop. Exits 1 where a bar is missed.")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--only", action="extend", nargs="+", choices=list(AREAS), metavar="AREA", help=", ".join(AREAS))
    options.add_argument("--bikes", type=_file, metavar="FILE", help="bike_sharing's hours of both years, as Parquet")
    options.add_argument("--demo", type=_file, metavar="FILE", help="what `mw demo --json` printed, instead of running it")
    options.add_argument("--rows", type=int, default=ROWS, metavar="N", help="logged rows of the tick's window")
    options.add_argument("--pairs", type=int, default=PAIRS, metavar="N", help="how often the tick and its peer take turns")
    options.add_argument("--seconds", type=float, default=SECONDS, metavar="N", help="how long releases change under load")
    return options


def _file(text: str) -> Path:
    path = Path(text).absolute()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no file at {path}")
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
