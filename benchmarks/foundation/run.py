"""Measure Millwright on the demo's real flights: python benchmarks/foundation/run.py [--json] [--only AREA] [--flights FILE]

Prints every figure with its bar; exits 1 where a bar is missed. Progress goes to stderr. See benchmarks/README.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # figures, intervals and processes are measured alike in all folders

import batch_rows
import boosted
import command_line
import memory
import over_http
import single_row
import training
from figure import Figure, report
from lab import Lab

AREAS: Mapping[str, Callable[[Lab], Iterator[Figure]]] = {
    "training": training.figures,
    "row": single_row.figures,
    "boosted": boosted.figures,
    "batch": batch_rows.figures,
    "http": over_http.figures,
    "memory": memory.figures,
    "commands": command_line.figures,
}


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit code whether a bar was missed."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="millwright-bench-") as folder:
        lab = Lab(Path(folder), options.flights)
        areas = options.only or list(AREAS)
        figures = [figure for area in AREAS if area in areas for figure in AREAS[area](lab)]
        lab.say(f"{len(figures)} figures")
    return report(figures, as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description="Measure Millwright. Exits 1 where a bar is missed.")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--only", action="append", choices=list(AREAS), help="this area alone; may be given again")
    options.add_argument("--flights", type=_table, metavar="FILE", help="a Parquet table of a year's flights to train on")
    return options


def _table(text: str) -> Path:
    path = Path(text).absolute()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no file at {path}")
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
