"""A kiosk that sells ice: a small world whose rules a test may change from one week to the next.

Sales follow the warmth; `turned` sales fall with it, so that a version that has learnt the one is surely wrong on the other.
Where that version is live, labels so turned would be held for flipped ones: there sales only hardly follow it (`LOOSE`).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from millwright.loop.material import Material
from millwright.loop.playing import DirectPlane
from millwright.loop.sealing import seal_logs
from millwright.loop.tick import TickOutcome, tick
from millwright.loop.train import train
from millwright.loop.workshop import Workshop
from millwright.predictions.window import Logs
from millwright.project import Project
from millwright.records.data import Snapshot
from millwright.records.running import Run
from millwright.records.spec import DataSpec, EvaluateSpec, PolicySpec, ReleaseSpec, RetrainSpec, SearchSpec, Spec, WatchSpec
from millwright.registry import runs
from millwright.serve.inprocess import InProcess
from millwright.spec.write import write_spec
from millwright.stores.clock import FixedClock

START = datetime(2024, 1, 4, tzinfo=UTC)
"""A Thursday, as 1 January 1970 was: windows of a week end on the same day."""

WEEK, DAY = timedelta(days=7), timedelta(days=1)
EVERY = timedelta(hours=3)
LABEL_DELAY = DAY
TURNED, LOOSE = -4.0, -1.0
"""How much sales change with each degree once they turned."""
Change = Callable[[dict[str, Any]], dict[str, Any]]


def unchanged(row: dict[str, Any]) -> dict[str, Any]:
    return row


def in_thousandths(row: dict[str, Any]) -> dict[str, Any]:
    """What a broken feed sends."""
    return row | {"warmth": row["warmth"] * 1000}


def weeks(number: float) -> datetime:
    return START + number * WEEK


def hours_of(
    start: datetime, end: datetime, turned_from: datetime | None = None, turned: float = TURNED
) -> Iterator[tuple[dict[str, Any], float]]:
    """What was asked in [start, end), and what came true. The same times give the same rows."""
    for i in range((start - START) // EVERY, (end - START) // EVERY):
        moment = START + i * EVERY
        draw = np.random.default_rng([7, i + 100_000])
        warmth = round(float(draw.normal(15, 5)), 2)
        slope = 4 if turned_from is None or moment < turned_from else turned
        row = {"id": f"sale-{i}", "at": moment.isoformat(), "warmth": warmth, "square": f"square {i % 3}"}
        yield row, round(float(100 + slope * (warmth - 15) + 10 * (i % 3) + draw.normal(0, 4)), 2)


def kiosk(folder: Path, **changes: Any) -> Project:
    """The project, not trained yet, with 75 days of history. `changes` are sections of the spec."""
    write_history(folder / "sales.csv")
    spec = replace(
        Spec(
            project="kiosk",
            data=DataSpec(
                source="sales.csv", target="sold", task="regression", time="at", key=("id",), label_delay="1d", zone="UTC"
            ),
            search=SearchSpec(budget="10m", trials=4, families=("baseline",)),
            evaluate=EvaluateSpec(resamples=100),
            release=ReleaseSpec(shadow="7d", canary="7d", canary_share=0.1, min_rows=2),
            watch=WatchSpec(window="7d", every="7d"),
            policy=PolicySpec(mode="auto", retrain_on=(), schedule="14d", cooldown="70d", min_labels=20),
            retrain=RetrainSpec(search="anew", holdout="14d"),
        ),
        **changes,
    )
    (folder / "millwright.yaml").write_text(write_spec(spec, {}))
    return Project(folder)


def write_history(path: Path, until: datetime = START, *, days: float = 75) -> None:
    """The source: the days before `until`."""
    lines = [f"{','.join(map(str, row.values()))},{sold}" for row, sold in hours_of(until - days * DAY, until)]
    path.write_text("id,at,warmth,square,sold\n" + "\n".join(lines) + "\n")


def changed(project: Project, **sections: Any) -> Project:
    """The same project with some settings of its sections changed: changed(project, policy={"mode": "auto"})."""
    spec = project.spec
    for name, settings in sections.items():
        spec = replace(spec, **{name: replace(getattr(spec, name), **settings)})
    project.path.write_text(write_spec(spec, {}))
    return Project(project.path)


def at(project: Project, moment: datetime) -> Workshop:
    """The project's workshop on a clock that stands at a moment."""
    return replace(project.workshop, clock=FixedClock(moment))


def opened(project: Project) -> Project:
    """Train as on the opening day and release it by a person's word. Its next version may be a linear one, which passes."""
    from millwright.loop.releasing import promote

    outcome = train(at(project, START), lambda _progress: None)
    promote(at(project, START), outcome.version.name, reason="opening day", force=True)
    return changed(project, search={"families": ("linear",)})


def live(
    project: Project,
    start: datetime,
    end: datetime,
    *,
    turned_from: datetime | None = None,
    turned: float = TURNED,
    change: Change = unchanged,
    labels: bool = True,
) -> None:
    """Live through [start, end) with nobody ticking: each row asked when it happened, each label told a day later."""
    inside = InProcess(project.workshop.home.root, project.workshop.trust)
    plane = DirectPlane(inside, project.spec.project)
    try:
        inside.look()
        for row, sold in hours_of(start - LABEL_DELAY, end, turned_from, turned):
            moment = datetime.fromisoformat(row["at"])
            if moment >= start:
                plane.predict({"rows": [change(row)], "at": row["at"]})
            if labels and START <= moment < end - LABEL_DELAY:
                tell(plane, project, row, sold)
    finally:
        inside.close()
    seal_logs(project.workshop, end)  # as the keeper does beside a server


def tell(plane: DirectPlane, project: Project, row: dict[str, Any], sold: float) -> None:
    """Tell what came true, by the row's key."""
    moment = datetime.fromisoformat(row["at"])
    key = {name: row[name] for name in project.spec.data.key}
    plane.label([{"key": key, "value": sold, "at": (moment + LABEL_DELAY).isoformat()}])


def tick_at(project: Project, moment: datetime) -> TickOutcome:
    """A tick at a moment."""
    return tick(at(project, moment))


def learnt_from(project: Project, as_of: datetime, *broken: tuple[datetime, datetime]) -> Snapshot:
    """What a retrain at `as_of` would learn from; each time it is another one."""
    shop = at(project, as_of)
    with shop.catalogue.write() as tx:
        name = f"retrain-kiosk-{1000 + len(runs.page(tx, 'kiosk', limit=100))}"
        begun = {"project": "kiosk", "spec": "", "state": "running", "as_of": as_of, "started_at": as_of, "actor": "policy"}
        run = runs.start(tx, Run(**begun, id=name, finished_at=None, reason="", version=None))
    return Material(Logs.of(shop.home.root), broken).take(shop, run)
