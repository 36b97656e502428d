"""Alerts: what is told, once and to whom, through crashes, dead channels, quiet hours and people."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from crash_lab import SIGKILLED, in_child
from told_world import (
    DAY,
    HOUR,
    LOG,
    MINUTE,
    NOON,
    Receiver,
    World,
    a_decision,
    a_drift,
    a_fault,
    a_file,
    a_wait,
    receiving,
    tell,
)

from millwright.alerts.channel import Surroundings
from millwright.alerts.token import Answer, TokenRefused, seal
from millwright.errors import Conflict, NotFound, Unavailable
from millwright.loop.alerting import note_alerts
from millwright.loop.answering import acknowledge, answer_by_link, health
from millwright.loop.approving import answer
from millwright.loop.links import links_key
from millwright.loop.sending import CLAIM, send_due
from millwright.loop.stewardship import acting
from millwright.loop.trouble import PATIENCE, Trouble
from millwright.records.alerting import AlertEntry, Message
from millwright.records.deciding import Decision
from millwright.records.spec import ChannelSpec
from millwright.stores.clock import FixedClock


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "kiosk")


def test_what_is_found_and_what_was_decided_about_it_is_told_once(world: World) -> None:
    fault = a_fault()
    world.looked(NOON, None, fault, a_drift())
    world.decided(a_decision("hold", version=1, reason=f"data is broken: {fault.sentence}", evidence={"findings": [fault.id]}))
    world.tell(NOON)
    (message,) = world.messages()
    first, second = message["alerts"]
    assert (first["title"], first["severity"]) == ("warmth changed its unit or scale", "alarm")
    assert first["action"] == "the policy holds v1: data is broken"
    assert (second["title"], second["severity"]) == ("warmth drifted", "note")
    for later in (NOON, NOON + HOUR):
        world.tell(later)
    assert len(world.messages()) == 1


def test_what_happened_before_there_were_alerts_is_no_news(world: World) -> None:
    with world.project.workshop.catalogue.write() as tx:
        tx.exec_driver_sql("DELETE FROM alert_marks")  # as an older Millwright left it
    world.looked(NOON, None, a_fault())
    world.tell(NOON)
    assert world.project.alerts() == ()
    world.decided(a_decision("retrain"))
    world.tell(NOON + HOUR)
    assert world.states() == {"the policy retrains": "ended"}


def test_what_came_and_went_between_two_ticks_is_told_and_over(world: World) -> None:
    world.looked(NOON - DAY, None, a_fault(-1))
    world.looked(NOON)
    world.tell(NOON)
    assert len(world.messages()) == 1
    assert world.states() == {"warmth changed its unit or scale": "ended"}


def test_what_goes_on_and_then_ends_between_two_ticks_is_not_told_anew(world: World) -> None:
    world.looked(NOON, None, a_fault())
    world.tell(NOON)
    world.looked(NOON + DAY, None, a_fault(1))
    world.looked(NOON + 2 * DAY)
    world.tell(NOON + 2 * DAY)
    assert len(world.messages()) == 1
    (listed,) = world.project.alerts()
    assert (listed.entry.state, listed.entry.times) == ("ended", 2)


def test_what_asks_nobody_is_over_when_it_is_said(world: World) -> None:
    for decision in (a_decision("retrain"), a_decision("retrain", mode="advise"), a_wait(), a_decision("rollback", version=2)):
        world.decided(decision)
    world.tell(NOON)
    assert world.states() == {
        "the policy retrains": "ended",
        "retrain is advised": "open",
        "shadow v5 waits for your yes": "open",
        "the policy rolled back to v2": "open",
    }
    assert {alert["title"] for message in world.messages() for alert in message["alerts"]} == set(world.states())


def test_a_cause_that_goes_on_is_told_again_after_the_dedup_and_ends_with_it(world: World) -> None:
    world.settle(LOG, dedup="36h")
    for day in (0, 1):
        world.looked(NOON + day * DAY, None, a_fault(day, sentence=f"warmth changed its unit or scale: day {day}"))
        world.tell(NOON + day * DAY)
    assert len(world.messages()) == 1
    (listed,) = world.project.alerts()
    assert (listed.entry.times, listed.entry.alert.sentence[-5:]) == (2, "day 1")
    world.looked(NOON + 2 * DAY, None, a_fault(2))
    world.tell(NOON + 2 * DAY)
    assert [alert["occasion"] for alert in world.messages()[-1]["alerts"]] == ["again"]
    assert world.messages()[-1]["subject"] == "[alarm] kiosk: still: warmth changed its unit or scale"
    world.looked(NOON + 3 * DAY, None, a_drift(3))
    world.tell(NOON + 3 * DAY)
    assert world.states() == {"warmth changed its unit or scale": "ended", "warmth drifted": "open"}


def test_what_is_acknowledged_is_neither_told_again_nor_escalated(world: World) -> None:
    world.settle(LOG, a_file("boss"), dedup="1h", escalate_after="2h", escalate_to="boss")
    world.looked(NOON, None, a_fault(), a_fault(check="constant", id="other", sentence="dew no longer varies"))
    world.tell(NOON)
    acknowledge(world.shop(NOON), 1, reason="the feed is being repaired")
    world.tell(NOON + 2 * HOUR - MINUTE)
    assert world.messages("boss") == []
    for later in (2, 3, 20):
        world.tell(NOON + later * HOUR)
    (escalated,) = world.messages("boss")
    assert [(alert["number"], alert["occasion"]) for alert in escalated["alerts"]] == [(2, "escalated")]
    world.looked(NOON + DAY, None, a_fault(1), a_fault(1, check="constant", id="other 1", sentence="dew no longer varies"))
    world.tell(NOON + DAY)
    assert [alert["number"] for message in world.messages()[1:] for alert in message["alerts"]] == [2]
    world.tell(NOON + DAY + HOUR)
    assert len(world.messages("boss")) == 1  # told again, and escalated once
    with pytest.raises(Conflict, match="looks after alert 1 already"):
        acknowledge(world.shop(NOON), 1)
    with pytest.raises(NotFound):
        acknowledge(world.shop(NOON), 99)


def test_a_page_is_sent_alone_and_at_night_and_all_else_in_the_morning(world: World) -> None:
    world.settle(LOG, quiet_hours="11:00-13:00")
    world.looked(NOON, None, a_fault(), a_drift())
    world.decided(a_decision("rollback", version=2, reason="it does worse"))
    world.tell(NOON)
    (page,) = world.messages()
    assert page["subject"] == "[page] kiosk: the policy rolled back to v2"
    world.tell(NOON + 59 * MINUTE)
    assert len(world.messages()) == 1
    world.tell(NOON + HOUR)
    assert world.messages()[-1]["subject"] == "[alarm] kiosk: 2 alerts: warmth changed its unit or scale, and 1 more"


def test_a_page_goes_alone_also_by_day(world: World) -> None:
    world.looked(NOON, None, a_fault(), a_drift())
    world.decided(a_decision("rollback", version=2, reason="it does worse"))
    world.tell(NOON)
    assert sorted(len(message["alerts"]) for message in world.messages()) == [1, 2]
    assert {message["severity"] for message in world.messages() if len(message["alerts"]) == 1} == {"page"}


def a_hook(url: str) -> ChannelSpec:
    return ChannelSpec(name="hook", kind="webhook", url=url, private=True)


@pytest.fixture
def hooked(world: World) -> Iterator[tuple[World, Receiver]]:
    """A webhook whose server fails twice, and the file beside it."""
    with receiving(500, 503, 200) as (receiver, url):
        world.settle(a_hook(url), LOG)
        world.looked(NOON, None, a_fault(), a_fault(check="constant", id="other", sentence="dew no longer varies"))
        world.tell(NOON)
        yield world, receiver


def test_a_server_that_fails_is_asked_again_later_with_the_same_id(hooked: tuple[World, Receiver]) -> None:
    world, receiver = hooked
    assert len(world.messages()) == 1  # the channel beside it has lost nothing
    (how, _log) = health(world.shop(NOON))
    assert (how.waiting, how.sent, how.failing_since) == (2, 0, NOON)
    assert "it answered 500" in how.said
    world.tell(NOON + MINUTE / 6)
    assert len(receiver.got) == 1
    for later in (MINUTE, 4 * MINUTE, DAY):
        world.tell(NOON + later)
    assert len({headers["Idempotency-Key"] for _path, headers, _body in receiver.got}) == 1
    assert len(receiver.got) == 3
    (how, _log) = health(world.shop(NOON + DAY))
    assert (how.waiting, how.sent, how.said) == (0, 2, "")
    assert {one.tries for alert in world.project.alerts() for one in alert.deliveries} == {1, 3}


def test_what_comes_meanwhile_is_another_message(hooked: tuple[World, Receiver]) -> None:
    """A retry is what it was, so that a receiver which had got it after all knows it again."""
    world, receiver = hooked
    world.decided(a_decision("retrain"))
    for later in (5, 10, 15):
        world.tell(NOON + later * MINUTE)
    got: dict[str, set[str]] = {}
    for _path, headers, body in receiver.got:
        got.setdefault(headers["Idempotency-Key"], set()).add(str([alert["id"] for alert in json.loads(body)["alerts"]]))
    assert (len(got), len(receiver.got)) == (2, 4)
    assert all(len(alerts) == 1 for alerts in got.values())


def test_what_cannot_be_sent_for_a_week_is_given_up_and_said(world: World) -> None:
    with receiving(500) as (receiver, url):
        world.settle(a_hook(url))
        world.looked(NOON, None, a_fault())
        world.tell(NOON)
        shop = world.shop(NOON)
        assert isinstance(shop.clock, FixedClock)
        for _ in range(40):
            shop.clock.forward(6 * HOUR)
            send_due(shop)
    (how,) = health(shop)
    assert (how.given_up, how.waiting) == (1, 0)
    assert 25 < len(receiver.got) < 35


def test_a_message_whose_process_died_goes_again_under_its_id(world: World, tmp_path: Path) -> None:
    world.looked(NOON, None, a_fault())
    trace = tmp_path / "trace"
    twin = World(tmp_path / "twin")
    twin.looked(NOON, None, a_fault())
    assert in_child(twin.project.path.parent, lambda project: tell(project, NOON), f"trace:{trace}") == 0
    commits = [n for n, name in enumerate(trace.read_text().splitlines(), 1) if name == "catalogue commit:before"]
    for number in commits:
        if world.messages():
            break
        killed = in_child(world.project.path.parent, lambda project: tell(project, NOON), f"kill:{number}")
        assert killed == SIGKILLED
    (sent,) = world.messages()
    world.tell(NOON + MINUTE)
    assert len(world.messages()) == 1  # its claim holds: whoever made it may still be at it
    for later in (CLAIM, HOUR):
        world.tell(NOON + later)
    assert [message["id"] for message in world.messages()] == [sent["id"]] * 2
    assert world.states() == {"warmth changed its unit or scale": "open"}


def test_of_many_that_send_at_once_one_sends_each_message(world: World) -> None:
    world.settle(ChannelSpec(name="log", kind="file", path="nowhere/log"))
    world.looked(NOON, None, a_fault())
    world.tell(NOON)
    (world.project.path.parent / "nowhere").mkdir()
    shops = [world.shop(NOON + HOUR) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(send_due, shops)) == [{}] * 6
    assert len(world.messages("nowhere/log")) == 1


def test_a_channel_that_is_taken_out_is_waited_for_no_longer(hooked: tuple[World, Receiver]) -> None:
    world, receiver = hooked
    world.settle(LOG)
    world.looked(NOON + DAY, None, a_drift(1))
    world.tell(NOON + DAY)
    states = {(one.channel, one.state) for alert in world.project.alerts() for one in alert.deliveries}
    assert states == {("hook", "dropped"), ("log", "sent")}
    assert len(receiver.got) == 1


class Broken:
    """A stranger's channel."""

    def __init__(self, _spec: ChannelSpec, _around: Surroundings) -> None: ...

    def send(self, _message: Message) -> None:
        raise KeyError("a stranger's mistake")


