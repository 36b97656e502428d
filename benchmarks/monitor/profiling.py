"""What profiles cost: python benchmarks/monitor/profiling.py [--json] [--rows N ...] [--logged N] [--evidently PYTHON]

Tables of 30 columns are profiled from Parquet and held against a stored reference, each in a process of its own; a log of one
week is looked at, and looked at again a day later. Evidently, where a Python that has it is named, reports on the same rows.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parents[1] / "loop"))

from figure import Figure, report
from made_tables import TABLES, make_table
from site_of_run import Asked, Site

HERE = Path(__file__).parent
SIZES = (100_000, 1_000_000)
BARS = {1_000_000: (2.0, 300.0)}
TIMES_FASTER = 20.0
PEER_ROWS = 100_000


def figures(
    site: Site, sizes: Sequence[int] = SIZES, logged: int = 1_000_000, evidently: Path | None = None
) -> Iterator[Figure]:
    """All figures of profiles."""
    for name in TABLES:
        for rows in sizes:
            yield from _of_table(site, name, rows, evidently if rows == PEER_ROWS else None)
    yield from _of_log(site, logged)


def _of_table(site: Site, name: str, rows: int, evidently: Path | None) -> Iterator[Figure]:
    folder = site.new(f"{name}-{rows}")
    site.say(f"{name}: {rows:,} rows")
    make_table(folder, name, rows)
    used = min((child(site, "profiled_once.py", str(folder)) for _ in range(3)), key=lambda used: used["cpu"])
    seconds, peak = BARS.get(rows, (None, None))
    about = f"{rows:,} rows of 30 columns from Parquet, {used['stages']['periods']:.0f} periods, against a stored reference"
    yield Figure(f"profile.{name}.{rows}.seconds", used["wall"], "s", about, bar=seconds)
    yield Figure(f"profile.{name}.{rows}.cpu_seconds", used["cpu"], "s", "of all threads, which are one")
    yield Figure(f"profile.{name}.{rows}.peak_memory", used["peak_mb"], "MB", "of the whole process", bar=peak)
    if rows == PEER_ROWS:
        yield _beside(site, name, folder, used["wall"], evidently)


def _beside(site: Site, name: str, folder: Path, ours: float, evidently: Path | None) -> Figure:
    title = f"profile.{name}.times_faster"
    if evidently is None:
        return Figure(title, None, "ratio", "Evidently: not run", bar=TIMES_FASTER, goal="higher")
    site.say("Evidently on the same rows")
    theirs = child(site, "evidently_once.py", str(folder), python=evidently)
    about = f"Evidently {theirs['version']}: {theirs['wall']:.1f} s and {theirs['peak_mb']:,.0f} MB on the same rows"
    return Figure(title, theirs["wall"] / ours, "ratio", about, bar=TIMES_FASTER, goal="higher")


def _of_log(site: Site, rows: int) -> Iterator[Figure]:
    """The first look at a week of logged rows, which keeps the days, and the look of the day after."""
    from logged_week import make_week

    week = make_week(site, rows)
    for name, at in (("first", week.end), ("next_day", week.end + timedelta(days=1))):
        site.say(f"the {name.replace('_', ' ')} look")
        used = child(site, "looked_once.py", str(week.folder), at.isoformat())
        seen = used["stages"]
        about = f"a window of {seen['predictions']:,} rows of 30 features, {seen['kept']:.0f} sealed days of it kept before"
        yield Figure(f"look.{name}.seconds", used["wall"], "s", about)
        yield Figure(f"look.{name}.cpu_seconds", used["cpu"], "s", "of all threads")
        for stage in ("counted", "profiled", "parity", "judged"):
            yield Figure(f"look.{name}.{stage}", seen.get(stage, 0.0), "s")
        yield Figure(f"look.{name}.peak_memory", used["peak_mb"], "MB", "of the whole process")


def child(site: Site, script: str, *arguments: str, python: Path | None = None) -> dict[str, Any]:
    """What a script beside this one says it used. Raises RuntimeError with its last words where it fails."""
    command = [str(python or sys.executable), str(HERE / script), *arguments]
    done = subprocess.run(command, env=site.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script}: {done.stderr.strip()[-1000:]}")
    used: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return used


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit code whether a bar was missed."""
    options = argparse.ArgumentParser(description="Measure profiles. Exits 1 where a bar is missed.")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--rows", type=int, nargs="+", default=list(SIZES), metavar="N", help="rows of the tables")
    options.add_argument("--logged", type=int, default=1_000_000, metavar="N", help="logged rows of the week")
    options.add_argument("--evidently", type=Path, metavar="PYTHON", help="a Python in which Evidently is installed")
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="millwright-bench-") as folder:
        site = Site(Path(folder), Asked())
        found = list(figures(site, chosen.rows, chosen.logged, chosen.evidently))
    return report(found, as_json=chosen.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
