"""Slices of the inputs: each level looked at by itself, from profiles that are kept, at a bounded share of the level."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from kiosk import DAY, at, changed, in_thousandths, live, tick_at, weeks
from kiosk_stages import Stages

from millwright.data.column_profile import numbers_in
from millwright.loop.kept_days import window_profile
from millwright.loop.opened import live_version, open_model
from millwright.project import Project
from millwright.records.data import Profile


@pytest.fixture
def squares(stages: Stages, tmp_path: Path) -> Project:
    """Looks at the last fortnight and at each of the three squares in it."""
    return changed(
        stages.copy("opened", tmp_path / "kiosk"),
        watch={"slices": ("square", "warmth"), "window": "14d", "every": "7d"},
        policy={"mode": "advise", "schedule": None},
    )


def profile(project: Project, start: float, end: float) -> Profile:
    shop = at(project, weeks(end))
    version = live_version(shop)
    assert version is not None
    found = window_profile(shop, open_model(shop, version).contract, weeks(start), weeks(end), "x")
    assert found is not None
    return found


def test_slices_of_a_column_come_to_the_whole(squares: Project) -> None:
    """Whether days are kept or read from their rows: each row is in one slice, and sums are those of the whole."""
    live(squares, weeks(0), weeks(2), labels=False)
    for _ in range(2):
        found = profile(squares, 0, 2)
        assert [(one.column, one.level) for one in found.slices] == [("square", f"square {i}") for i in range(3)]
        assert sum(one.rows for one in found.slices) == found.rows
        (whole,) = [column for column in found.columns if column.name == "warmth"]
        parts = [column for one in found.slices for column in one.columns if column.name == "warmth"]
        assert sum(map(numbers_in, parts)) == numbers_in(whole)
        assert sum((part.mean or 0) * part.count for part in parts) == pytest.approx((whole.mean or 0) * whole.count)
        tick_at(squares, weeks(2))


def test_a_change_in_one_square_is_found_there_and_only_there(squares: Project) -> None:
    """One square of three comes in another unit, in the fifth and sixth week."""

    def one_square(row: dict[str, Any]) -> dict[str, Any]:
        return row | {"warmth": row["warmth"] + 40} if row["square"] == "square 1" else row

    live(squares, weeks(0), weeks(4), labels=False)
    before = tick_at(squares, weeks(4))
    assert not [finding for finding in before.findings if finding.slice]
    live(squares, weeks(4), weeks(6), change=one_square, labels=False)

    found = [finding for finding in tick_at(squares, weeks(6)).findings if finding.slice]
    assert {finding.slice for finding in found} == {'square is "square 1"'}
    assert all(finding.sentence.startswith('where square is "square 1": warmth') for finding in found)
    assert any("28 live days before" in finding.sentence for finding in found)
    onsets = [change.onset for finding in found for change in finding.changes if change.check == "drift"]
    assert onsets
    assert all(one is not None and one.earliest <= weeks(4) <= one.latest <= weeks(4) + 2 * DAY for one in onsets)


def test_a_fault_of_one_square_is_dated_by_the_hour_by_what_that_square_was_asked(squares: Project) -> None:
    live(squares, weeks(0), weeks(4), labels=False)
    tick_at(squares, weeks(4))
    noon = weeks(4) + 1.5 * DAY

    def broken(row: dict[str, Any]) -> dict[str, Any]:
        late = datetime.fromisoformat(row["at"]) >= noon and row["square"] == "square 1"
        return in_thousandths(row) if late else row

    live(squares, weeks(4), weeks(6), change=broken, labels=False)
    faults = [f for f in tick_at(squares, weeks(6)).findings if f.slice and f.check == "unit"]
    assert {(fault.kind, fault.slice) for fault in faults} == {("data_fault", 'square is "square 1"')}
    onsets = [change.onset for fault in faults for change in fault.changes]
    assert all(one is not None and one.earliest <= noon <= one.latest <= one.earliest + DAY / 2 for one in onsets)


def test_what_cannot_be_judged_is_said(squares: Project) -> None:
    live(squares, weeks(0), weeks(1), labels=False)
    (look,) = tick_at(squares, weeks(1)).watched
    said = [line for line in look.cannot if "slice" in line]
    assert said == [
        "slices of warmth: it is no category of the model whose levels the contract lists and the log shows",
        *(f'slice square "square {i}": {rows} rows are too few' for i, rows in zip(range(3), (19, 19, 18), strict=True)),
    ]