def test_a_channel_that_breaks_is_a_channel_that_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("millwright.alerts.file.File", Broken)
    world.looked(NOON, None, a_fault())
    world.tell(NOON)
    (how,) = health(world.shop(NOON))
    assert "the channel broke: KeyError" in how.said


def test_where_alerts_are_only_noted_they_are_never_sent(world: World) -> None:
    world.looked(NOON, None, a_fault())
    shop = replace(world.shop(NOON), secrets=None)
    with acting(shop) as hand:
        note_alerts(shop, hand)
    assert send_due(shop) == {}
    assert [alert.deliveries for alert in world.project.alerts()] == [()]
    world.tell(NOON + HOUR)  # a steward that comes later tells nothing of the play
    assert world.messages() == []


@pytest.fixture
def waiting(world: World) -> tuple[World, Decision]:
    """A version waits for a person's yes, and people were told, with links."""
    world.settle(LOG, link="https://models.example.com/desk/")
    decision = world.decided(a_wait())
    world.tell(NOON)
    return world, decision


def link_of(world: World, words: str) -> str:
    (alert,) = world.messages()[0]["alerts"]
    (button,) = [button for button in alert["buttons"] if button["words"] == words]
    assert button["link"].startswith("https://models.example.com/desk/answer?token=")
    return str(button["link"].partition("token=")[2])


