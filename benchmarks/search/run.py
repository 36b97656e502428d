"""Millwright beside installed peers: the same rows, the same budget, the same cores.

    python benchmarks/search/run.py --data DIR --peers autogluon=PYTHON --peers boosted=PYTHON ...
    python benchmarks/search/run.py --data DIR --peers PYTHON --full
    python benchmarks/search/run.py --budget 8 --sets german_credit ai4i2020 --only millwright hgb

Prints every figure with its bar; exits 1 where a bar is missed. Progress goes to stderr. See README.md beside this file.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # figures are printed alike in all folders

from comparing import Compared, compare, figures, is_noisy
from figure import Figure, missed, report
from kept import Kept, Row
from printing import as_text
from process import take_cores
from splits import Laid, lay_split
from tables import DEFAULT, TABLES, paths_of, read_table
from tools import TOOLS, Tool
from trying import Course

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "tests" / "data" / "samples"
HOMES = tuple(dict.fromkeys(tool.home for tool in TOOLS.values() if not tool.ours))
BUDGETS, SEEDS = (60.0, 240.0), (0, 1, 2)
LONGER = 1.5
"""A run takes about so many budgets, scoring included: none is begun that would end too late."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run: every tool on every split, budget by budget.

    again: tools whose rows are made anew. until: no run is begun that would end after it. allow_noisy: rows of a busy machine
    count as well, and are not made anew.
    """

    tools: Sequence[Tool]
    budgets: Sequence[float]
    again: frozenset[str]
    until: float
    allow_noisy: bool


def say(text: str) -> None:
    """Progress, to stderr."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit code whether a bar was missed."""
    chosen = _parser().parse_args(arguments)
    pythons = _pythons(chosen.peers)
    plan = _plan(chosen, pythons)
    kept = Kept(chosen.cache)
    cores = take_cores(chosen.cores)
    with tempfile.TemporaryDirectory(prefix="millwright-bench-") as scratch:
        folder = Path(scratch)
        splits = list(_splits(chosen, folder))
        course = Course(kept, pythons, cores, folder)
        found = [_compared(plan, budget, splits, course) for budget in plan.budgets]
    return _told(found, as_json=chosen.json)


def _told(found: Sequence[Compared], *, as_json: bool) -> int:
    every: list[Figure] = [figure for compared in found for figure in figures(compared)]
    if not as_json:
        for compared in found:
            print(as_text(compared), end="\n\n")
        every = [figure for figure in every if figure.bar is not None]  # the others stand in the tables
    code = report(every, as_json=as_json)
    for figure in missed(every):
        say(f"missed: {figure.name}")
    return code


def _plan(chosen: argparse.Namespace, pythons: Mapping[str, Path]) -> Plan:
    asked = chosen.only or [name for name, tool in TOOLS.items() if chosen.full or not tool.full]
    there = [TOOLS[name] for name in asked if TOOLS[name].home in pythons]
    for name in asked:
        if TOOLS[name].home not in pythons:
            say(f"{name}: not run, no Python was named that has it (--peers {TOOLS[name].home}=PYTHON)")
    budgets = (chosen.budget,) if chosen.budget else BUDGETS if chosen.full else BUDGETS[:1]
    minutes = chosen.minutes or (float("inf") if chosen.full else 45.0)
    return Plan(there, budgets, frozenset(chosen.again), time.monotonic() + 60 * minutes, chosen.allow_noisy)


def _splits(chosen: argparse.Namespace, folder: Path) -> Iterator[Laid]:
    """Every split, laid out once; a table whose files are not there is told of and left out."""
    if chosen.data is None:
        say(f"--data was not given: the samples that ship with the tests are used ({SAMPLES})")
    for name in chosen.sets or (TABLES if chosen.full else DEFAULT):
        paths = paths_of(TABLES[name], chosen.data, SAMPLES)
        if not paths:
            say(f"{name}: left out, its files are not there")
            continue
        frame = read_table(TABLES[name], paths)
        seeds = chosen.seeds or (SEEDS if chosen.full else SEEDS[:1])
        for seed in seeds:
            yield lay_split(TABLES[name], frame, seed, folder / f"{name}-{seed}")


