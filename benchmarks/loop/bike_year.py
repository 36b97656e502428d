"""Bike hire by the hour: a project trained on 2011 that lives through 2012 in this process, labels told three days late."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from millwright.app import read_settings
from millwright.loop.playing import DirectPlane, Happening, Played, Player
from millwright.loop.propose import Choices
from millwright.loop.releasing import promote
from millwright.loop.train import train
from millwright.loop.ways import Outcomes, gaps_of, outcomes_of, ways_of
from millwright.loop.workshop import Workshop
from millwright.project import Project
from millwright.records.replaying import Gap, Way
from millwright.records.spec import Spec
from millwright.serve.inprocess import InProcess
from millwright.spec.write import write_spec
from millwright.stores.clock import FixedClock

if TYPE_CHECKING:
    from site_of_run import Site

SAMPLE = Path(__file__).parents[2] / "tests" / "data" / "samples" / "bike_sharing.parquet"
TARGET, TIME = "cnt", "datetime"
START, END = datetime(2012, 1, 1, tzinfo=UTC), datetime(2013, 1, 1, tzinfo=UTC)
LABEL_DELAY = timedelta(days=3)
SENT = (
    "season", "mnth", "hr", "holiday", "weekday", "workingday", "weathersit", "temp", "hum", "windspeed", TIME,
)  # fmt: skip
SHOWN = ("rmse",)
LOOKS_A_WINDOW = 2


@dataclass(frozen=True, slots=True)
class Year:
    """What came of the year: how many hours were played, and the ways with their gaps."""

    rows: int
    ways: tuple[Way, ...]
    gaps: tuple[Gap, ...]


def live_through(site: "Site") -> Year:
    """Train on 2011, play 2012 with the loop beside it, and ask what simpler ways would have answered."""
    folder = site.new("bikes")
    table = shutil.copy(site.asked.bikes or SAMPLE, folder / "hours.parquet")
    project = _project(site, folder, Path(table))
    site.say("bikes: training on 2011")
    _first_release(project)
    site.say("bikes: playing 2012")
    played = _play(project, Path(table))
    site.say(f"bikes: {played.predictions:,} hours played; now the simpler ways")
    return _compared(site, project, played)


def _project(site: "Site", folder: Path, table: Path) -> Project:
    rows = f"select {', '.join(SENT)}, {TARGET} from '{table}' where {TIME} < timestamp '{START:%Y-%m-%d}'"
    duckdb.sql(f"copy ({rows}) to '{folder / 'bikes.parquet'}' (format parquet)")
    choices, settings = Choices(project="bikes", time=TIME), read_settings(site.in_one_thread)
    project = Project.init("bikes.parquet", TARGET, at=folder / "millwright.yaml", choices=choices, settings=settings)
    project.path.write_text(write_spec(_spec(project.spec), {}))
    return Project(project.path, settings=settings)


def _spec(spec: Spec) -> Spec:
    """A policy that acts by itself: a look every week at two weeks, a week in shadow and a week as a canary."""
    return replace(
        spec,
        search=replace(spec.search, budget="60s"),
        release=replace(spec.release, mode="auto", shadow="7d", canary="7d", canary_share=0.3, min_rows=10),
        watch=replace(spec.watch, window="14d", every="7d", label_maturity=f"{LABEL_DELAY.days}d"),
        policy=replace(spec.policy, mode="auto", schedule="42d", cooldown="14d", min_labels=50),
        retrain=replace(spec.retrain, holdout="28d", budget="60s"),
    )


def _at(project: Project, moment: datetime) -> Workshop:
    return replace(project.workshop, clock=FixedClock(moment))


def _first_release(project: Project) -> None:
    """Train as on New Year's Day, and have something live whatever the gates say."""
    outcome = train(_at(project, START), lambda _progress: None)
    if not outcome.released:
        promote(_at(project, START), outcome.version.name, reason="to be measured", force=True)


def _play(project: Project, table: Path) -> Played:
    """Through the data plane in this process."""
    inside = InProcess(project.workshop.home.root, project.workshop.trust)
    try:
        inside.look()
        player = Player(project.workshop, DirectPlane(inside, project.spec.project))
        return player.play(_hours(table), START, END)
    finally:
        inside.close()


def _hours(table: Path) -> Iterator[Happening]:
    where = f"where {TIME} >= timestamp '{START:%Y-%m-%d}' and {TIME} < timestamp '{END:%Y-%m-%d}' order by {TIME}"
    with duckdb.connect() as connection:
        rows = connection.execute(f"select {TARGET}, {', '.join(SENT)} from '{table}' {where}").fetchall()
    for count, *cells in rows:
        row = dict(zip(SENT, cells, strict=True))
        moment = row[TIME].replace(tzinfo=UTC)
        yield Happening(at=moment, row=row | {TIME: row[TIME].isoformat()}, value=count, told_at=moment + LABEL_DELAY)


def _compared(site: "Site", project: Project, played: Played) -> Year:
    spec = project.spec
    looks = [watched.window.end for tick in played.ticks for watched in tick.watched]
    windows = looks[LOOKS_A_WINDOW - 1 :: LOOKS_A_WINDOW]
    retrains = sum(decision.action == "retrain" for tick in played.ticks for decision in tick.decisions)
    outcomes: Outcomes = outcomes_of(_at(project, END), START, END, windows, retrains, lambda line: site.say(f"bikes: {line}"))
    judged = spec.evaluate.confidence, spec.evaluate.resamples, spec.split.seed
    return Year(
        rows=len(outcomes.y),
        ways=ways_of(outcomes, SHOWN, spec.data.zone, *judged),
        gaps=gaps_of(outcomes, SHOWN, spec.data.zone, *judged),
    )