def test_the_link_of_a_message_says_yes_once(waiting: tuple[World, Decision]) -> None:
    world, decision = waiting
    yes, no = link_of(world, "Approve"), link_of(world, "Decline")
    shop = world.shop(NOON + HOUR)
    done = answer_by_link(shop, yes)
    assert isinstance(done, Decision)
    assert (done.action, done.of, done.reason) == ("approve", decision.number, "by the signed link of an alert")
    for token in (yes, no):
        with pytest.raises(Conflict, match="was answered already"):
            answer_by_link(shop, token)
    world.tell(NOON + HOUR)
    assert world.states() == {"shadow v5 waits for your yes": "ended"}
    assert len(world.messages()) == 1  # a person's word is no news


def test_an_answer_by_command_ends_the_alert_and_a_link_says_no_as_well(waiting: tuple[World, Decision]) -> None:
    world, decision = waiting
    no = answer_by_link(world.shop(NOON), link_of(world, "Decline"), reason="not before the holidays")
    assert isinstance(no, Decision)
    assert (no.action, no.reason) == ("decline", "not before the holidays")
    with pytest.raises(Conflict):
        answer(world.shop(NOON), decision.number, yes=True, reason="")


def test_what_waits_too_long_is_over(waiting: tuple[World, Decision]) -> None:
    world, _decision = waiting
    world.tell(NOON + 14 * DAY)
    assert world.states() == {"shadow v5 waits for your yes": "ended"}


