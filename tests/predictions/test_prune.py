"""What is old is deleted by whole sealed days: all of a day or nothing of it, also where the deleter is killed."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from killed import Mortals, mortals
from millwright.predictions.layout import hour_name
from millwright.predictions.log import lines_of
from millwright.predictions.prune import PruneOrder, plan_prune, prune
from millwright.predictions.pruned import PruneRound, mark_path, pruned_before, read_mark
from millwright.predictions.seal import seal
from millwright.predictions.segments import SegmentSet
from millwright.predictions.tables import LABELS
from millwright.predictions.window import Logs, window

from .conftest import T0, make_label, make_prediction, write

DAY = timedelta(days=1)
MIDNIGHT = T0 - timedelta(hours=12)
END = MIDNIGHT + 9 * DAY


def lived(home: Path) -> Logs:
    """Five days with four predictions each and their labels a day later, sealed."""
    logs = Logs.of(home)
    asked = [make_prediction(60 * 6 * i, key=f"k{i}") for i in range(-2, 18)]
    told = [make_label(60 * 6 * i + 24 * 60, prediction_id=each.id) for i, each in zip(range(-2, 18), asked, strict=True)]
    write(logs, asked, told)
    seal_both(logs)
    return logs


def seal_both(logs: Logs) -> None:
    seal(logs.predictions, "flights", END)
    seal(logs.labels, "flights", END, table=LABELS)


def order(before: datetime) -> PruneOrder:
    return PruneOrder(project="flights", before=before, keep="2d", actor="ann", at=END)


def days(root: Path) -> list[str]:
    return sorted(path.name.removeprefix("day=2013-06-0") for path in root.glob("*/day=*"))


def seen(logs: Logs) -> tuple[int, int]:
    """How many predictions a window over all time has, and how many of them are labelled."""
    found = window(logs, "flights", MIDNIGHT, END, as_of=END)[0]
    return found.predictions, found.labelled


def test_whole_days_up_to_the_moment_are_deleted_from_both_logs_and_told(tmp_path: Path) -> None:
    logs = lived(tmp_path)
    assert (days(logs.predictions), days(logs.labels)) == (list("12345"), list("23456"))
    planned = plan_prune(logs, order(MIDNIGHT + 2.9 * DAY))
    assert (days(logs.predictions), seen(logs)) == (list("12345"), (20, 20)), "a plan deletes nothing"
    found = prune(logs, order(MIDNIGHT + 2.9 * DAY))
    assert found == planned
    assert found is not None
    assert (found.start, found.end) == (MIDNIGHT, MIDNIGHT + 2 * DAY)
    assert (found.predictions, found.labels) == (8, 4)
    assert (days(logs.predictions), days(logs.labels)) == (list("345"), list("3456"))
    assert pruned_before(logs.predictions, "flights") == pruned_before(logs.labels, "flights") == found.end
    assert seen(logs) == (12, 12)
    assert prune(logs, order(MIDNIGHT + 2.9 * DAY)) is None


def test_each_round_adds_to_the_mark(tmp_path: Path) -> None:
    logs = lived(tmp_path)
    rounds = [prune(logs, order(MIDNIGHT + at * DAY)) for at in (1, 3)]
    mark = read_mark(logs.predictions, "flights")
    assert mark is not None
    assert mark.rounds == tuple(rounds)
    assert mark.before == MIDNIGHT + 3 * DAY


def test_a_day_that_is_not_sealed_and_what_comes_after_it_stay(tmp_path: Path) -> None:
    logs = lived(tmp_path)
    held = SegmentSet(logs.labels, 0, 7)
    late = make_label(24 * 60)
    held.append("flights", hour_name(late.known_at), lines_of([late]))
    found = prune(logs, order(END))
    assert found is not None
    assert found.end == MIDNIGHT + DAY
    assert days(logs.predictions) == list("2345")
    held.close()
    seal_both(logs)
    assert prune(logs, order(END)) is not None
    assert days(logs.predictions) == days(logs.labels) == []


def test_rows_that_come_for_a_day_that_was_deleted_are_deleted_in_the_next_round_and_counted(tmp_path: Path) -> None:
    logs = lived(tmp_path)
    prune(logs, order(MIDNIGHT + 3 * DAY))
    write(logs, [make_prediction(1)], [], start=2)
    assert seen(logs) == (8, 8), "older than what is kept, sealed or not"
    seal_both(logs)
    found = prune(logs, order(MIDNIGHT + 3 * DAY))
    assert found is not None
    assert (found.predictions, found.labels, found.start) == (1, 0, MIDNIGHT)
    assert days(logs.predictions) == list("45")


def test_where_there_is_no_log_nothing_is_done(tmp_path: Path) -> None:
    assert prune(Logs.of(tmp_path), order(END)) is None
    assert list(tmp_path.iterdir()) == []


KILLED = """
from datetime import datetime
from pathlib import Path
from millwright.predictions.prune import PruneOrder, prune
from millwright.predictions.window import Logs
from millwright.stores.durable import arm

def act(home, before, at, setting):
    arm(setting)
    moments = [datetime.fromisoformat(text) for text in (before, at)]
    prune(Logs.of(Path(home)), PruneOrder(project="flights", before=moments[0], keep="2d", actor="ann", at=moments[1]))
"""


def killed(pruners: Mortals, home: Path, setting: str) -> int:
    done = pruners.act(home, (MIDNIGHT + 2 * DAY).isoformat(), END.isoformat(), setting)
    assert done.returncode in (0, -9)
    return done.returncode


@pytest.mark.slow
def test_killed_at_any_instant_the_log_has_all_or_nothing_of_the_days_and_the_next_round_ends_it(tmp_path: Path) -> None:
    with mortals(KILLED, Path(__file__).parent) as pruners:
        killed_at_each_point(pruners, tmp_path)


def killed_at_each_point(pruners: Mortals, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    lived(tmp_path / "eve")
    shutil.copytree(tmp_path / "eve", tmp_path / "whole")
    assert killed(pruners, tmp_path / "whole", f"trace:{trace}") == 0
    points = trace.read_text().splitlines()
    assert len(points) > 10
    for number, point in enumerate(points, 1):
        shutil.copytree(tmp_path / "eve", home := tmp_path / f"killed-{number}")
        logs = Logs.of(home)
        assert killed(pruners, home, f"kill:{number}") == -9, point
        marked = mark_path(logs.predictions, "flights").exists()
        assert seen(logs) == ((12, 12) if marked else (20, 20)), point
        again = prune(logs, order(MIDNIGHT + 2 * DAY))
        assert (again is None) == marked, point
        assert (days(logs.predictions), days(logs.labels)) == (list("345"), list("3456")), point
        (found,) = _rounds(logs)
        assert (found.predictions, found.labels) == (8, 4), point


def _rounds(logs: Logs) -> tuple[PruneRound, ...]:
    mark = read_mark(logs.predictions, "flights")
    assert mark is not None
    return mark.rounds
