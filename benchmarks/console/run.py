"""Measure the console: python benchmarks/console/run.py [--json] [--only AREA ...] [--rows N] [--runs N] [--users N]

Prints every figure with its bar; exits 1 where a bar is missed. Progress goes to stderr. See benchmarks/README.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # figures, intervals and processes are measured alike in all folders
sys.path.append(str(Path(__file__).parents[1] / "loop"))  # the flights and their log are the loop's

import beside_answers
import lists_at_once
import pages_for_all
import pages_loaded
import table_scrolled
from console_site import PAIRS, ROWS, RUNS, SECONDS, USERS, Asked, Site
from figure import Figure, report

AREAS: Mapping[str, Callable[[Site], Iterator[Figure]]] = {
    "lists": lists_at_once.figures,
    "answers": beside_answers.figures,
    "pages": pages_loaded.figures,
    "scroll": table_scrolled.figures,
    "axe": pages_for_all.figures,
}


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit code whether a bar was missed."""
    options = _parser().parse_args(arguments)
    asked = Asked(**{name: getattr(options, name) for name in Asked.__dataclass_fields__})
    with tempfile.TemporaryDirectory(prefix="millwright-bench-") as folder:
        site = Site(options.keep or Path(folder), asked)
        figures = [figure for area in AREAS if area in (options.only or AREAS) for figure in AREAS[area](site)]
        site.say(f"{len(figures)} figures; {site.load}")
    return report(figures, as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description="Measure the console. Exits 1 where a bar is missed.")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--only", action="extend", nargs="+", choices=list(AREAS), metavar="AREA", help=", ".join(AREAS))
    options.add_argument("--rows", type=int, default=ROWS, metavar="N", help="logged predictions")
    options.add_argument("--runs", type=int, default=RUNS, metavar="N", help="runs in the catalogue")
    options.add_argument("--users", type=int, default=USERS, metavar="N", help="people who ask at once")
    options.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help="of asking for each list, and of a turn")
    options.add_argument("--pairs", type=int, default=PAIRS, metavar="N", help="turns with and without use of the console")
    options.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this folder, which stays, with its project")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
