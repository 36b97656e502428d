"""What training takes as a table grows: python benchmarks/search/growth.py [--json] [--rows N ...] [--budget SECONDS]

Tables of 30 columns are made row by row from hashes of the row's number, so that they need no memory and are the same with the
same DuckDB; each is given to Millwright as a file, in a process of its own, by the adapter that the comparison uses.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

sys.path.append(str(Path(__file__).parents[1]))

from figure import Figure, report
from process import Outcome, ask, take_cores
from trying import environment

HERE = Path(__file__).parent
SIZES = (100_000, 1_000_000, 10_000_000)
BUDGET = 60.0
LONGEST = 3600.0
MEMORY_MB = {10_000_000: 12 * 1024**3 / 1e6}
_NUMBERS = (
    "sqrt(-2 * ln({u} + 1e-12)) * cos(6.283185307 * {v})",
    "exp(sqrt(-2 * ln({u} + 1e-12)) * cos(6.283185307 * {v}))",
    "{u}",
    "floor(-5 * ln({u} + 1e-12))",
    "case when {v} < 0.1 then null else -ln({u} + 1e-12) end",
)
_LEVELS = (2, 3, 5, 10, 30, 100, 500, 2_000, 10_000)
_SIGNAL = "n0 + 0.5 * n1 - 0.8 * n2 * n0 + (cast(hash(c6) % 7 as int) - 3) * 0.3 + case when c1 = '1' then 0.7 else 0 end - 1"


def make_table(path: Path, rows: int) -> None:
    """Twenty numbers of five laws, one in five with gaps; nine columns of 2 to 10,000 levels, common and rare ones; a target
    of two classes that some of them bear on."""
    numbers = [f"round({_NUMBERS[k % 5].format(u=_draw(2 * k), v=_draw(2 * k + 1))}, 4) as n{k}" for k in range(20)]
    levels = [f"cast(floor(pow({_draw(40 + k)}, 2) * {many}) as varchar) as c{k}" for k, many in enumerate(_LEVELS)]
    columns = f"select i, {', '.join([*numbers, *levels])} from range({rows}) r(i)"
    target = f"cast({_draw(60)} < 1 / (1 + exp(-({_SIGNAL}))) as int) as late"
    with duckdb.connect() as db:
        db.execute("set threads = 1; set preserve_insertion_order = true")
        db.execute(f"copy (select * exclude (i), {target} from ({columns})) to '{path}' (format parquet, compression zstd)")


def _draw(number: int) -> str:
    """A number of [0, 1) from the row's number and that of the draw."""
    return f"((hash(i * 64 + {number}) >> 11) / 9007199254740992.0)"


def figures(sizes: Sequence[int], budget: float, folder: Path, cores: Sequence[int]) -> Iterator[Figure]:
    """Seconds by stage and the most memory, for each size."""
    for rows in sizes:
        say(f"{rows:,} rows: making the table")
        make_table(folder / "rows.parquet", rows)
        megabytes = (folder / "rows.parquet").stat().st_size / 1e6
        say(f"{rows:,} rows, {megabytes:,.0f} MB of Parquet: training")
        outcome = _trained(folder, rows, budget, cores)
        if outcome.said is None:
            say(f"{rows:,} rows: failed: {outcome.error}")
        yield from _of(rows, outcome, budget)


def _of(rows: int, outcome: Outcome, budget: float) -> Iterator[Figure]:
    name, about = f"growth.{rows}", f"{rows:,} rows x 30 columns, {budget:g} s of search"
    yield Figure(f"{name}.failed", float(outcome.said is None), "runs", outcome.error, bar=0.0)
    yield Figure(f"{name}.peak_memory", outcome.peak_mb, "MB", "of all processes together", bar=MEMORY_MB.get(rows))
    yield Figure(f"{name}.bytes_a_row", 1e6 * outcome.peak_mb / rows, "bytes", about)
    yield Figure(f"{name}.seconds", outcome.wall, "s", about)
    yield Figure(f"{name}.cpu_seconds", outcome.cpu, "s", "of all processes")
    said = outcome.said or {}
    for stage, seconds in said.get("stages", {}).items():
        yield Figure(f"{name}.{stage}", seconds, "s")
    if said:
        yield Figure(f"{name}.search_overrun", said["search_s"] / budget - 1, "of the budget", "", bar=0.03)
        yield Figure(f"{name}.trials", float(said["finished"]), "trials", "; ".join(said["dropped"])[:200])


def _trained(folder: Path, rows: int, budget: float, cores: Sequence[int]) -> Outcome:
    place = folder / f"model-{rows}"
    place.mkdir()
    job: dict[str, Any] = {
        "adapter": "millwright_adapter",
        "options": {},
        "folder": str(place),
        "train": str(folder / "rows.parquet"),
        "target": "late",
        "task": "binary",
        "metric": "roc_auc",
        "time": None,
        "budget": budget,
        "seed": 0,
        "cores": list(cores),
    }
    (folder / "job.json").write_text(json.dumps(job))
    command = [sys.executable, str(HERE / "one_tool.py"), "fit", str(folder / "job.json")]
    return ask(command, environment(len(cores), folder), cores, LONGEST)


def say(text: str) -> None:
    """Progress, to stderr."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit code whether a bar was missed."""
    options = argparse.ArgumentParser(description="Measure training as tables grow. Exits 1 where a bar is missed.")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--rows", type=int, nargs="+", default=list(SIZES), metavar="N", help="rows of the tables")
    options.add_argument("--budget", type=float, default=BUDGET, metavar="SECONDS", help="of the search (default 60)")
    options.add_argument("--cores", type=int, default=2, metavar="N", help="cores that training may use (default 2)")
    chosen = options.parse_args(arguments)
    cores = take_cores(chosen.cores)
    with tempfile.TemporaryDirectory(prefix="millwright-bench-") as folder:
        found = list(figures(chosen.rows, chosen.budget, Path(folder), cores))
    return report(found, as_json=chosen.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
