"""What labels tell, from a process beside the look: the same, and where it is gone or fails the look does it itself."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kiosk import DAY, at, weeks
from kiosk_stages import Stages

from millwright.loop.calendar import Bounds
from millwright.loop.came_true import CameTrue
from millwright.loop.labels_beside import LabelsBeside, labels_of
from millwright.loop.tick import tick
from millwright.loop.workshop import Workshop
from millwright.stores.clock import FixedClock

WEEK = Bounds(weeks(6) - 7 * DAY, weeks(6))


@pytest.fixture
def shop(stages: Stages, tmp_path: Path) -> Workshop:
    """Six weeks after the first release, a week after a second."""
    return at(stages.copy("rollback", tmp_path / "kiosk"), weeks(6))


@pytest.fixture
def beside(shop: Workshop) -> Iterator[LabelsBeside]:
    with LabelsBeside(shop) as process:
        yield process


def test_it_tells_what_the_look_would_find_itself(shop: Workshop, beside: LabelsBeside) -> None:
    ends = [weeks(6) - day * DAY for day in range(4)]
    told = [beside.begin(Bounds(end - 7 * DAY, end), end)() for end in ends]
    here = [labels_of(replace(shop, clock=FixedClock(end)), Bounds(end - 7 * DAY, end)) for end in ends]
    assert told == here
    assert all(one.judged is not None and one.judged.harm is not None for one in here)


def test_a_look_with_it_writes_down_what_one_without_it_does(stages: Stages, tmp_path: Path) -> None:
    alone, pair = (at(stages.copy("rollback", tmp_path / name), weeks(6)) for name in ("alone", "pair"))
    first = tick(alone)
    told: list[CameTrue | None] = []

    class Kept(LabelsBeside):
        def begin(self, bounds, now):  # type: ignore[no-untyped-def]
            later = super().begin(bounds, now)
            return lambda: told.append(later()) or told[-1]

    with Kept(pair) as beside:
        second = tick(replace(pair, beside=beside))
    assert [one.quality for one in first.watched] == [one.quality for one in second.watched] != []
    assert [one.sentence for one in first.findings] == [one.sentence for one in second.findings] != []
    assert [(one.action, one.reason) for one in first.decisions] == [(one.action, one.reason) for one in second.decisions]
    assert [one is not None for one in told] == [True] * len(second.watched)


def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next(shop: Workshop, beside: LabelsBeside) -> None:
    earlier = weeks(6) - 3 * DAY
    beside.begin(Bounds(earlier - 7 * DAY, earlier), earlier)
    assert beside.begin(WEEK, weeks(6))() == labels_of(shop, WEEK)


def test_where_it_died_the_look_goes_on_alone(shop: Workshop, beside: LabelsBeside) -> None:
    assert beside._process is not None
    beside._process.kill()
    beside._process.wait()
    assert beside.begin(WEEK, weeks(6))() is None
    assert beside.begin(WEEK, weeks(6))() is None
    here = labels_of(shop, WEEK).judged
    assert here is not None
    assert tick(replace(shop, beside=beside)).watched[-1].quality == here.quality


def test_what_fails_there_is_told_as_nothing_and_it_lives_on(shop: Workshop, beside: LabelsBeside) -> None:
    later = beside.begin(WEEK, weeks(6))
    assert isinstance(later(), CameTrue)
    for path in sorted(shop.home.packages.rglob("*.json")):
        path.chmod(0o600)
        path.write_text("broken")
    assert beside.begin(WEEK, weeks(6))() is None
    assert beside._process is not None
    assert beside._process.poll() is None


def test_it_ends_when_it_is_left(shop: Workshop) -> None:
    with LabelsBeside(shop) as beside:
        process = beside._process
        assert process is not None
        assert process.poll() is None
    assert process.poll() is not None
    assert beside.begin(WEEK, weeks(6))() is None