def _compared(plan: Plan, budget: float, splits: Sequence[Laid], course: Course) -> Compared:
    """Every tool in turn on every split: where time runs out, the tools that matter less are missing."""
    rows: dict[tuple[str, int], dict[str, Row]] = {(laid.table.name, laid.seed): {} for laid in splits}
    for tool in plan.tools:
        for laid in splits:
            row = _row(plan, tool, laid, budget, course)
            if row is not None:
                rows[laid.table.name, laid.seed][tool.name] = row
    found = [(laid, rows[laid.table.name, laid.seed]) for laid in splits]
    return compare(budget, found, course.kept, allow_noisy=plan.allow_noisy)


def _row(plan: Plan, tool: Tool, laid: Laid, budget: float, course: Course) -> Row | None:
    known = course.kept.find(course.key(tool, laid, budget))
    if known is not None and tool.name not in plan.again and (plan.allow_noisy or not is_noisy(known)):
        return known
    if time.monotonic() + LONGER * budget > plan.until:
        say(f"{laid.table.name} {tool.name}: not run, the time is up; the same command goes on here")
        return None
    row = course.run(tool, laid, budget)
    say(f"{budget:g} s {laid.table.name} {laid.seed} {tool.name}: {_said(row)}")
    return row


def _said(row: Row) -> str:
    taken = f"fitted in {row.fit_s or 0.0:.1f} s, {row.share or 0.0:.2f} of the core, {row.peak_mb or 0.0:.0f} MB"
    noisy = " (not quiet)" if is_noisy(row) else ""
    if row.error:
        return f"failed: {row.error}; {taken}{noisy}"
    again = f"; first: {row.crashes[0]}" if row.crashes else ""
    return f"{taken}{noisy}; {row.size_mb:.2f} MB, loads in {row.load_s:.2f} s, a row in {row.p50_ms:.3f} ms{again}"


def _pythons(named: Sequence[str]) -> dict[str, Path]:
    """The Python of each home: HOME=PYTHON, or one PYTHON for all that are not named."""
    pythons = {"millwright": Path(sys.executable)}
    for text in named:
        home, equals, path = text.rpartition("=")
        pythons |= {home: Path(path)} if equals else {home: Path(path) for home in HOMES if home not in pythons}
    return pythons


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description="Millwright beside installed peers. Exits 1 where a bar is missed.")
    add = options.add_argument
    add("--json", action="store_true", help="print one JSON object")
    add("--data", type=Path, metavar="DIR", help="the folder of the data sets; without it the tests' samples are used")
    add("--peers", action="append", default=[], metavar="[HOME=]PYTHON", help=f"a Python with a peer: {', '.join(HOMES)}")
    add("--full", action="store_true", help="60 and 240 s, three seeds, all sets, all tools; goes on where it was")
    add("--budget", type=float, metavar="SECONDS", help="told to each tool (default 60)")
    add("--sets", nargs="+", choices=list(TABLES), metavar="SET", help=", ".join(TABLES))
    add("--only", nargs="+", choices=list(TOOLS), metavar="TOOL", help=", ".join(TOOLS))
    add("--seeds", nargs="+", type=int, metavar="N", help="of the split and the tools (default 0)")
    add("--again", nargs="+", default=[], choices=list(TOOLS), metavar="TOOL", help="run these even where there is a row")
    add("--cores", type=int, default=1, metavar="N", help="cores that a tool may use (default 1)")
    add("--minutes", type=float, metavar="N", help="end within so long (default 45; none with --full)")
    add("--cache", type=Path, default=HERE / ".kept", metavar="DIR", help="where rows are kept")
    add("--allow-noisy", action="store_true", help="use rows of runs that others took the core from, too")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
