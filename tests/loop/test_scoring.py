"""Was it right? Decisions of the kiosk held against the labels that came later."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kiosk import DAY, LOOSE, live, tick_at, weeks
from kiosk_stages import Stages

from millwright.loop.scoring import _fork
from millwright.records.deciding import Decision
from millwright.records.release import Release
from millwright.records.scoring import Scored

HORIZON = timedelta(days=28)
T0 = datetime(2026, 1, 1, tzinfo=UTC)


def at(day: float) -> datetime:
    return T0 + timedelta(days=day)


def decision(number: int, action: str, day: float, version: int | None = None, **more: Any) -> Decision:
    given = {"actor": "policy", "rule": "", "reason": "", "evidence": {}, "mode": "auto", **more}
    return Decision(number=number, project="p", action=action, version=version, event_at=at(day), known_at=at(day), **given)


def release(number: int, action: str, version: int, day: float, challenger: int | None = None) -> Release:
    return Release(
        project="p", number=number, version=version, package="a" * 64, payload_digest="b" * 64, actor="policy", reason="",
        action=action, forced=False, event_at=at(day), known_at=at(day), challenger=challenger,
        share=None if challenger is None else 0.0,
    )  # fmt: skip


RELEASED = (
    release(1, "promote", 1, 0),
    release(2, "shadow", 1, 10, challenger=2),
    release(3, "promote", 2, 20),
    release(4, "rollback", 1, 30),
)


@pytest.mark.parametrize(
    ("one", "following", "chosen", "instead", "days"),
    [
        (decision(1, "promote", 20, 2), (), 2, 1, (20, 30)),
        (decision(1, "rollback", 30, 1), (), 1, 2, (30, 58)),
        (decision(1, "promote", 0, 1), (), 1, None, (0, 20)),
        (decision(1, "abort", 35, 3), (), 1, 3, (35, 63)),
        (decision(1, "refuse", 25, 3), (), 2, 3, (25, 30)),
        (decision(1, "hold", 12, 1), (), 1, 2, (12, 20)),
        (decision(1, "hold", 25, 2), (), 2, None, (25, 30)),
        (decision(1, "retrain", 9), (decision(2, "shadow", 10, 2, of=1),), 2, 1, (20, 30)),
        (decision(1, "retrain", 31), (decision(2, "refuse", 31, 3, of=1),), None, 3, (31, 59)),
    ],
    ids=lambda one: one.action if isinstance(one, Decision) else None,
)
def test_what_a_decision_chose_between(
    one: Decision, following: tuple[Decision, ...], chosen: int | None, instead: int | None, days: tuple[int, int]
) -> None:
    fork = _fork(one, following, RELEASED, HORIZON)
    assert (fork.chosen, fork.instead) == (chosen, instead)
    assert (fork.start, fork.end) == (at(days[0]), at(days[1]))
    assert bool(fork.without) == (chosen is None or instead is None)


def test_a_promotion_after_which_the_world_turned_is_proved_wrong_and_its_rollback_right(
    stages: Stages, tmp_path: Path
) -> None:
    project = stages.copy("rollback", tmp_path / "kiosk")
    assert "rollback" in [one.action for one in tick_at(project, weeks(6)).decisions]
    live(project, weeks(6), weeks(8), turned_from=weeks(4), turned=LOOSE)
    scored: dict[int, Scored] = {}
    while (one := tick_at(project, weeks(10) + 2 * DAY).scored) is not None:
        assert one.decision not in scored, "each is scored once"
        scored[one.decision] = one
    made = {one.number: one for one in project.decisions(50)}
    by_action = {(made[number].action, made[number].version): one for number, one in scored.items()}
    promoted, back = by_action["promote", 2], by_action["rollback", 1]
    assert (promoted.chosen, promoted.instead, promoted.proved) == (2, 1, "wrong")
    assert (back.chosen, back.instead, back.proved) == (1, 2, "right")
    assert promoted.comparison is not None
    assert promoted.comparison.difference.n > 30
    assert project.scores(scored) == scored
    lines = "\n".join(project.explain(back.decision).lines)
    assert "Was it right? Right, on what was answered from" in lines
    assert back.sentence in lines
