"""What earlier decisions mean for the next one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from millwright.loop.history import History
from millwright.loop.steward_state import EXPIRES
from millwright.policy.trials import LIKELY, UNTRIED
from millwright.records.deciding import Decision

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def a_decision(number: int, action: str, days_ago: float = 0, **more: Any) -> Decision:
    at = NOW - days_ago * DAY
    given = {
        "version": None,
        "actor": "policy",
        "rule": "",
        "reason": "",
        "evidence": {"case": f"case {number}"},
        "mode": "auto",
    }
    return Decision(number=number, project="trips", action=action, event_at=at, known_at=at, **{**given, **more})


def history(*decisions: Decision) -> History:
    return History(sorted(decisions, key=lambda d: -d.number))


def test_cases_stand_until_something_else_goes_live() -> None:
    past = history(a_decision(1, "hold"), a_decision(2, "promote"), a_decision(3, "hold"), a_decision(4, "retrain"))
    assert past.standing() == {"case 2", "case 3", "case 4"}


def test_an_advised_promotion_changed_nothing() -> None:
    past = history(a_decision(1, "hold"), a_decision(2, "rollback", mode="advise"))
    assert past.standing() == {"case 1", "case 2"}


def test_a_decision_waits_until_it_is_answered_or_expires() -> None:
    asked = a_decision(1, "shadow", days_ago=1, mode="approve")
    assert history(asked).waiting(NOW) == asked
    assert history(asked, a_decision(2, "decline", of=1, mode=None)).waiting(NOW) is None
    old = a_decision(1, "shadow", days_ago=EXPIRES / DAY, mode="approve")
    assert history(old).waiting(NOW) is None


def test_what_was_approved_is_carried_out_once() -> None:
    asked, yes = a_decision(1, "shadow", mode="approve"), a_decision(2, "approve", of=1, mode=None)
    assert history(asked).approved() is None
    assert history(asked, yes).approved() == asked
    assert history(asked, a_decision(2, "decline", of=1, mode=None)).approved() is None
    assert history(asked, yes, a_decision(3, "shadow", of=1)).approved() is None


def test_a_retrain_is_open_until_something_is_decided_on_what_it_made() -> None:
    begun = a_decision(1, "retrain")
    assert history(begun).open_retrain() == begun
    assert history(begun, a_decision(2, "refuse", of=1)).open_retrain() is None
    assert history(a_decision(1, "retrain", mode="advise")).open_retrain() is None


def test_advice_counts_for_the_cooldown_too() -> None:
    past = history(a_decision(1, "retrain", days_ago=9), a_decision(2, "retrain", days_ago=3, mode="advise"))
    assert past.last_retrain() == NOW - 3 * DAY
    assert history().last_retrain() is None


def test_a_retrain_made_a_better_model_where_that_was_not_refused() -> None:
    past = history(
        a_decision(1, "retrain", days_ago=9),
        a_decision(2, "refuse", of=1),
        a_decision(3, "recalibrate", days_ago=5),
        a_decision(4, "shadow", of=3),
        a_decision(5, "retrain", mode="approve"),
        a_decision(6, "retrain", days_ago=1),
    )
    assert [(one.at, one.better) for one in past.retrained()] == [
        (NOW - DAY, None), (NOW - 5 * DAY, True), (NOW - 9 * DAY, False),
    ]  # fmt: skip


def test_what_was_refused_as_only_likely_better_is_known_as_that() -> None:
    past = history(
        a_decision(1, "retrain", days_ago=9),
        a_decision(2, "refuse", of=1, rule=LIKELY),
        a_decision(3, "retrain", days_ago=5),
        a_decision(4, "refuse", of=3, rule="another"),
    )
    assert [(one.better, one.likely) for one in past.retrained()] == [(False, False), (False, True)]


def test_a_retrain_that_had_too_little_time_says_nothing_of_a_better_model() -> None:
    past = history(a_decision(1, "retrain", days_ago=9), a_decision(2, "refuse", of=1, rule=UNTRIED))
    assert [one.better for one in past.retrained()] == [None]


def test_only_the_newest_pause_of_the_policy_is_its_to_end() -> None:
    paused = a_decision(1, "pause")
    assert history(paused).paused_by_policy()
    assert not history(paused, a_decision(2, "resume")).paused_by_policy()
    by_person = a_decision(3, "pause", mode=None, actor="ada")
    assert not history(paused, by_person).paused_by_policy()
    assert not history().paused_by_policy()
