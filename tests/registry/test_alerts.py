"""The catalogue's alerts and its outbox."""

from datetime import timedelta
from pathlib import Path

import pytest
from catalogue_samples import DAY, HOUR, a_finding, a_look, a_version, an_alert, decide

from millwright.errors import Conflict, NotFound
from millwright.registry import alerts, deliveries, findings, watched
from millwright.registry.alerts import Marks
from millwright.registry.catalogue import Catalogue
from millwright.registry.status import read_status


@pytest.fixture
def stocked(catalogue: Catalogue) -> Catalogue:
    with catalogue.write() as tx:
        a_version(tx, 1)
        a_version(tx, 1, project="taxis")
    return catalogue


def test_news_is_what_came_after_the_marks(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        findings.add(tx, a_finding("f1"))
        assert alerts.marks(tx, "trips") is None
        alerts.set_marks(tx, "trips", alerts.newest_marks(tx, "trips"))
        first = alerts.marks(tx, "trips")
        assert first is not None
        assert alerts.news(tx, "trips", first).marks == first
        findings.add(tx, a_finding("f2"))
        decision = decide(tx)
        decide(tx, project="taxis")
        look = watched.add(tx, a_look(hours=1))
        news = alerts.news(tx, "trips", first)
        assert [finding.id for finding in news.findings] == ["f2"]
        assert (news.decisions, news.looks) == ((decision,), (look,))
        alerts.set_marks(tx, "trips", news.marks)
        assert alerts.marks(tx, "trips") == news.marks != first
        assert alerts.news(tx, "taxis", Marks(findings=0, decisions=0, looks=0)).findings == ()


def test_an_alert_is_entered_once_and_comes_back_whole(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        entry = alerts.add(tx, an_alert(), DAY, ended=False)
        assert alerts.add(tx, an_alert(), DAY + HOUR, ended=True) == entry
        assert (entry.number, entry.alert, entry.state, entry.raised_at) == (1, an_alert(), "open", DAY)
        other = alerts.add(tx, an_alert("taxis"), DAY, ended=True)
        assert other.state == "ended"
        assert alerts.page(tx, "trips") == alerts.not_ended(tx, "trips") == (entry,)
        assert (alerts.page(tx, "trips", open_only=True), alerts.page(tx, "taxis", open_only=True)) == ((entry,), ())
        assert alerts.not_ended(tx, "taxis") == ()
        with pytest.raises(NotFound):
            alerts.numbered(tx, "taxis", entry.number)
        with pytest.raises(NotFound):
            alerts.numbered(tx, "trips", 10**30)


def test_what_became_worse_is_nobodys_any_more(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        entry = alerts.add(tx, an_alert(), DAY, ended=False)
        alerts.acknowledge(tx, entry, actor="ada", reason="mine", at=DAY)
        entry = alerts.numbered(tx, "trips", 1)
        assert (entry.state, entry.acknowledged_by, entry.reason) == ("acknowledged", "ada", "mine")
        alerts.tell_again(tx, entry, an_alert(), DAY + HOUR)
        assert alerts.numbered(tx, "trips", 1).state == "acknowledged"
        alerts.tell_again(tx, entry, an_alert(severity="page"), DAY + 2 * HOUR)
        worse = alerts.numbered(tx, "trips", 1)
        assert (worse.state, worse.severity, worse.told_at, worse.told) == ("open", "page", DAY + 2 * HOUR, 2)
        alerts.end(tx, worse, DAY + 3 * HOUR)
        assert alerts.of_cause(tx, "trips", "finding:f1") is None


def test_a_delivery_is_due_until_it_is_claimed_and_again_when_the_claim_is_over(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        entry = alerts.add(tx, an_alert(), DAY, ended=False)
        for _ in range(2):
            deliveries.add(tx, entry, "team", "first", told=1, due_at=DAY)
        assert deliveries.due(tx, "trips", "team", DAY - HOUR) == ()
        (one,) = deliveries.due(tx, "trips", "team", DAY)
        deliveries.claim(tx, one, "message", DAY + HOUR)
        assert deliveries.due(tx, "trips", "team", DAY + HOUR - timedelta(seconds=1)) == ()
        (again,) = deliveries.due(tx, "trips", "team", DAY + HOUR)
        assert (again.tries, again.message) == (1, "message")
        deliveries.settle(tx, again, "waiting", DAY, said="it answered 500", due_at=DAY + 5 * HOUR)
        assert deliveries.due(tx, "trips", "team", DAY + 4 * HOUR) == ()
        assert deliveries.health(tx, "trips", "team").said == "it answered 500"
        deliveries.settle(tx, again, "sent", DAY + 5 * HOUR)
        assert not deliveries.any_due(tx, "trips", DAY + 99 * HOUR)
        health = deliveries.health(tx, "trips", "team")
        assert (health.sent, health.waiting, health.said) == (1, 0, "")


def test_status_tells_what_nobody_looks_after_and_what_was_not_sent(stocked: Catalogue, path: Path) -> None:
    with stocked.write() as tx:
        entry = alerts.add(tx, an_alert(), DAY, ended=False)
        taken = alerts.add(tx, an_alert(cause="other"), DAY, ended=False)
        alerts.acknowledge(tx, taken, actor="ada", reason="", at=DAY)
        deliveries.add(tx, entry, "team", "first", told=1, due_at=DAY)
    about = read_status(path)["projects"]["trips"]["alerts"]
    assert [(alert["number"], alert["severity"], alert["title"]) for alert in about["open"]] == [(1, "alarm", "longer trips")]
    assert [(channel["channel"], channel["waiting"], channel["said"]) for channel in about["unsent"]] == [("team", 1, "")]
    assert read_status(path)["projects"]["taxis"]["alerts"] == {"open": [], "unsent": []}


def test_a_finding_is_known_by_how_its_id_begins(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        for name in ("0a1b", "0a2c"):
            findings.add(tx, a_finding(name))
        assert findings.beginning(tx, "trips", "0A1").id == "0a1b"
        with pytest.raises(Conflict, match="several"):
            findings.beginning(tx, "trips", "0a")
        for nothing in ("0a3", "", "%", "0a1bc", "taxis"):
            with pytest.raises(NotFound):
                findings.beginning(tx, "trips", nothing)
        with pytest.raises(NotFound):
            findings.beginning(tx, "taxis", "0a1b")