def test_the_link_of_a_message_acknowledges(waiting: tuple[World, Decision]) -> None:
    world, _decision = waiting
    entry = answer_by_link(world.shop(NOON), link_of(world, "I look after it"))
    assert isinstance(entry, AlertEntry)
    assert entry.state == "acknowledged"


def test_a_link_that_was_changed_is_of_another_or_is_old_does_nothing(waiting: tuple[World, Decision]) -> None:
    world, decision = waiting
    yes, shop = link_of(world, "Approve"), world.shop(NOON)
    key = links_key(shop.home.alerts_key)
    said = Answer(project="kiosk", action="approve", number=decision.number, expires_at=NOON + DAY)
    forged = (
        f"{yes[:20]}{'A' if yes[20] != 'A' else 'B'}{yes[21:]}",
        yes[1:],
        yes[:-4],
        "",
        ".",
        "x" * 5000,
        "ü.ü",
        seal(said, b"another key" * 3),
        seal(replace(said, project="bikes"), key),
        f"{yes.partition('.')[0]}.{seal(said, key).partition('.')[2]}",
    )
    for token in forged:
        with pytest.raises(TokenRefused):
            answer_by_link(shop, token)
    with pytest.raises(TokenRefused, match="expired"):
        answer_by_link(world.shop(NOON + 14 * DAY), yes)
    assert [one.action for one in world.project.decisions()] == ["shadow"]


def test_the_key_of_the_links_is_for_its_owner_alone(waiting: tuple[World, Decision]) -> None:
    path = waiting[0].project.workshop.home.alerts_key
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(Unavailable, match="can be read by others"):
        links_key(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(Unavailable, match="damaged"):
        links_key(path)


def test_windows_that_nobody_looked_at_in_time_are_an_alert(world: World) -> None:
    world.looked(NOON, NOON + 2 * DAY)
    world.tell(NOON + 2 * DAY)
    assert world.messages() == []  # so late a cron job may be
    for day in (1, 2, 3):
        world.looked(NOON + day * DAY, NOON + 9 * DAY)
    world.tell(NOON + 9 * DAY)
    (alert,) = world.messages()[0]["alerts"]
    assert (alert["about"], alert["severity"]) == ("no_look", "alarm")
    assert alert["title"] == "no steward looked at the window until 2026-03-03 12:00 UTC before 2026-03-11 12:00 UTC"
    world.looked(NOON + 10 * DAY)
    world.tell(NOON + 10 * DAY)
    assert set(world.states().values()) == {"ended"}


def test_a_steward_that_fails_again_and_again_is_a_page_once_until_a_good_tick(world: World) -> None:
    trouble = Trouble(world.shop(NOON))
    damaged = Unavailable("the log is damaged", code="log.damaged")
    for _ in range(PATIENCE - 1):
        trouble.note(damaged)
    trouble.over()
    for _ in range(PATIENCE - 1):
        trouble.note(damaged)
    assert world.messages() == []
    for _ in range(3):
        trouble.note(damaged)
    (message,) = world.messages()
    assert message["severity"] == "page"
    assert "3 ticks in a row failed, the last with the log is damaged" in message["alerts"][0]["sentence"]
    world.tell(NOON + HOUR)
    assert set(world.states().values()) == {"ended"}


def test_where_the_catalogue_is_the_trouble_people_hear_of_it_all_the_same(world: World) -> None:
    shop = world.shop(NOON)
    trouble = Trouble(shop)
    os.rename(shop.home.catalogue, shop.home.root / "away.db")
    for _ in range(PATIENCE + 2):
        trouble.note(Unavailable("the catalogue cannot be opened", code="catalogue.unavailable"))
    assert [message["severity"] for message in world.messages()] == ["page"]
