"""The rows of a retrain: those of the source, the log, or both; none that was known later, broken, or there already."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from kiosk import DAY, EVERY, START, at, changed, hours_of, kiosk, learnt_from, live, tick_at, weeks, write_history
from kiosk_stages import Stages

from millwright.data.columns import MISSING_DATE
from millwright.errors import DataRefused
from millwright.loop.material import usable_rows
from millwright.loop.playing import DirectPlane
from millwright.loop.train import train
from millwright.predictions.layout import to_microseconds
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.data import Snapshot
from millwright.registry import steps
from millwright.serve.inprocess import InProcess

HISTORY = 75 * 8
"""Rows of the source: one every three hours."""


def moments(project: Project, snapshot: Snapshot) -> list[datetime]:
    """When the rows with a label happened, in order."""
    found: list[datetime] = []
    for part in snapshot.parts:
        path = project.workshop.blobs.local(part.digest)
        query = 'select cast("at" as timestamp) from read_parquet(?) where sold is not null order by 1'
        found += [moment.replace(tzinfo=START.tzinfo) for (moment,) in duckdb.execute(query, [str(path)]).fetchall()]
    return sorted(found)


@pytest.fixture
def two_weeks(stages: Stages, tmp_path: Path) -> Project:
    """Two weeks after the opening; the labels of the last day are not told yet."""
    return stages.copy("retrain", tmp_path / "kiosk")


@pytest.mark.parametrize(
    ("data", "first", "rows"),
    [("source", weeks(0) - 75 * DAY, HISTORY), ("log", START, 13 * 8), ("both", weeks(0) - 75 * DAY, HISTORY + 13 * 8)],
)
def test_each_choice_gives_the_rows_it_should(two_weeks: Project, data: str, first: datetime, rows: int) -> None:
    snapshot = learnt_from(changed(two_weeks, retrain={"data": data}), weeks(2))
    seen = moments(two_weeks, snapshot)
    assert (snapshot.rows, len(seen), len(set(seen))) == (rows, rows, rows)
    assert seen[0] == first
    assert seen[-1] == (START - EVERY if data == "source" else weeks(2) - DAY - EVERY)
    assert ("the prediction log" in snapshot.sources) == (data != "source")


@pytest.mark.parametrize("data", ["source", "log", "both"])
@pytest.mark.parametrize("days", [0.5, 3, 7.25])
def test_nothing_known_after_the_as_of_time_gets_in(two_weeks: Project, data: str, days: float) -> None:
    write_history(two_weeks.path.parent / "sales.csv", weeks(3))
    as_of = START + days * DAY
    project = changed(two_weeks, retrain={"data": data})
    if data == "log" and days < 1:
        with pytest.raises(DataRefused, match="no logged request has a label yet"):
            learnt_from(project, as_of)
        return
    seen = moments(project, learnt_from(project, as_of))
    assert seen[-1] <= as_of - DAY, "a label is known a day later"
    assert len(seen) == len(set(seen))


def test_where_the_source_goes_on_the_log_follows_after_it(two_weeks: Project) -> None:
    write_history(two_weeks.path.parent / "sales.csv", weeks(1), days=82)
    seen = moments(two_weeks, learnt_from(two_weeks, weeks(2)))
    assert len(seen) == len(set(seen)) == HISTORY + 13 * 8


def test_times_of_broken_data_are_left_out_of_the_log(two_weeks: Project) -> None:
    broken = (START + 2 * DAY, START + 4 * DAY)
    seen = moments(two_weeks, learnt_from(two_weeks, weeks(2), broken))
    assert len(seen) == HISTORY + 11 * 8
    assert not [moment for moment in seen if broken[0] <= moment < broken[1]]


def test_what_was_asked_twice_counts_once(two_weeks: Project) -> None:
    inside = InProcess(two_weeks.workshop.home.root, two_weeks.workshop.trust)
    try:
        inside.look()
        plane = DirectPlane(inside, "kiosk")
        for row, _ in hours_of(START, START + DAY):
            later = datetime.fromisoformat(row["at"]) + timedelta(hours=1)
            plane.predict({"rows": [row], "at": later.isoformat()})
    finally:
        inside.close()
    assert learnt_from(changed(two_weeks, retrain={"data": "log"}), weeks(2)).rows == 13 * 8


def test_rows_without_a_key_stand_for_themselves_and_the_first_of_each_key_counts() -> None:
    keys = np.array([None, None, "a", "a", "b", "b"], dtype=object)
    known = np.array([1, 1, 1, 1, MISSING_DATE, 1], dtype=np.int64)
    event = np.array([to_microseconds(START) + i for i in range(6)], dtype=np.int64)
    columns: dict[str, Any] = {"key": keys, "label_known_at": known, "event_at": event}
    assert usable_rows(columns, START - DAY, ()).tolist() == [True, True, True, False, False, True]
    assert usable_rows(columns, START, ()).tolist() == [False, True, True, False, False, True]


def test_a_day_that_was_sent_twice_is_learnt_from_once() -> None:
    """Without a key: the same values with the same time of their own, asked a day later. At once, or without a time, they may
    be two things that are alike."""
    requests = ['{"at":"2024-01-01","x":1}'] * 3 + ['{"at":null,"x":1}', '{"x":1}', '{"x":1}', '{"at":"2024-01-02","x":1}']
    event = np.array(
        [to_microseconds(START + hours * timedelta(hours=1)) for hours in (0, 1, 24, 24, 0, 24, 24)], dtype=np.int64
    )
    columns: dict[str, Any] = {
        "key": np.full(7, None, dtype=object),
        "label_known_at": np.ones(7, dtype=np.int64),
        "event_at": event,
        "request": np.array(requests, dtype=object),
    }
    assert usable_rows(columns, START - DAY, (), "at").tolist() == [True, True, False, True, True, True, True]
    assert usable_rows(columns, START - DAY, ()).all()
    assert usable_rows(columns | {"key": np.array(list("abcdefg"), dtype=object)}, START - DAY, (), "at").all()


def test_the_loop_leaves_the_weeks_out_that_it_found_broken(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")
    assert [decision.action for decision in tick_at(project, weeks(1)).decisions] == ["hold"]
    live(project, weeks(1), weeks(3))
    decided = tick_at(changed(project, search={"families": ("baseline",)}), weeks(3)).decisions
    begun = next(decision for decision in decided if decision.action == "retrain")
    assert begun.evidence["broken"] == [[weeks(0).isoformat(), weeks(1).isoformat()]]
    shop = project.workshop
    with shop.catalogue.read() as view:
        taken = next(step for step in steps.of_run(view, f"retrain-kiosk-{begun.number}") if step.name == "snapshot")
    snapshot = from_json(Snapshot, shop.blobs.get(taken.output))
    assert snapshot.rows == HISTORY + 13 * 8
    assert not [moment for moment in moments(project, snapshot) if weeks(0) <= moment < weeks(1)]


def test_a_log_without_labels_adds_nothing_and_alone_is_refused(tmp_path: Path) -> None:
    project = kiosk(tmp_path)
    train(at(project, START), lambda _progress: None)
    assert learnt_from(project, weeks(1)).rows == HISTORY
    with pytest.raises(DataRefused, match="no logged request has a label yet") as refused:
        learnt_from(changed(project, retrain={"data": "log"}), weeks(1))
    assert "retrain.data: both" in refused.value.fix
