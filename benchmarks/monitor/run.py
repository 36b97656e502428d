"""What the monitor finds, and what it says where there is nothing to find.

    python benchmarks/monitor/run.py [--json] [--only unchanged shifted lasting labels] [--windows 2000]

Prints every figure with its bar; exits 1 where a bar is missed. Progress goes to stderr. See benchmarks/README.md.
"""

import argparse
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # figures are printed alike in all folders

import attribution
import flights
import labels
import lasting
import shifted
import trials
import unchanged
from bench import Bench
from figure import Figure, report

AREAS: Mapping[str, Callable[[Bench], Iterator[Figure]]] = {
    "unchanged": unchanged.figures,
    "flights": flights.figures,
    "shifted": shifted.figures,
    "lasting": lasting.figures,
    "labels": labels.figures,
    "trials": trials.figures,
    "attribution": attribution.figures,
}


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit code whether a bar was missed."""
    options = _parser().parse_args(arguments)
    bench = Bench(options.windows, options.shifted, options.years, options.seed or secrets.randbits(32))
    bench.say(f"seed {bench.seed}")
    figures = []
    for name, area in AREAS.items():
        for figure in area(bench) if name in (options.only or AREAS) else ():
            bench.say(f"{figure.name}: {figure.value}")  # a run that is cut short has said what it knew
            figures.append(figure)
    return report(figures, as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description="Measure the monitor. Exits 1 where a bar is missed.")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--only", action="extend", nargs="+", choices=list(AREAS), metavar="AREA", help=", ".join(AREAS))
    options.add_argument("--windows", type=int, default=2_000, metavar="N", help="unchanged windows a cell (default 2000)")
    options.add_argument("--shifted", type=int, default=200, metavar="N", help="windows with a change (default 200)")
    options.add_argument("--years", type=int, default=200, metavar="N", help="simulated years of daily windows (default 200)")
    options.add_argument("--seed", type=int, metavar="N", help="of an earlier run; default: a fresh one")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
