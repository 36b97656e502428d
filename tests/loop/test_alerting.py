"""Alerts of a loop that lives: what is told, once and to whom, through crashes, dead channels, quiet hours and people."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from crash_lab import SIGKILLED, in_child
from kiosk import at, changed, in_thousandths, live, tick_at, weeks
from kiosk_stages import Stages

from millwright.alerts.channel import Surroundings
from millwright.alerts.token import Answer, TokenRefused, seal
from millwright.errors import Conflict, NotFound, Unavailable
from millwright.loop.answering import acknowledge, answer_by_link, health, listed
from millwright.loop.links import links_key
from millwright.loop.sending import CLAIM, send_due
from millwright.loop.trouble import PATIENCE, Trouble
from millwright.loop.workshop import Workshop
from millwright.project import Project
from millwright.records.alerting import AlertEntry, Message
from millwright.records.deciding import Decision
from millwright.records.spec import ChannelSpec
from millwright.stores.clock import FixedClock

sys.path.insert(0, str(Path(__file__).parents[1] / "alerts"))

from alert_samples import Receiver, receiving

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LOG = ChannelSpec(name="log", kind="file", path="alerts.ndjson", min_severity="note")


def told(project: Project, channels: tuple[ChannelSpec, ...] = (LOG,), **settings: Any) -> Project:
    return changed(project, alerts={"channels": channels, **settings})


def messages(project: Project, path: str = "alerts.ndjson") -> list[dict[str, Any]]:
    file = project.path.parent / path
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def titles(project: Project, path: str = "alerts.ndjson") -> list[list[str]]:
    return [[alert["title"] for alert in message["alerts"]] for message in messages(project, path)]


@pytest.fixture
def broken(stages: Stages, tmp_path: Path) -> Project:
    """A kiosk whose feed is broken, before anybody has looked; all its alerts go to a file."""
    return told(stages.copy("hold", tmp_path / "kiosk"))


def test_a_broken_feed_and_the_hold_are_told_once(broken: Project) -> None:
    tick_at(broken, weeks(1))
    (message,) = messages(broken)
    unit, beyond = message["alerts"]
    assert (unit["title"], unit["severity"]) == ("warmth changed its unit or scale", "alarm")
    assert unit["action"].startswith("the policy holds v1: no retrain and no release while data is broken")
    assert unit["decision"]["number"] == 2
    assert "version = 1" in beyond["rows"]
    assert [one.entry.state for one in listed(at(broken, weeks(1)))] == ["open", "open"]
    tick_at(broken, weeks(1) + HOUR)
    assert len(messages(broken)) == 1


def test_what_happened_before_there_were_alerts_is_no_news(stages: Stages, tmp_path: Path) -> None:
    """A catalogue of before: the opening day was never told, and is not told now."""
    project = told(stages.copy("opened", tmp_path / "kiosk"))
    tick_at(project, weeks(0) + HOUR)
    assert listed(at(project, weeks(1))) == ()
    project.rollback  # noqa: B018


def test_a_cause_that_goes_on_is_told_again_after_the_dedup_and_ends_with_it(broken: Project) -> None:
    broken = told(broken, dedup="10d")
    tick_at(broken, weeks(1))
    live(broken, weeks(1), weeks(2), change=in_thousandths)
    tick_at(broken, weeks(2))
    assert len(messages(broken)) == 1
    assert {one.entry.times for one in listed(at(broken, weeks(2)))} >= {2}
    live(broken, weeks(2), weeks(3), change=in_thousandths)
    tick_at(broken, weeks(3))
    assert [one["occasion"] for one in messages(broken)[-1]["alerts"]][:2] == ["again", "again"]
    live(broken, weeks(3), weeks(5))
    tick_at(broken, weeks(5))
    ended = {one.entry.alert.title: one.entry.state for one in listed(at(broken, weeks(5)))}
    assert ended["warmth changed its unit or scale"] == "ended"


def test_what_is_acknowledged_is_not_told_again(broken: Project) -> None:
    broken = told(broken, dedup="1h", escalate_after="2h", escalate_to="boss", channels=(LOG, _file("boss")))
    tick_at(broken, weeks(1))
    first, second = (one.entry.number for one in reversed(listed(at(broken, weeks(1)))))
    acknowledge(at(broken, weeks(1)), first, reason="the feed is being repaired")
    tick_at(broken, weeks(1) + 3 * HOUR)
    assert [[alert["number"] for alert in message["alerts"]] for message in messages(broken, "boss")] == [[second]]
    tick_at(broken, weeks(1) + 9 * HOUR)
    assert len(messages(broken, "boss")) == 1
    live(broken, weeks(1), weeks(2), change=in_thousandths)
    tick_at(broken, weeks(2))
    assert [alert["number"] for message in messages(broken)[1:] for alert in message["alerts"]].count(first) == 0
    with pytest.raises(Conflict, match="looks after alert"):
        acknowledge(at(broken, weeks(2)), first)
    with pytest.raises(NotFound):
        acknowledge(at(broken, weeks(2)), 99)


def _file(name: str, **settings: Any) -> ChannelSpec:
    return ChannelSpec(name=name, kind="file", path=name, **settings)


def test_a_page_is_sent_alone_and_at_night(stages: Stages, tmp_path: Path) -> None:
    project = told(stages.copy("rollback", tmp_path / "kiosk"), quiet_hours="22:00-07:00")
    tick_at(project, weeks(6))  # at midnight
    (page,) = messages(project)
    assert page["subject"] == "[page] kiosk: v2 does worse than the version before"
    tick_at(project, weeks(6) + 7 * HOUR - MINUTE)
    assert len(messages(project)) == 1
    tick_at(project, weeks(6) + 7 * HOUR)
    (_page, morning) = messages(project)
    assert [alert["title"] for alert in morning["alerts"]] == ["rmse of v2 is worse than promised"]


@pytest.fixture
def hooked(broken: Project) -> Iterator[tuple[Project, Receiver]]:
    """The broken kiosk with a webhook whose server fails at first, and the file beside it."""
    with receiving(500, 503, 200) as (receiver, url):
        hook = ChannelSpec(name="hook", kind="webhook", url=url, private=True)
        yield told(broken, channels=(hook, LOG)), receiver


def test_a_server_that_fails_is_asked_again_later_with_the_same_id(hooked: tuple[Project, Receiver]) -> None:
    project, receiver = hooked
    tick_at(project, weeks(1))
    assert len(messages(project)) == 1  # the channel beside it has lost nothing
    (how, _log) = health(at(project, weeks(1)))
    assert (how.waiting, how.sent, how.failing_since) == (2, 0, weeks(1))
    assert "it answered 500" in how.said
    tick_at(project, weeks(1) + timedelta(seconds=10))
    assert len(receiver.got) == 1
    tick_at(project, weeks(1) + MINUTE)
    tick_at(project, weeks(1) + 4 * MINUTE)
    assert [headers["Idempotency-Key"] for _path, headers, _body in receiver.got] == [receiver.got[0][1]["Idempotency-Key"]] * 3
    (how, _log) = health(at(project, weeks(2)))
    assert (how.waiting, how.sent, how.said) == (0, 2, "")
    assert {one.tries for alert in listed(at(project, weeks(2))) for one in alert.deliveries} == {1, 3}
    tick_at(project, weeks(1) + DAY)
    assert len(receiver.got) == 3


def test_what_cannot_be_sent_for_a_week_is_given_up_and_said(broken: Project) -> None:
    with receiving(500) as (receiver, url):
        project = told(broken, channels=(ChannelSpec(name="hook", kind="webhook", url=url, private=True),))
        tick_at(project, weeks(1))
        shop = at(project, weeks(1))
        assert isinstance(shop.clock, FixedClock)
        for _ in range(40):
            shop.clock.forward(6 * HOUR)
            send_due(shop)
    (how,) = health(shop)
    assert (how.given_up, how.waiting) == (2, 0)
    assert 20 < len(receiver.got) < 40


def test_a_message_whose_process_died_goes_again_under_its_id(broken: Project, tmp_path: Path) -> None:
    folder, trace = broken.path.parent, tmp_path / "trace"
    whole = tmp_path / "whole"
    import shutil

    shutil.copytree(folder, whole)
    assert in_child(whole, lambda project: tick_at(project, weeks(1)), f"trace:{trace}") == 0
    points = trace.read_text().splitlines()
    settles = [n for n, name in enumerate(points, 1) if name == "catalogue commit:before"][-2]
    assert in_child(folder, lambda project: tick_at(project, weeks(1)), f"kill:{settles}") == SIGKILLED
    (sent,) = messages(broken)
    tick_at(broken, weeks(1) + MINUTE)
    assert len(messages(broken)) == 1  # its claim holds: it may still be at it
    tick_at(broken, weeks(1) + CLAIM)
    assert [message["id"] for message in messages(broken)] == [sent["id"]] * 2
    tick_at(broken, weeks(1) + HOUR)
    assert len(messages(broken)) == 2


def test_two_that_send_at_once_send_each_message_once(broken: Project) -> None:
    from concurrent.futures import ThreadPoolExecutor

    tick_at(told(broken, channels=(_file("nowhere/else"),)), weeks(1))
    project = told(broken, channels=(_file("nowhere/else"),))
    (project.path.parent / "nowhere").mkdir()
    later = [at(project, weeks(1) + HOUR) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send_due, later)) == [{}] * 4
    assert len(messages(project, "nowhere/else")) == 1


def test_a_channel_that_is_taken_out_is_waited_for_no_longer(hooked: tuple[Project, Receiver]) -> None:
    project, receiver = hooked
    tick_at(project, weeks(1))
    project = told(project, channels=(LOG,))
    live(project, weeks(1), weeks(2))
    tick_at(project, weeks(2))
    states = {one.channel: one.state for alert in listed(at(project, weeks(2)))[-2:] for one in alert.deliveries}
    assert states == {"hook": "dropped", "log": "sent"}
    assert len(receiver.got) == 1


class Broken:
    """A stranger's channel."""

    def __init__(self, _spec: ChannelSpec, _around: Surroundings) -> None: ...

    def send(self, _message: Message) -> None:
        raise KeyError("a stranger's mistake")


