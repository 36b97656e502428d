"""Windows by count and since the release: they cut the log without gaps, and live and played alike."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiosk import EVERY, at, changed, hours_of, live, tick_at, weeks
from kiosk_stages import Stages

from millwright.errors import SpecError
from millwright.loop.calendar import EPOCH, Bounds, filled
from millwright.loop.playing import DirectPlane, Happening, Player
from millwright.project import Project
from millwright.registry import watched
from millwright.serve.inprocess import InProcess
from millwright.spec.alarm_budget import parse_alarm_budget

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ROWS = 100
WATCH = {"rows": ROWS, "window": "28d"}


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@given(st.lists(st.integers(0, 500), max_size=80), st.integers(1, 9), st.integers(1, 120), st.integers(0, 600))
def test_windows_by_count_cut_the_log_without_gaps(seconds: list[int], rows: int, longest: int, now: int) -> None:
    """Each row before the last end is in exactly one window; none but a window that took its whole time has fewer rows than it
    should, and none would have been full before its last moment."""
    moments = np.sort(np.array([micros(BEGIN + s * SECOND) for s in seconds if s <= now], dtype=np.int64))
    found = filled(moments, rows, BEGIN, longest * SECOND, BEGIN + now * SECOND)
    counts = [int(((moments >= micros(w.start)) & (moments < micros(w.end))).sum()) for w in found]
    assert all(a.end == b.start for a, b in pairwise(found))
    assert all(w.end <= BEGIN + now * SECOND for w in found)
    for window, count in zip(found, counts, strict=True):
        last = micros(window.end) - 1
        before = int(((moments >= micros(window.start)) & (moments < last)).sum())
        assert before < rows
        assert count >= rows or window.end - window.start == longest * SECOND


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(2, 9), st.integers(0, 300))
def test_looking_often_or_once_gives_the_same_windows(seconds: list[int], rows: int, between: int) -> None:
    moments = np.sort(np.array([micros(BEGIN + s * SECOND) for s in seconds], dtype=np.int64))

    def until(begin: datetime, now: int) -> tuple[Bounds, ...]:
        there = moments[(moments >= micros(begin)) & (moments <= micros(BEGIN + now * SECOND))]
        return filled(there, rows, begin, 100 * SECOND, BEGIN + now * SECOND)

    first = until(BEGIN, between)
    again = until(first[-1].end if first else BEGIN, 300)
    assert (*first, *again)[-5:] == until(BEGIN, 300)[-5:]


def windows_of(project: Project) -> list[tuple[datetime, datetime, int]]:
    with project.workshop.catalogue.read() as view:
        looks = watched.page(view, project.spec.project)
    return [(look.window.start, look.window.end, look.window.predictions) for look in reversed(looks)]


def played(project: Project, until: float) -> None:
    happenings: Iterator[Happening] = (
        Happening(at=datetime.fromisoformat(row["at"]), row=row, value=sold, told_at=None)
        for row, sold in hours_of(weeks(0), weeks(until))
    )
    shop = at(project, weeks(0))
    inside = InProcess(shop.home.root, shop.trust)
    try:
        Player(shop, DirectPlane(inside, shop.project), at_once=7).play(happenings, weeks(0), weeks(until))
    finally:
        inside.close()


@pytest.fixture
def by_count(stages: Stages, tmp_path: Path) -> Project:
    return changed(stages.copy("opened", tmp_path / "kiosk"), watch=WATCH, policy={"mode": "advise", "schedule": None})


def test_live_and_played_windows_are_the_same(by_count: Project, stages: Stages, tmp_path: Path) -> None:
    """Live: two ticks, neither of which comes when a window ends. Played: a tick at each end."""
    live(by_count, weeks(0), weeks(2), labels=False)
    tick_at(by_count, weeks(2))
    live(by_count, weeks(2), weeks(6), labels=False)
    tick_at(by_count, weeks(6))
    other = changed(stages.copy("opened", tmp_path / "other"), watch=WATCH, policy={"mode": "advise", "schedule": None})
    played(other, 6)
    found = windows_of(by_count)
    assert [rows for _, _, rows in found] == [ROWS] * 3
    assert found[0][1] == weeks(0) + (ROWS - 1) * EVERY + timedelta(microseconds=1)
    assert windows_of(other) == found
    with other.workshop.catalogue.read() as view:
        assert all(look.window.known_at == look.window.end for look in watched.page(view, "kiosk")), "ticked when it was full"


def test_whichever_is_full_first_ends_a_window(by_count: Project) -> None:
    """Eight rows a day: a hundred take twelve days and a half, and a window of ten days ends before."""
    project = changed(by_count, watch={"window": "10d"})
    live(project, weeks(0), weeks(4), labels=False)
    outcome = tick_at(project, weeks(4))
    assert [look.window.end - look.window.start for look in outcome.watched] == [timedelta(days=10)] * 2
    assert [look.window.predictions for look in outcome.watched] == [80, 80]


def test_windows_spend_the_budget_as_time_passes_however_fast_rows_come() -> None:
    budget = parse_alarm_budget("1 per quarter")
    for hours in (1, 24, 100):
        looks = 91.3125 * 24 / hours
        assert budget.level(timedelta(hours=hours)) * looks == pytest.approx(0.5)


def test_a_cumulative_window_begins_at_the_release(stages: Stages, tmp_path: Path) -> None:
    project = changed(
        stages.copy("opened", tmp_path / "kiosk"), watch={"cumulative": True, "every": "7d"}, policy={"schedule": None}
    )
    for week in (1, 2, 3):
        live(project, weeks(week - 1), weeks(week), labels=False)
        tick_at(project, weeks(week))
    assert windows_of(project) == [(weeks(0), weeks(n), 56 * n) for n in (1, 2, 3)]


def test_count_and_release_do_not_go_together(by_count: Project) -> None:
    with pytest.raises(SpecError, match=r"watch\.rows"):
        _ = changed(by_count, watch={"cumulative": True}).spec
