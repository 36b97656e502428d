"""Who is told of what, and when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from alert_samples import DAY, NOW, a_decision, a_finding, an_alert
from hypothesis import given
from hypothesis import strategies as st

from millwright.alerts.severity import severity_of
from millwright.alerts.telling import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Recipient,
    occasion_of,
    pause,
    quiet_until,
    recipients,
    to_escalate,
)
from millwright.records.alerting import SEVERITIES, AlertEntry, Severity, rank
from millwright.records.deciding import Action, FindingCheck, FindingKind, Mode
from millwright.records.spec import AlertsSpec, ChannelSpec, DataSpec, Spec

HOUR = timedelta(hours=1)


def spec(**alerts: object) -> Spec:
    data = DataSpec(source="a.csv", target="t", task="binary", zone="Europe/Berlin")
    return Spec(project="kiosk", data=data, alerts=AlertsSpec(**alerts))  # type: ignore[arg-type]


def entry(severity: Severity = "alarm", **fields: object) -> AlertEntry:
    given: dict[str, object] = {"number": 1, "raised_at": NOW, "seen_at": NOW, "told_at": NOW}
    return AlertEntry(alert=an_alert(a_finding()), severity=severity, **given | fields)  # type: ignore[arg-type]


FOUND: list[tuple[FindingKind, FindingCheck, Severity]] = [
    ("data_fault", "missing", "alarm"),
    ("data_fault", "volume", "alarm"),
    ("serving", "latency", "alarm"),
    ("serving", "errors", "page"),
    ("concept", "decay", "alarm"),
    ("covariate", "drift", "note"),
    ("label", "label_shift", "note"),
]


@pytest.mark.parametrize(("kind", "check", "severity"), FOUND)
def test_the_severity_of_a_finding(kind: FindingKind, check: FindingCheck, severity: Severity) -> None:
    assert severity_of(a_finding(kind, check)) == severity


DECIDED: list[tuple[Action, Mode | None, str, Severity]] = [
    ("retrain", "auto", "policy", "alarm"),
    ("retrain", "advise", "policy", "alarm"),
    ("shadow", "approve", "policy", "alarm"),
    ("hold", "auto", "policy", "alarm"),
    ("rollback", "auto", "policy", "page"),
    ("abort", "auto", "policy", "page"),
    ("alert", "auto", "policy", "page"),
    ("refuse", "auto", "policy", "note"),
    ("rollback", None, "ada", "note"),
]


@pytest.mark.parametrize(("action", "mode", "actor", "severity"), DECIDED)
def test_the_severity_of_a_decision(action: Action, mode: Mode | None, actor: str, severity: Severity) -> None:
    assert severity_of(a_decision(action, mode=mode, actor=actor)) == severity


def test_a_steward_that_cannot_work_is_a_page_and_a_late_look_an_alarm() -> None:
    assert (severity_of("steward"), severity_of("no_look"), severity_of("test")) == ("page", "alarm", "note")


def test_people_are_told_once_until_the_dedup_is_over() -> None:
    alarm = an_alert(a_finding("concept", "decay"))
    assert occasion_of(None, alarm, DAY, NOW) == "first"
    assert occasion_of(entry(), alarm, DAY, NOW + DAY - HOUR) is None
    assert occasion_of(entry(), alarm, DAY, NOW + DAY) == "again"


def test_what_is_acknowledged_is_told_again_only_where_it_became_worse() -> None:
    taken_on = entry(acknowledged_at=NOW, acknowledged_by="ada")
    assert occasion_of(taken_on, an_alert(a_finding("concept", "decay")), HOUR, NOW + 30 * DAY) is None
    assert occasion_of(taken_on, an_alert(a_finding("serving", "errors")), HOUR, NOW + HOUR) == "worse"


TEAM, NIGHT = (
    ChannelSpec(name="team", kind="file", path="a"),
    ChannelSpec(name="night", kind="file", path="b", min_severity="page"),
)
BOSS = ChannelSpec(name="boss", kind="file", path="c", min_severity="note")


def told(about: Spec, severity: Severity, now: datetime = NOW) -> list[str]:
    return [one.channel for one in recipients(about, severity, now)]


def test_a_channel_hears_what_is_severe_enough_and_the_one_escalated_to_nothing_at_first() -> None:
    all_three = spec(channels=(TEAM, NIGHT, BOSS))
    assert [told(all_three, severity) for severity in SEVERITIES] == [
        ["boss"],
        ["team", "boss"],
        ["team", "night", "boss"],
    ]
    assert told(spec(channels=(TEAM, BOSS), escalate_to="boss", escalate_after="1h"), "page") == ["team"]


def test_what_nobody_acknowledged_in_time_is_escalated() -> None:
    about = spec(channels=(TEAM, BOSS), escalate_to="boss", escalate_after="2h").alerts
    entries = [
        entry(number=1),
        entry("note", number=2),
        entry(number=3, acknowledged_at=NOW),
        entry(number=4, ended_at=NOW),
        entry("page", number=5),
    ]
    assert list(to_escalate(about, entries, NOW + 2 * HOUR - timedelta(seconds=1))) == []
    assert [one.number for one in to_escalate(about, entries, NOW + 2 * HOUR)] == [1, 5]
    only_pages = spec(channels=(TEAM, NIGHT), escalate_to="night", escalate_after="2h").alerts
    assert [one.number for one in to_escalate(only_pages, entries, NOW + DAY)] == [5]
    assert list(to_escalate(spec(channels=(TEAM,)).alerts, entries, NOW + 99 * DAY)) == []


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def test_quiet_hours_over_midnight_end_in_the_morning_of_the_zone() -> None:
    night = spec(quiet_hours="22:00-07:00")
    morning = berlin("2026-03-03 07:00")
    for moment in ("2026-03-02 22:00", "2026-03-02 23:59", "2026-03-03 00:00", "2026-03-03 06:59"):
        assert quiet_until(night, berlin(moment)) == morning
    for moment in ("2026-03-02 21:59", "2026-03-03 07:00", "2026-03-03 12:00"):
        assert quiet_until(night, berlin(moment)) is None
    assert quiet_until(spec(quiet_hours="22:00-07:00", zone="UTC"), berlin("2026-03-02 22:30")) is None


def test_a_night_in_which_clocks_change_is_as_long_as_people_live_it() -> None:
    """On 29 March 2026 the clocks in Berlin go forward: seven in the morning is five in UTC, not six."""
    ends = quiet_until(spec(quiet_hours="22:00-07:00"), berlin("2026-03-28 23:00"))
    assert ends == datetime(2026, 3, 29, 5, tzinfo=UTC)


def test_a_page_is_sent_in_quiet_hours_and_all_else_after_them() -> None:
    night = spec(channels=(TEAM,), quiet_hours="22:00-07:00")
    late = berlin("2026-03-02 23:00")
    assert list(recipients(night, "page", late)) == [Recipient("team", late)]
    assert list(recipients(night, "alarm", late)) == [Recipient("team", berlin("2026-03-03 07:00"))]


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(0, 47), st.integers(1, 47))
def test_quiet_hours_end_within_a_day_and_are_over_then(moment: datetime, begin: int, length: int) -> None:
    clock = [f"{half // 2:02d}:{30 * (half % 2):02d}" for half in (begin, (begin + length) % 48)]
    quiet, now = spec(quiet_hours="-".join(clock)), moment.replace(tzinfo=UTC)
    ends = quiet_until(quiet, now)
    if ends is not None:
        assert now < ends <= now + timedelta(hours=25)
        assert quiet_until(quiet, ends) is None


@given(st.integers(1, 10_000), st.text(max_size=8))
def test_a_pause_grows_to_its_limit_and_is_never_less_than_half_of_it(tries: int, seed: str) -> None:
    whole = min(FIRST_PAUSE * 2 ** min(tries - 1, 12), LONGEST_PAUSE)
    assert whole / 2 <= pause(tries, seed) <= whole
    assert pause(tries, seed) == pause(tries, seed)


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({pause(3, f"message {n}") for n in range(50)}) == 50


def test_ranks_are_in_order() -> None:
    assert [rank(one) for one in ("note", "alarm", "page")] == [0, 1, 2]