def test_a_channel_that_breaks_breaks_no_tick(broken: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("millwright.alerts.file.File", Broken)
    outcome = tick_at(broken, weeks(1))
    assert [decision.action for decision in outcome.decisions] == ["hold"]
    (how,) = health(at(broken, weeks(1)))
    assert "the channel broke: KeyError" in how.said


def test_while_history_is_played_alerts_are_noted_and_not_sent(broken: Project) -> None:
    from millwright.loop.playing import DirectPlane, Player
    from millwright.serve.inprocess import InProcess

    shop = broken.workshop
    inside = InProcess(shop.home.root, shop.trust)
    try:
        Player(shop, DirectPlane(inside, "kiosk")).play([], weeks(0), weeks(1))
        assert len(listed(at(broken, weeks(1)))) == 2
        assert {one.deliveries for one in listed(at(broken, weeks(1)))} == {()}
        assert messages(broken) == []
    finally:
        inside.close()
    tick_at(broken, weeks(1) + HOUR)  # a steward that comes later tells nothing of the play
    assert messages(broken) == []


def test_alerts_that_cannot_be_noted_fail_no_tick(
    broken: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unable(*_: object) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr("millwright.loop.tick.note_alerts", unable)
    assert [decision.action for decision in tick_at(broken, weeks(1)).decisions] == ["hold"]
    assert "mw: alerts: the disk is full" in capsys.readouterr().err
    monkeypatch.undo()
    tick_at(broken, weeks(1) + HOUR)
    assert len(messages(broken)) == 1  # nothing was lost


@pytest.fixture
def waiting(stages: Stages, tmp_path: Path) -> Project:
    """A kiosk in which a version waits for a person's yes, and of which nobody was told yet."""
    project = changed(stages.copy("retrain", tmp_path / "kiosk"), policy={"mode": "approve"})
    project = told(project, link="https://models.example.com/desk/")
    tick_at(project, weeks(2))
    return project


def link_of(project: Project, words: str) -> str:
    (alert,) = [alert for message in messages(project) for alert in message["alerts"] if "waits for your yes" in alert["title"]]
    (button,) = [button for button in alert["buttons"] if button["words"] == words]
    assert button["link"].startswith("https://models.example.com/desk/answer?token=")
    return str(button["link"].partition("token=")[2])


def test_the_link_of_a_message_says_yes_once(waiting: Project) -> None:
    yes, no = link_of(waiting, "Approve"), link_of(waiting, "Decline")
    shop = at(waiting, weeks(2) + HOUR)
    done = answer_by_link(shop, yes)
    assert isinstance(done, Decision)
    assert (done.action, done.reason) == ("approve", "by the signed link of an alert")
    for token in (yes, no):
        with pytest.raises(Conflict, match="was answered already"):
            answer_by_link(shop, token)
    outcome = tick_at(waiting, weeks(2) + HOUR)
    assert [(decision.action, decision.of) for decision in outcome.decisions] == [("shadow", done.of)]
    assert {one.entry.state for one in listed(shop) if "waits for" in one.entry.alert.title} == {"ended"}


def test_the_link_of_a_message_acknowledges(waiting: Project) -> None:
    entry = answer_by_link(at(waiting, weeks(2)), link_of(waiting, "I look after it"))
    assert isinstance(entry, AlertEntry)
    assert entry.state == "acknowledged"


def test_a_link_that_was_changed_is_of_another_or_is_old_does_nothing(waiting: Project) -> None:
    yes, shop = link_of(waiting, "Approve"), at(waiting, weeks(2))
    key = links_key(shop.home.alerts_key)
    said = Answer(project="kiosk", action="approve", number=3, expires_at=weeks(9))
    forged = (
        yes[:-1] + ("A" if yes[-1] != "A" else "B"),
        yes[1:],
        "",
        ".",
        "x" * 5000,
        "ü.ü",
        seal(said, b"another key" * 3),
        seal(replace(said, project="bikes"), key),
        yes.partition(".")[0] + "." + seal(said, b"k" * 32).partition(".")[2],
    )
    for token in forged:
        with pytest.raises(TokenRefused):
            answer_by_link(shop, token)
    with pytest.raises(TokenRefused, match="expired"):
        answer_by_link(at(waiting, weeks(5)), yes)
    assert [decision.action for decision in waiting.decisions(1)] == ["shadow"]


def test_the_key_of_the_links_is_for_its_owner_alone(waiting: Project) -> None:
    path = waiting.workshop.home.alerts_key
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(Unavailable, match="can be read by others"):
        links_key(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(Unavailable, match="damaged"):
        links_key(path)


def test_windows_that_nobody_looked_at_are_an_alert(broken: Project) -> None:
    tick_at(broken, weeks(1) + 15 * DAY)
    late = [one.entry for one in listed(at(broken, weeks(9))) if one.entry.alert.about == "no_look"]
    assert [entry.severity for entry in late] == ["alarm"]
    assert "no steward looked at the window until 2024-01-11" in late[0].alert.sentence
    tick_at(broken, weeks(4))
    assert {one.entry.state for one in listed(at(broken, weeks(9))) if one.entry.alert.about == "no_look"} == {"ended"}


def test_a_steward_that_fails_again_and_again_is_a_page_once_and_over_with_the_next_good_tick(broken: Project) -> None:
    shop = at(broken, weeks(1))
    trouble = Trouble(shop)
    for _ in range(PATIENCE - 1):
        trouble.note(Unavailable("the log is damaged", code="log.damaged"))
    assert messages(broken) == []
    for _ in range(3):
        trouble.note(Unavailable("the log is damaged", code="log.damaged"))
    assert [message["severity"] for message in messages(broken)] == ["page"]
    assert "3 ticks in a row failed, the last with the log is damaged" in messages(broken)[0]["alerts"][0]["sentence"]
    trouble.over()
    tick_at(broken, weeks(1))
    states = {one.entry.alert.about: one.entry.state for one in listed(shop)}
    assert states["steward"] == "ended"


def test_where_the_catalogue_is_the_trouble_people_hear_of_it_all_the_same(broken: Project) -> None:
    shop: Workshop = at(broken, weeks(1))
    trouble = Trouble(shop)
    shop.home.catalogue.rename(shop.home.root / "away.db")
    for _ in range(PATIENCE + 2):
        trouble.note(Unavailable("the catalogue cannot be opened", code="catalogue.unavailable"))
    assert [message["severity"] for message in messages(broken)] == ["page"]


def test_an_old_clock_sends_nothing_twice(broken: Project) -> None:
    tick_at(broken, weeks(1))
    tick_at(broken, weeks(1) - 3 * DAY)
    assert len(messages(broken)) == 1


def at_moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
