"""Whether several threads fit trees sooner than one: python benchmarks/search/threads.py [--json] [--rows N ...] [--threads N]

The same trees are fitted with one thread and with several, in turns, in a process that has the surroundings of a training
process; beside it nothing else runs, or one process that takes all of a processor.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))

from figure import Figure, report

from millwright.models.families import family
from millwright.models.family import Problem
from millwright.search.worker import surroundings

ROWS, FEATURES, TREES, TURNS = (40_000, 160_000), 15, 60, 5
QUIET, BUSY = 0.9, 3.0
"""Of the time of one thread: what pays, and what a busy machine may cost."""


def fitted(rows: int, threads: int) -> dict[int, float]:
    """The median seconds of a fit by its threads, one and so many."""
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, FEATURES))
    y = (X[:, 0] + X[:, 1] * X[:, 2] + random.normal(size=rows) > 0).astype(float)
    problem = Problem(X=X, y=y, task="binary", classes=2, features=tuple(f"x{j}" for j in range(FEATURES)), categorical=())
    took: dict[int, list[float]] = {1: [], threads: []}
    for turn in range(TURNS + 1):
        for several in sorted(took, reverse=bool(turn % 2)):
            began = time.perf_counter()
            params = {"num_iterations": TREES, "learning_rate": 0.06, "num_threads": several}
            family("lightgbm").fit(problem, params, valid=None, seed=1, keep_going=lambda: True)
            if turn:  # the first warms up
                took[several].append(time.perf_counter() - began)
    return {several: median(seconds) for several, seconds in took.items()}


def figures(sizes: Sequence[int], threads: int) -> Iterator[Figure]:
    """The time of several threads over that of one."""
    for busy in (False, True):
        for rows in sizes:
            took = _alone_or_not(rows, threads, busy=busy)
            name = f"threads.{'busy' if busy else 'quiet'}.{rows}"
            beside = "one other process at work" if busy else "nothing else at work"
            about = f"one thread ({took[1]:.2f} s), {beside}"
            yield Figure(name, took[threads] / took[1], f"x, {threads} threads", about, bar=BUSY if busy else QUIET)


def _alone_or_not(rows: int, threads: int, *, busy: bool) -> dict[int, float]:
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if busy else None
    try:
        command = [sys.executable, __file__, "--fit", "--rows", str(rows), "--threads", str(threads)]
        said = subprocess.run(command, env=surroundings(), stdout=subprocess.PIPE, check=True).stdout
    finally:
        if other is not None:
            other.kill()
            other.wait()
    return {int(several): seconds for several, seconds in json.loads(said).items()}


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit code whether a bar was missed."""
    options = argparse.ArgumentParser(description="Measure fits by their threads. Exits 1 where a bar is missed.")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--rows", type=int, nargs="+", default=list(ROWS), metavar="N", help="rows of the tables")
    options.add_argument("--threads", type=int, default=2, metavar="N", help="threads beside one (default 2)")
    options.add_argument("--fit", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args(arguments)
    if chosen.fit:
        print(json.dumps(fitted(chosen.rows[0], chosen.threads)))
        return 0
    return report(list(figures(chosen.rows, chosen.threads)), as_json=chosen.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
