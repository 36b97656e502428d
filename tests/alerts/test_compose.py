"""From news to alerts: one for each matter, with what was decided about it and the way to the rows."""

import shlex
from dataclasses import replace
from datetime import timedelta

import pytest
from alert_samples import DAY, NOW, a_decision, a_finding, an_alert
from hypothesis import given
from hypothesis import strategies as st

from millwright.alerts.buttons import buttons_of
from millwright.alerts.causes import gone, of_finding
from millwright.alerts.compose import alerts_of, brought_up_to_date
from millwright.alerts.evidence import rows_of
from millwright.alerts.rows import rows_to_look_at
from millwright.records.alerting import AlertEntry
from millwright.records.causing import Cause
from millwright.records.deciding import Action, Change, Loss, Mode, Onset


def test_a_decision_is_told_with_the_finding_it_stands_on_and_as_severe() -> None:
    worse = a_finding("concept", "worse_than_before", sentence="v3 does worse (since 1 March 2026)")
    back = a_decision("rollback", version=2, reason=worse.sentence, evidence={"findings": [worse.id]})
    (alert,) = alerts_of((worse,), (back,), NOW)
    assert (alert.about, alert.severity, alert.decision, alert.findings) == ("finding", "page", back, (worse,))
    assert alert.title == "v3 does worse than the version before"
    assert alert.action == "the policy rolled back to v2"


def test_what_was_decided_says_no_sentence_twice() -> None:
    fault = a_finding("data_fault", "unit", sentence="warmth changed its unit: x1000")
    hold = a_decision(
        "hold", version=1, reason=f"nothing is learnt from broken data: {fault.sentence}", evidence={"findings": [fault.id]}
    )
    assert an_alert(fault, decided=(hold,)).action == "the policy holds v1: nothing is learnt from broken data"


def test_what_was_gathered_is_not_said_in_standard_errors() -> None:
    gathered = Change(column="warmth", check="slow_drift", was=1, now=2, unit="mean", effect=1, evidence=95.2, limit=13)
    (row,) = rows_of(an_alert(a_finding(check="slow_drift", changes=(gathered,))))
    assert row.sure == "evidence 95.2 (told where all average 13)"
    (row,) = rows_of(an_alert(a_finding(changes=(replace(gathered, check="drift", evidence=-7.5),))))
    assert row.sure == "7.5 standard errors (limit 13)"


def test_a_decision_that_stands_on_several_findings_is_told_once() -> None:
    two = (a_finding(id="a"), a_finding("data_fault", "unit", id="b"))
    hold = a_decision("hold", evidence={"findings": ["b", "a"]})
    first, second = alerts_of(two, (hold,), NOW)
    assert (first.decision, second.decision) == (None, hold)


def test_a_decision_that_stands_on_nothing_new_is_told_alone() -> None:
    (alert,) = alerts_of((), (a_decision("retrain"),), NOW)
    assert (alert.about, alert.severity, alert.title) == ("decision", "alarm", "the policy retrains")
    assert alert.sentence == "the policy retrains: policy.schedule is 14d"


SAID: list[tuple[Action, Mode | None, str, str]] = [
    ("shadow", "approve", "policy", "shadow v5 waits for your yes"),
    ("retrain", "advise", "policy", "retrain v5 is advised"),
    ("promote", None, "ada", "ada promoted v5"),
]


@pytest.mark.parametrize(("action", "mode", "actor", "title"), SAID)
def test_it_says_who_did_it_or_who_is_waited_for(action: Action, mode: Mode | None, actor: str, title: str) -> None:
    (alert,) = alerts_of((), (a_decision(action, mode=mode, actor=actor, version=5),), NOW)
    assert alert.title == title


def test_a_persons_word_to_the_policy_is_no_news() -> None:
    words: tuple[Action, ...] = ("approve", "decline", "pause", "resume")
    assert alerts_of((), [a_decision(action, actor="ada", mode=None) for action in words], NOW) == []


def test_the_same_news_makes_the_same_alerts() -> None:
    again = a_finding(event_at=NOW + DAY, id="later")
    assert an_alert(a_finding()).id == an_alert(a_finding()).id
    assert an_alert(a_finding()).id != an_alert(again).id
    assert an_alert(a_finding()).cause == an_alert(again).cause
    assert an_alert(a_finding()).cause != an_alert(a_finding(since=NOW)).cause


def test_an_alert_brought_up_to_date_keeps_what_was_decided_and_how_severe_it_was() -> None:
    fault = a_finding("data_fault", "unit", id="a")
    first = an_alert(fault, decided=(a_decision("rollback", evidence={"findings": ["a"]}),))
    later = an_alert(replace(fault, id="b", sentence="all of it now", event_at=NOW + DAY))
    now = brought_up_to_date(first, later)
    assert (now.id, now.sentence, now.severity, now.decision) == (first.id, "all of it now", "page", first.decision)


def entry(alert_of: object) -> AlertEntry:
    times = {"raised_at": NOW, "seen_at": NOW, "told_at": NOW}
    return AlertEntry(number=1, alert=alert_of, severity="alarm", **times)  # type: ignore[arg-type]


