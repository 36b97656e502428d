"""Logged rows by month: each is written once, in the order of the log, and again where a label of it is another."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from kiosk import DAY, START, changed, hours_of, learnt_from, live, weeks
from kiosk_stages import Stages

from millwright.loop import log_parts
from millwright.loop.playing import DirectPlane
from millwright.predictions.window import Logs, window
from millwright.project import Project
from millwright.records.data import Part
from millwright.serve.inprocess import InProcess

FEBRUARY = START.replace(month=2, day=1)
JANUARY_ROWS = (FEBRUARY - START) // DAY * 8
LABELLED = 34 * 8
"""Of five weeks, whose last day is not labelled yet: one row every three hours."""


@pytest.fixture
def five_weeks(stages: Stages, tmp_path: Path) -> Project:
    """Five weeks after the opening, which was in January; what is learnt from is the log alone."""
    project = changed(stages.copy("retrain", tmp_path / "kiosk"), retrain={"data": "log"})
    live(project, weeks(2), weeks(5))
    return project


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were written, each time."""
    seen: list[int] = []
    write = log_parts.write_labelled

    def counted(path: Path, requests: Any, *given: Any, **settings: Any) -> int:
        seen.append(len(requests))
        return write(path, requests, *given, **settings)

    monkeypatch.setattr(log_parts, "write_labelled", counted)
    return seen


def parts(project: Project) -> tuple[Part, ...]:
    """The parts of a retrain's rows, five weeks after the opening."""
    return learnt_from(project, weeks(5)).parts


def sold(project: Project, found: tuple[Part, ...]) -> list[float]:
    """What was sold, row by row."""
    paths = [project.workshop.blobs.local(part.digest) for part in found]
    return [value for path in paths for (value,) in duckdb.execute("select sold from read_parquet(?)", [str(path)]).fetchall()]


def test_a_month_is_a_part_and_all_of_them_are_the_log(five_weeks: Project) -> None:
    found = parts(five_weeks)
    assert [part.rows for part in found] == [JANUARY_ROWS, LABELLED - JANUARY_ROWS]
    logs = Logs.of(five_weeks.workshop.home.root)
    _, rows = window(logs, "kiosk", START, weeks(5), as_of=weeks(5))
    assert sold(five_weeks, found) == [value for value in rows["label"].tolist() if value is not None]


def test_what_is_as_it_was_is_not_written_again(five_weeks: Project, written: list[int]) -> None:
    first = parts(five_weeks)
    assert written == [JANUARY_ROWS, LABELLED - JANUARY_ROWS]
    assert parts(five_weeks) == first
    assert len(written) == 2
    five_weeks.workshop.blobs.drop(first[0].digest)
    assert parts(five_weeks) == first
    assert written[2:] == [JANUARY_ROWS]


def test_another_label_is_another_part_of_its_month_alone(five_weeks: Project, written: list[int]) -> None:
    first = parts(five_weeks)
    inside = InProcess(five_weeks.workshop.home.root, five_weeks.workshop.trust)
    try:
        inside.look()
        row, _ = next(iter(hours_of(START + DAY, weeks(5))))
        told = {"key": {"id": row["id"]}, "value": 1.0, "at": (weeks(5) - DAY).isoformat()}
        assert DirectPlane(inside, "kiosk").label([told])
    finally:
        inside.close()
    second = parts(five_weeks)
    assert second[1:] == first[1:]
    assert second[0] != first[0]
    assert written[2:] == [JANUARY_ROWS]
    others = [(old, new) for old, new in zip(sold(five_weeks, first), sold(five_weeks, second), strict=True) if old != new]
    assert [new for _, new in others] == [1.0]


def test_without_a_key_the_requests_tell_what_was_asked_again_and_the_rows_are_the_same(five_weeks: Project) -> None:
    keyless = changed(five_weeks, data={"key": ()})
    assert [part.digest for part in parts(keyless)] == [part.digest for part in parts(five_weeks)]
