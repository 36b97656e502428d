"""Bike hire by the hour, as a project that lives through 2012 in seconds: trained on 2011, labels told three days late."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from millwright.loop.playing import DirectPlane, Happening, Player
from millwright.loop.propose import Choices
from millwright.loop.train import train
from millwright.loop.workshop import Workshop
from millwright.project import Project
from millwright.records.spec import Spec
from millwright.serve.inprocess import InProcess
from millwright.spec.write import write_spec
from millwright.stores.clock import FixedClock
from sample_projects import SAMPLES

START, END = datetime(2012, 1, 1, tzinfo=UTC), datetime(2012, 7, 1, tzinfo=UTC)
BROKEN = (datetime(2012, 5, 10, tzinfo=UTC), datetime(2012, 5, 24, tzinfo=UTC))
LABEL_DELAY = timedelta(days=3)
SENT = (
    "season", "mnth", "hr", "holiday", "weekday", "workingday", "weathersit", "temp", "hum", "windspeed", "datetime",
)  # fmt: skip


def bike_project(folder: Path, **changes: Any) -> Project:
    """The project, not trained yet. `changes` are sections of the spec."""
    where = f"from '{SAMPLES / 'bike_sharing.parquet'}' where datetime < timestamp '2012-01-01'"
    columns = f"{', '.join(SENT)}, cnt"
    duckdb.sql(f"copy (select {columns} {where}) to '{folder / 'bikes.parquet'}' (format parquet)")
    project = Project.init(
        "bikes.parquet", "cnt", at=folder / "millwright.yaml", choices=Choices(project="bikes", time="datetime")
    )
    spec = replace(project.spec, **{**sections(project.spec), **changes})
    project.path.write_text(write_spec(spec, {}))
    return Project(project.path)


def sections(spec: Spec) -> dict[str, Any]:
    """A policy that acts by itself and often, over windows of two weeks."""
    return {
        "search": replace(spec.search, budget="60s", families=("baseline", "linear")),
        "evaluate": replace(spec.evaluate, resamples=200),
        "release": replace(spec.release, mode="auto", shadow="7d", canary="7d", canary_share=0.3, min_rows=10),
        "watch": replace(spec.watch, window="14d", every="14d", label_maturity=f"{LABEL_DELAY.days}d"),
        "policy": replace(spec.policy, mode="auto", schedule="42d", cooldown="14d", min_labels=50),
        "retrain": replace(spec.retrain, holdout="42d", budget="600s"),  # no deadline cuts a fit short: plays are compared
    }


def at(project: Project, moment: datetime) -> Workshop:
    """The project's workshop on a clock that stands at a moment."""
    return replace(project.workshop, clock=FixedClock(moment))


def first_release(project: Project, moment: datetime = START) -> None:
    """Train as at a moment, New Year's Day for the bikes, and release whatever comes out."""
    outcome = train(at(project, moment), lambda _progress: None)
    if not outcome.released:
        from millwright.loop.releasing import promote

        promote(at(project, moment), outcome.version.name, reason="for the test", force=True)


def hours(*, broken: bool = True, until: datetime = END) -> Iterator[Happening]:
    """The hours of 2012 as traffic; for two weeks in May the weather feed delivers thousandths."""
    where = f"where datetime >= timestamp '2012-01-01' and datetime < timestamp '{until:%Y-%m-%d}' order by datetime"
    rows = duckdb.sql(f"select cnt, {', '.join(SENT)} from '{SAMPLES / 'bike_sharing.parquet'}' {where}").fetchall()
    for count, *cells in rows:
        row = dict(zip(SENT, cells, strict=True))
        moment = row["datetime"].replace(tzinfo=UTC)
        row["datetime"] = row["datetime"].isoformat()
        if broken and BROKEN[0] <= moment < BROKEN[1]:
            row |= {name: row[name] * 1000 for name in ("temp", "hum")}
        yield Happening(at=moment, row=row, value=count, told_at=moment + LABEL_DELAY)


def lived(project: Project, *, until: datetime = END, broken: bool = True) -> Player:
    """Play the hours through the data plane in this process, with the loop beside it."""
    inside = InProcess(project.workshop.home.root, project.workshop.trust)
    try:
        inside.look()
        player = Player(project.workshop, DirectPlane(inside, "bikes"))
        player.play(hours(broken=broken, until=until), START, until)
    finally:
        inside.close()
    return player
