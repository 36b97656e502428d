"""Rehearsals of the default policy on real streams: as good as the better of two simple ways, with few retrains, and soon?

    python benchmarks/monitor/rehearsing.py [--json] [--only flights bikes broken year] [--speed 1] [--rows 300000]

Prints every figure with its bar; exits 1 where a bar is missed. Progress goes to stderr.
"""

import argparse
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `mw` has it

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # figures are printed alike in all folders

import duckdb
import numpy as np
from figure import Figure, report

from millwright.app import read_settings
from millwright.loop.propose import Choices
from millwright.project import Project
from millwright.records.rehearsing import Asked, Rehearsal
from millwright.records.spec import Spec
from millwright.spec.write import write_spec

FLIGHTS = "millwright.demo"
BIKES = Path(__file__).parents[2] / "tests" / "data" / "samples" / "bike_sharing.parquet"
SLACK_AUC, SLACK_RMSE = 0.003, 0.01
YEAR_SECONDS, DAYS = 180.0, 365
BROKEN = (
    "unit:wx_temp:x1000@2013-05-06..2013-05-12",
    "missing:wx_*@2013-06-10..2013-06-16",
    "labels:flip@2013-07-15..2013-07-21",
    "duplicate:day@2013-08-12",
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a run takes place. speed: one flight in so many; rows: of the year; bikes: the table."""

    folder: Path
    speed: int
    rows: int
    bikes: Path
    began: float

    def say(self, text: str) -> None:
        """Progress, to stderr."""
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", file=sys.stderr, flush=True)

    def rehearse(self, name: str, choices: Choices, target: str, asked: Asked, change: Callable[[Spec], Spec]) -> Rehearsal:
        """A project on `name`.parquet of this folder, its policy as it is by default but for `change`, rehearsed."""
        home = self.folder / name
        settings = read_settings(dict(os.environ) | {"MILLWRIGHT_SIGNING_KEY": str(self.folder / "signing.key")})
        at = home / "millwright.yaml"
        project = Project.init(f"{name}.parquet", target, at=at, choices=choices, settings=settings)
        at.write_text(write_spec(change(project.spec), {}))
        return Project(at, settings=settings).rehearse(asked, say=lambda line: self.say(f"{name}: {line.strip()}"))

    def new(self, name: str) -> Path:
        """The table of a project in a folder of its own, to be written."""
        (self.folder / name).mkdir()
        return self.folder / name / f"{name}.parquet"


def flights(site: Site) -> Iterator[Figure]:
    """The flights of 2013, the first quarter learnt from."""
    yield from _as_good_as_the_better_way("flights", _flights(site, "flights", ()), SLACK_AUC)


def broken(site: Site) -> Iterator[Figure]:
    """The same with broken feeds: none is learnt from."""
    found = _flights(site, "broken", BROKEN)
    for fault in found.faults:
        name = "_".join(fault.text.partition("@")[0].replace("*", "").split(":")[:2]).rstrip("_")
        days = (fault.found_at - fault.start).days if fault.found_at else None
        yield Figure(f"rehearsal.broken.{name}.found_after", days, "days", fault.sentence[:80] or "not found")
        yield Figure(f"rehearsal.broken.{name}.retrains", fault.retrains, "", "none begun on a broken feed", 0.0)


def bikes(site: Site) -> Iterator[Figure]:
    """Bike hire by the hour, 2011 learnt from, 2012 played."""
    columns = "* exclude (casual, registered)"
    duckdb.sql(f"copy (select {columns} from '{site.bikes}' order by datetime) to '{site.new('bikes')}' (format parquet)")
    asked = Asked(train_until="2012-01-01", until="2013-01-01")
    found = site.rehearse("bikes", Choices(project="bikes", time="datetime"), "cnt", asked, _three_days_late)
    never = _overall(found, "never")
    yield from _as_good_as_the_better_way("bikes", found, SLACK_RMSE * never)


def year(site: Site) -> Iterator[Figure]:
    """A year of daily windows: how long the play of the policy lasts, with its first training and never retraining beside."""
    _write_year(site.new("year"), site.rows)
    asked = Asked(train_until="2023-01-01", ways=("policy", "never"))
    began = time.monotonic()
    found = site.rehearse("year", Choices(project="year", time="at", key=("id",)), "y", asked, _daily)
    seconds = time.monotonic() - began
    note = f"{found.story.predictions:,} rows, {DAYS} looks, {found.story.ways[0].retrains} retrains"
    yield Figure("rehearsal.year.seconds", seconds, "s", note, YEAR_SECONDS)
    for stage, lasted in found.seconds.items():
        yield Figure(f"rehearsal.year.{stage}", lasted, "s")


AREAS: Mapping[str, Callable[[Site], Iterator[Figure]]] = {"flights": flights, "bikes": bikes, "broken": broken, "year": year}


def _flights(site: Site, name: str, inject: tuple[str, ...]) -> Rehearsal:
    table = files(FLIGHTS) / "data" / "flights_2013.parquet"
    order = "scheduled_departure, carrier, flight, origin"
    chosen = f"select * from '{table}' qualify (row_number() over (order by {order}) - 1) % {site.speed} = 0 order by {order}"
    duckdb.sql(f"copy ({chosen}) to '{site.new(name)}' (format parquet)")
    key = ("flight_date", "carrier", "flight", "origin")
    choices = Choices(project=name, time="scheduled_departure", zone="America/New_York", key=key)
    ways = ("policy", "never") if inject else Asked().ways
    return site.rehearse(
        name, choices, "arr_late15", Asked(train_until="2013-04-01", inject=inject, ways=ways), _three_days_late
    )


def _three_days_late(spec: Spec) -> Spec:
    return replace(
        spec, data=replace(spec.data, label_delay="3d"), search=replace(spec.search, families=("baseline", "lightgbm"))
    )


def _daily(spec: Spec) -> Spec:
    """How long the first training takes is asked for, and no matter of the rehearsal: a third of what is proposed."""
    late = _three_days_late(spec)
    return replace(late, watch=replace(spec.watch, window="1d", every="1d"), search=replace(late.search, budget="20s"))


def _as_good_as_the_better_way(name: str, found: Rehearsal, slack: float) -> Iterator[Figure]:
    """The policy against the better of never and every window, its retrains, and its share of what could be won."""
    ways = {way.name: way for way in found.story.ways}
    metric = next(iter(found.story.titles))
    goal = found.story.goals[metric]
    better = (max if goal == "max" else min)(("never", "always"), key=lambda other: _overall(found, other))
    gap = next(gap.difference for gap in found.story.gaps if (gap.metric, gap.against) == (metric, better))
    said = f"lower end of the paired interval on {gap.n:,} rows against {ways[better].title}, the better of the two"
    yield Figure(f"rehearsal.{name}.{metric}.lower_end", gap.low, "", said, -slack, "higher")
    for way in found.story.ways:
        overall = way.overall[metric]
        yield Figure(f"rehearsal.{name}.{metric}.{way.name}", overall.value, "", way.title, low=overall.low, high=overall.high)
        yield Figure(f"rehearsal.{name}.retrains.{way.name}", way.retrains, "", way.title)
    half = ways["always"].retrains / 2
    yield Figure(f"rehearsal.{name}.retrains", ways["policy"].retrains, "", "at most half of every window's", half)
    closed = found.share.closed if found.share else None
    yield Figure(
        f"rehearsal.{name}.share_of_gap", closed, "", "of what the best moments would have won; the goal is a median of 0.6"
    )
    for stage, lasted in found.seconds.items():
        yield Figure(f"rehearsal.{name}.{stage}", lasted, "s")


def _overall(found: Rehearsal, way: str) -> float:
    metric = next(iter(found.story.titles))
    return next(one.overall[metric].value or 0.0 for one in found.story.ways if one.name == way)


def _write_year(path: Path, rows: int) -> None:
    """A quarter to learn from and a year to play, eight columns, whose outcome turns slowly."""
    random = np.random.default_rng(7)
    history = rows // 4
    day = np.sort(np.concatenate([random.uniform(-90, 0, history), random.uniform(0, DAYS, rows)]))
    columns = {f"x{i}": random.normal(size=len(day)) for i in range(6)}
    turned = np.clip(day / DAYS, 0, 1)
    score = columns["x0"] * (1 - turned) + columns["x1"] * turned + 0.5 * columns["x2"]
    y = (random.uniform(size=len(day)) < 1 / (1 + np.exp(-score))).astype(int)
    at = np.datetime64("2023-01-01T00:00:00", "us") + (day * 86_400_000_000).astype("timedelta64[us]")
    table = columns | {"id": np.arange(len(day)), "at": at, "kind": random.integers(0, 5, len(day)), "y": y}
    with duckdb.connect() as connection:
        connection.register("made", table)
        connection.execute(f"copy (select * from made) to '{path}' (format parquet)")


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit code whether a bar was missed."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="rehearsing-", dir=options.folder) as folder:
        site = Site(Path(folder), options.speed, options.rows, options.bikes, time.monotonic())
        figures = [figure for name, area in AREAS.items() if name in (options.only or AREAS) for figure in area(site)]
    return report(figures, as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description="Rehearse the default policy. Exits 1 where a bar is missed.")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--only", action="extend", nargs="+", choices=list(AREAS), metavar="AREA", help=", ".join(AREAS))
    options.add_argument("--speed", type=int, default=1, metavar="N", help="one flight in so many (default 1)")
    options.add_argument("--rows", type=int, default=300_000, metavar="N", help="rows of the year (default 300000)")
    options.add_argument(
        "--bikes", type=Path, default=BIKES, metavar="FILE", help="bike hire by the hour (default: the sample)"
    )
    options.add_argument("--folder", type=Path, metavar="DIR", help="where to work")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
