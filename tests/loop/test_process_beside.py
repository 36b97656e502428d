"""Work in a process beside: its results are the same, and where it is gone or fails whoever asked does it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kiosk import DAY, at, weeks
from kiosk_stages import Stages

from millwright.data.snapshot import take_snapshot
from millwright.loop import prove
from millwright.loop.beside import Beside
from millwright.loop.calendar import Bounds
from millwright.loop.came_true import CameTrue, labels_of
from millwright.loop.tick import tick
from millwright.loop.workshop import Workshop
from millwright.records.watching import Parity
from millwright.stores.clock import FixedClock

WEEK = Bounds(weeks(6) - 7 * DAY, weeks(6))


@pytest.fixture
def shop(stages: Stages, tmp_path: Path) -> Workshop:
    """Six weeks after the first release, a week after a second."""
    return at(stages.copy("rollback", tmp_path / "kiosk"), weeks(6))


@pytest.fixture
def beside(shop: Workshop) -> Iterator[Beside]:
    with Beside(shop) as process:
        yield process


def test_it_tells_what_the_look_would_find_itself(shop: Workshop, beside: Beside) -> None:
    ends = [weeks(6) - day * DAY for day in range(4)]
    told = [beside.begin(labels_of, end, Bounds(end - 7 * DAY, end))() for end in ends]
    here = [labels_of(replace(shop, clock=FixedClock(end)), Bounds(end - 7 * DAY, end)) for end in ends]
    assert told == here
    assert all(one.judged is not None and one.judged.harm is not None for one in here)


def test_a_look_with_it_writes_down_what_one_without_it_does(stages: Stages, tmp_path: Path) -> None:
    alone, pair = (at(stages.copy("rollback", tmp_path / name), weeks(6)) for name in ("alone", "pair"))
    first = tick(alone)
    told: list[object] = []

    class Kept(Beside):
        def begin(self, *asked, **named):  # type: ignore[no-untyped-def]
            later = super().begin(*asked, **named)
            return lambda: told.append(later()) or told[-1]

    with Kept(pair) as beside:
        second = tick(replace(pair, beside=beside))
    assert [one.quality for one in first.watched] == [one.quality for one in second.watched] != []
    assert [one.sentence for one in first.findings] == [one.sentence for one in second.findings] != []
    assert [(one.action, one.reason) for one in first.decisions] == [(one.action, one.reason) for one in second.decisions]
    assert [one.parity for one in first.watched] == [one.parity for one in second.watched] != []
    assert [type(one) for one in told] == [CameTrue, Parity] * len(second.watched)


def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next(shop: Workshop, beside: Beside) -> None:
    earlier = weeks(6) - 3 * DAY
    beside.begin(labels_of, earlier, Bounds(earlier - 7 * DAY, earlier))
    assert beside.begin(labels_of, weeks(6), WEEK)() == labels_of(shop, WEEK)


def test_two_things_are_asked_at_once_however_much_has_to_be_said(shop: Workshop, beside: Beside) -> None:
    large = [bytes([number]) * (1 << 20) for number in range(3)]
    told = [beside.begin(getattr, weeks(6), "nothing", content) for content in large]
    assert [one() for one in told] == large


def test_where_it_died_the_look_goes_on_alone(shop: Workshop, beside: Beside) -> None:
    assert beside._process is not None
    beside._process.kill()
    beside._process.wait()
    assert beside.begin(labels_of, weeks(6), WEEK)() is None
    assert beside.begin(labels_of, weeks(6), WEEK)() is None
    here = labels_of(shop, WEEK).judged
    assert here is not None
    assert tick(replace(shop, beside=beside)).watched[-1].quality == here.quality


def test_what_it_cannot_read_ends_it_and_nobody_waits(shop: Workshop, beside: Beside) -> None:
    process = beside._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.write(b"no pickle at all")
    assert beside.begin(labels_of, weeks(6), WEEK)() is None


def test_what_fails_there_is_told_as_nothing_and_it_lives_on(shop: Workshop, beside: Beside) -> None:
    later = beside.begin(labels_of, weeks(6), WEEK)
    assert isinstance(later(), CameTrue)
    for path in sorted(shop.home.packages.rglob("*.json")):
        path.chmod(0o600)
        path.write_text("broken")
    assert beside.begin(labels_of, weeks(6), WEEK)() is None
    assert beside._process is not None
    assert beside._process.poll() is None


def test_a_module_of_the_folder_we_are_in_is_none_of_its_own(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with Beside(shop) as beside:
        assert beside.begin(labels_of, weeks(6), WEEK)() == labels_of(shop, WEEK)


def test_it_ends_when_it_is_left(shop: Workshop) -> None:
    with Beside(shop) as beside:
        process = beside._process
        assert process is not None
        assert process.poll() is None
    assert process.poll() is not None
    assert beside.begin(labels_of, weeks(6), WEEK)() is None


def test_the_rows_of_a_retrain_are_profiled_there_and_checked_here(
    shop: Workshop, beside: Beside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = shop.spec.data
    snapshot = take_snapshot(data, base=shop.base, blobs=shop.blobs, as_of=weeks(6), staging=tmp_path / "staging")
    contract = prove.settle_contract(shop, snapshot)
    alone = prove._LookedAt(shop, snapshot, contract)
    profile, checks = alone.profile(), alone.checks()
    together = prove._LookedAt(replace(shop, beside=beside), snapshot, contract)
    with monkeypatch.context() as patch:
        patch.setattr(prove, "profile_snapshot", lambda *_: pytest.fail("profiled here"))
        assert together.profile() == profile
    monkeypatch.setattr(prove, "check_data", lambda *_: pytest.fail("checked twice"))
    assert together.checks() == checks
    assert beside._process is not None
    beside._process.kill()
    monkeypatch.undo()
    assert prove._LookedAt(replace(shop, beside=beside), snapshot, contract).profile() == profile, (
        "where it died, it is made here"
    )
