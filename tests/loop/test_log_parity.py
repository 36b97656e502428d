"""What was logged is answered again: the same to the bit, or it is said which answers are not."""

from pathlib import Path

import pytest
from kiosk import at, changed, live, tick_at, weeks
from kiosk_stages import Stages

from millwright.loop.parity import COMPARED, parity, parity_on
from millwright.loop.releasing import publish
from millwright.models.scorer import Scorer
from millwright.predictions.window import Logs, Wanted, window
from millwright.project import Project
from millwright.records.watching import Parity

ALL = 10_000


@pytest.fixture
def lived(stages: Stages, tmp_path: Path) -> Project:
    """Two weeks of sales, unwatched."""
    return stages.copy("retrain", tmp_path / "kiosk")


def of_weeks(project: Project, start: float, end: float, limit: int = ALL) -> Parity:
    return parity(at(project, weeks(end)), weeks(start), weeks(end), limit)


def test_every_answer_comes_out_the_same(lived: Project) -> None:
    found = of_weeks(lived, 0, 2)
    assert (found.predictions, found.rows, found.unequal, found.cannot) == (112, 112, 0, ())
    (only,) = found.versions
    assert (only.version, only.vector, only.output, only.example) == (1, 0.0, 0.0, None)


def test_a_sample_is_taken_at_equal_steps(lived: Project) -> None:
    found = of_weeks(lived, 0, 2, limit=10)
    assert (found.predictions, found.rows) == (112, 10)


def test_nothing_asked_is_nothing_to_answer(lived: Project) -> None:
    found = of_weeks(lived, 50, 51)
    assert (found.predictions, found.rows, found.versions) == (0, 0, ())


def test_each_version_is_asked_for_its_own_answers(stages: Stages, tmp_path: Path) -> None:
    found = of_weeks(stages.copy("promote", tmp_path / "kiosk"), 0, 4)
    assert [one.version for one in found.versions] == [1, 2], "the canary answered some of the keys"
    assert found.unequal == 0


def test_an_answer_that_differs_is_named_and_found_by_the_loop(lived: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scorer that is off by one bit of the output, as after a change of a library."""
    answers = Scorer.row

    def off(self: Scorer, cells: object) -> list[float]:
        return [value * (1 + 2**-52) for value in answers(self, cells)]  # type: ignore[arg-type]

    monkeypatch.setattr(Scorer, "row", off)
    found = of_weeks(lived, 0, 2)
    (only,) = found.versions
    assert only.unequal > 50
    assert 0 < only.output < 1e-9
    assert only.vector == 0
    assert only.example
    outcome = tick_at(changed(lived, policy={"schedule": None}), weeks(2))
    (finding,) = [f for f in outcome.findings if f.check == "parity"]
    assert (finding.kind, finding.changes[0].now > 50) == ("serving", True)
    assert "see `mw parity`" in finding.sentence
    assert not [d for d in outcome.decisions if d.action == "rollback"]


@pytest.mark.parametrize(("flag", "unequal"), [("range:id", 0), ("range:warmth", 112)])
def test_keys_that_were_flagged_in_older_logs_are_no_difference(lived: Project, flag: str, unequal: int) -> None:
    shop = at(lived, weeks(2))
    wanted = Wanted(columns=COMPARED)
    seen, rows = window(Logs.of(shop.home.root), shop.project, weeks(0), weeks(2), as_of=weeks(2), wanted=wanted)
    rows["flags"][:] = flag
    assert parity_on(shop, seen, rows).unequal == unequal


def test_what_the_log_hides_cannot_be_answered_again(lived: Project) -> None:
    hiding = changed(lived, log={"redact": ("warmth",)})
    found = of_weeks(hiding, 0, 2)
    assert (found.rows, found.unequal) == (0, 0)
    assert found.cannot == ("v1 cannot be asked again: the log holds warmth hashed",)


@pytest.mark.parametrize("hidden", ["at", "square"])
def test_a_column_that_was_hidden_for_a_time_raises_no_alarm(stages: Stages, tmp_path: Path, hidden: str) -> None:
    """While it is hidden no version can be asked again; once it is not, the rows of that time prove nothing."""
    hiding = changed(stages.copy("opened", tmp_path / "kiosk"), log={"redact": (hidden,)}, policy={"schedule": None})
    publish(at(hiding, weeks(0)))
    live(hiding, weeks(0), weeks(1))
    while_hidden = of_weeks(hiding, 0, 1)
    assert (while_hidden.rows, while_hidden.cannot) == (0, (f"v1 cannot be asked again: the log holds {hidden} hashed",))
    assert not [f for f in tick_at(hiding, weeks(1)).findings if f.check == "parity"]
    after = of_weeks(changed(hiding, log={"redact": ()}), 0, 1)
    assert after.unequal == 0
    assert after.cannot == ("56 rows of v1: they seem to hold hashed values, from when a column was hidden",)


def test_a_key_may_be_hidden(stages: Stages, tmp_path: Path) -> None:
    hiding = changed(stages.copy("opened", tmp_path / "kiosk"), log={"redact": ("id",)})
    publish(at(hiding, weeks(0)))
    live(hiding, weeks(0), weeks(1))
    found = of_weeks(hiding, 0, 1)
    assert (found.rows, found.unequal, found.cannot) == (56, 0, ())


def test_a_look_answers_a_sample_again_and_keeps_what_came_out(lived: Project) -> None:
    (watched,) = tick_at(changed(lived, policy={"schedule": None}), weeks(2)).watched
    assert watched.parity is not None
    assert (watched.parity.rows, watched.parity.unequal) == (56, 0)
