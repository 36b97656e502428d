"""Windows by count and since the release: they cut the log without gaps, and live and played alike."""

import json
import os
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
from numpy.typing import NDArray

from millwright.errors import SpecError
from millwright.live import sentences
from millwright.loop.calendar import EPOCH, Bounds, Count, filled
from millwright.loop.live_days import live_before
from millwright.loop.opened import live_version, open_model
from millwright.loop.playing import DirectPlane, Happening, Player
from millwright.loop.steward_state import steward_file
from millwright.loop.windows import step_of
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.watching import Detectors
from millwright.registry import watched
from millwright.serve.inprocess import InProcess
from millwright.spec.alarm_budget import parse_alarm_budget
from millwright.stores.durable import write_atomic

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)
ROWS = 100
WATCH = {"rows": ROWS, "window": "28d"}


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def arriving(seconds: list[int], until: int = 500) -> NDArray[np.int64]:
    return np.sort(np.array([micros(BEGIN + s * SECOND) for s in seconds if s <= until], dtype=np.int64))


def rows_in(moments: NDArray[np.int64], start: datetime, end: datetime) -> int:
    return int(((moments >= micros(start)) & (moments < micros(end))).sum())


@given(st.lists(st.integers(0, 500), max_size=80), st.integers(1, 9), st.integers(1, 120), st.integers(0, 600))
def test_windows_by_count_cut_the_log_without_gaps(seconds: list[int], rows: int, longest: int, now: int) -> None:
    """Each row before the last end is in exactly one window; none but a window that took its whole time has fewer rows than it
    should, and none would have been full before its last moment."""
    moments = arriving(seconds, now)
    found = filled(moments, Count(rows, rows, longest * SECOND), BEGIN, BEGIN, BEGIN + now * SECOND)
    assert all(a.end == b.start for a, b in pairwise(found))
    assert all(w.end <= BEGIN + now * SECOND and w.new == w.end - w.start for w in found)
    for window in found:
        assert rows_in(moments, window.start, window.end - TICK) < rows
        assert rows_in(moments, window.start, window.end) >= rows or window.end - window.start == longest * SECOND


@given(st.lists(st.integers(0, 500), max_size=80), st.integers(1, 9), st.integers(0, 8), st.integers(1, 120))
def test_sliding_windows_hold_the_newest_rows_and_leave_none_out(
    seconds: list[int], every: int, more: int, longest: int
) -> None:
    moments, rows = arriving(seconds), every + more
    found = filled(moments, Count(rows, every, longest * SECOND), BEGIN, BEGIN, BEGIN + 600 * SECOND)
    for window in found:
        assert window.since is not None
        new = rows_in(moments, window.since, window.end)
        assert new >= every or window.new == longest * SECOND, "it ends after so many new rows, or after its time"
        assert rows_in(moments, window.since, window.end - TICK) < every, "and no later"
        assert max(BEGIN, window.end - longest * SECOND) <= window.start <= window.since
        held = rows_in(moments, window.start, window.end)
        assert held >= min(rows, rows_in(moments, max(BEGIN, window.end - longest * SECOND), window.end))
        # more than it should hold there are only where several came at the moment at which it, or the part that is new, begins
        assert held <= rows or rows_in(moments, window.start + TICK, window.end) < rows or window.start == window.since
    assert all(a.end == b.since for a, b in pairwise(found))


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(1, 9), st.integers(0, 9), st.integers(0, 300))
def test_looking_often_or_once_gives_the_same_windows(seconds: list[int], every: int, more: int, between: int) -> None:
    moments, count = arriving(seconds), Count(every + more, every, 100 * SECOND)

    def until(looked: datetime, now: int) -> tuple[Bounds, ...]:
        since = max(looked - count.longest, BEGIN)
        there = moments[(moments >= micros(since)) & (moments <= micros(BEGIN + now * SECOND))]
        return filled(there, count, looked, BEGIN, BEGIN + now * SECOND)

    first = until(BEGIN, between)
    again = until(first[-1].end if first else BEGIN, 300)
    assert (*first, *again)[-5:] == until(BEGIN, 300)[-5:]


@given(st.lists(st.integers(0, 200), min_size=20, max_size=60), st.lists(st.integers(0, 99), max_size=9))
def test_late_rows_do_not_move_when_windows_end(seconds: list[int], late: list[int]) -> None:
    """Rows that come after a look, of the time before it: the ends after it follow from what came after it."""
    count, looked = Count(12, 4, 50 * SECOND), BEGIN + 100 * SECOND
    on_time = filled(arriving(seconds), count, looked, BEGIN, BEGIN + 300 * SECOND)
    with_late = filled(arriving([*seconds, *late]), count, looked, BEGIN, BEGIN + 300 * SECOND)
    assert [w.end for w in with_late] == [w.end for w in on_time]
    assert all(a.start <= b.start for a, b in zip(on_time, with_late, strict=True)), "more rows reach back less far"


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


def test_sliding_windows_are_the_same_live_and_played(by_count: Project, stages: Stages, tmp_path: Path) -> None:
    """A look every 50 rows over the newest 100: each but the first overlaps the one before by half."""
    sliding = changed(by_count, watch={"every_rows": 50})
    live(sliding, weeks(0), weeks(2), labels=False)
    tick_at(sliding, weeks(2))
    live(sliding, weeks(2), weeks(4), labels=False)
    outcome = tick_at(sliding, weeks(4))
    other = changed(
        stages.copy("opened", tmp_path / "other"),
        watch={**WATCH, "every_rows": 50},
        policy={"mode": "advise", "schedule": None},
    )
    played(other, 4)
    found = windows_of(sliding)
    assert [rows for _, _, rows in found] == [50, 100, 100, 100]
    assert [after[0] - before[0] for before, after in pairwise(found[1:])] == [50 * EVERY] * 2
    assert windows_of(other) == found
    (last, detectors) = outcome.watched[-1], from_json(Detectors, sliding.workshop.blobs.get(outcome.watched[-1].detectors))
    assert last.window.predictions == 100
    assert detectors.windows == 2, "small changes are gathered over windows that do not overlap"
    shop = at(sliding, weeks(4))
    lived = live_before(shop, open_model(shop, live_version(shop)).contract, last.window.end, 10)
    assert [period.rows for period in lived.periods] == [100, 100], "and so are what is usual"
    assert step_of(sliding.spec.watch, Bounds(last.window.start, last.window.end, found[-2][1])) == 50 * EVERY


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


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        ({"rows": None, "every_rows": 500}, "add rows: 2000"),
        ({"rows": 500, "every_rows": 501}, "write 500 or fewer"),
    ],
)
def test_how_often_windows_by_count_end_must_make_sense(by_count: Project, watch: dict[str, int], said: str) -> None:
    with pytest.raises(SpecError, match=rf"watch\.every_rows(.|\n)*{said}"):
        _ = changed(by_count, watch=watch).spec


def test_the_next_window_by_count_may_end_sooner_than_said(by_count: Project) -> None:
    """`mw status` says when it ends at the latest."""
    state = {"pid": os.getpid(), "at": f"{weeks(1):%FT%T%z}", "next_look": f"{weeks(4):%FT%T%z}", "mode": "auto", "error": None}
    for told, words in ((True, "2024-02-01 00:00 UTC or sooner"), (False, "2024-02-01 00:00 UTC (")):
        write_atomic(
            steward_file(by_count.workshop.home, "kiosk"),
            json.dumps({**state, **({"may_be_sooner": True} if told else {})}).encode(),
        )
        assert f"the next ends at {words}" in "\n".join(sentences(by_count.status()))