def test_a_finding_that_is_found_no_longer_is_over_and_a_decision_is_not() -> None:
    drifts, decided = entry(an_alert(a_finding())), entry(alerts_of((), (a_decision(),), NOW)[0])
    assert gone([drifts, decided], (a_finding(id="of the next look"),)) == []
    assert gone([drifts, decided], (a_finding("data_fault", "unit"),)) == [drifts]
    assert of_finding(a_finding(version=4)) != drifts.alert.cause


def commands(*args: object, **decision: object) -> dict[str, str]:
    (alert,) = alerts_of((), (a_decision(*args, **decision),), NOW)  # type: ignore[arg-type]
    return {button.words: button.command for button in buttons_of(12, alert)}


def test_the_buttons_are_commands() -> None:
    assert commands("shadow", number=42, mode="approve", version=5) == {
        "Approve": "mw approve 42",
        "Decline": "mw approve 42 --decline --reason '...'",
        "See why": "mw explain-decision 42",
        "I look after it": "mw ack 12",
    }
    assert commands("shadow", mode="advise", version=5)["Do it"] == "mw promote v5 --to shadow"
    assert commands("retrain", mode="advise")["Do it"] == "mw train"
    assert commands("alert")["Go back"].startswith("mw rollback")
    (see, ack) = buttons_of(12, an_alert(a_finding(id="0123456789abcdef")))
    assert (see.command, ack.command) == ("mw findings 0123456789ab", "mw ack 12")


def test_links_are_on_the_buttons_that_answer_something() -> None:
    (alert,) = alerts_of((), (a_decision("shadow", number=42, mode="approve", version=5),), NOW)
    linked = {b.words: b.link for b in buttons_of(12, alert, lambda action, number: f"https://x/{action}/{number}") if b.link}
    assert linked == {
        "Approve": "https://x/approve/42",
        "Decline": "https://x/decline/42",
        "I look after it": "https://x/acknowledge/12",
    }


def where_of(command: str) -> str:
    words = shlex.split(command)
    return words[words.index("--where") + 1]


def test_the_rows_to_look_at_are_those_of_the_window_and_the_version() -> None:
    command = rows_to_look_at(a_finding(), NOW)
    assert command.startswith('mw log predictions --since 8d --where "event_at >= ')
    assert where_of(command) == "event_at >= '2026-03-01 12:00' and event_at < '2026-03-02 12:00' and version = 3"


def test_rows_that_came_empty_or_unknown_are_asked_for() -> None:
    empty = a_finding("data_fault", "missing", columns=("warmth", "Wind Speed"))
    assert where_of(rows_to_look_at(empty, NOW)).endswith('version = 3 and (warmth is null or "Wind Speed" is null)')
    unseen = a_finding("covariate", "unseen", columns=("dest",))
    assert where_of(rows_to_look_at(unseen, NOW)).endswith("and list_contains(flags, 'unseen:dest')")
    assert where_of(rows_to_look_at(a_finding("concept", "decay"), NOW)).endswith("and label is not null")
    assert rows_to_look_at(a_finding("data_fault", "volume"), NOW) == ""
    assert rows_to_look_at(a_finding(start=None), NOW) == ""


@given(st.text(min_size=1, max_size=20).filter(lambda text: "\0" not in text))
def test_no_column_name_breaks_out_of_the_command(column: str) -> None:
    """What the shell gives to mw is one condition, in which the name is one quoted identifier."""
    command = rows_to_look_at(a_finding("data_fault", "missing", columns=(column,)), NOW)
    assert shlex.split(command)[:4] == ["mw", "log", "predictions", "--since"]
    assert len(shlex.split(command)) == 7
    name = where_of(command).removesuffix(" is null").partition("version = 3 and ")[2]
    assert name == column or name == '"' + column.replace('"', '""') + '"'


def test_since_reaches_further_back_than_the_window() -> None:
    assert "--since 17d" in rows_to_look_at(a_finding(start=NOW - 10 * DAY + timedelta(hours=1)), NOW)


def a_cause(columns: tuple[str, ...], loss: Loss | None = None) -> Cause:
    onset = Onset(start=NOW - DAY, earliest=NOW - DAY, latest=NOW)
    return Cause(
        id=f"of {','.join(columns)}", project="trips", kind="data_fault", feed="", columns=columns, onset=onset,
        start=NOW - DAY, event_at=NOW, version=3, findings=("f",), title=f"{' and '.join(columns)} broke",
        sentence="it broke: a lot", loss=loss,
    )  # fmt: skip


def test_a_part_of_a_finding_is_as_severe_as_what_it_may_cost_itself() -> None:
    whole = Loss(share=0.3, metric="roc_auc", page=True)
    changes = tuple(Change(column=name, check="missing", was=0, now=100, unit="% missing", effect=100) for name in ("a", "b"))
    both = a_finding("data_fault", "missing", id="f", columns=("a", "b"), changes=changes, loss=whole)
    causes = (a_cause(("a",), whole), a_cause(("b",), replace(whole, share=0.01, page=False)))
    alerts = alerts_of((both,), (), NOW, causes)
    assert [(alert.title, alert.severity) for alert in alerts] == [("a broke", "page"), ("b broke", "alarm")]


def test_the_labels_of_a_broken_time_are_told_under_what_broke() -> None:
    late = a_finding("data_fault", "decay", id="f", columns=(), changes=())
    (alert,) = alerts_of((late,), (), NOW, (a_cause(("a",)),))
    assert alert.title == "a broke"
