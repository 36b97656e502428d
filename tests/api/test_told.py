"""What is kept at hand is never older than the catalogue: not a list, and not who somebody is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalogue_runs import run_of
from console_world import Control

from millwright.api.revision import Revision
from millwright.api.told import Told
from millwright.registry import people, runs, sessions
from millwright.registry.catalogue import Catalogue

LATER = timedelta(minutes=2)


def test_a_revision_changes_with_every_commit_and_with_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    revision = Revision(path)
    assert revision.now() != revision.now(), "of a file that is not there nothing is known"
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with Catalogue.open(path) as catalogue:
        before = revision.now()
        with catalogue.read() as view:
            people.count(view)
        assert revision.now() == before
        with catalogue.write() as tx:
            people.add(tx, "ada", (), actor="test", at=at)
            assert revision.now() == before, "nothing is entered before its commit"
        assert revision.now() != before
    revision.close()


def test_the_same_is_worked_out_once_until_something_is_entered(tmp_path: Path) -> None:
    path, asked = tmp_path / "catalogue.db", []
    with Catalogue.open(path) as catalogue:
        told = Told(Revision(path))
        work = lambda: asked.append(1) or len(asked)  # noqa: E731
        assert [told.of("a", work), told.of("a", work), told.of("b", work)] == [b"1", b"1", b"2"]
        with catalogue.write() as tx:
            people.add(tx, "ada", (), actor="test", at=datetime(2026, 1, 1, tzinfo=UTC))
        assert told.of("a", work) == b"3"
        told.revision.close()


def test_a_list_shows_what_was_entered_a_moment_ago(control: Control) -> None:
    ada = control.person("ada", "viewer")
    before = control.get("projects/kiosk/runs", ada).json()["total"]
    for number in range(3):
        with control.catalogue.write() as tx:
            runs.start(tx, run_of(f"told-{number}", "kiosk", datetime(2020, 1, 1, tzinfo=UTC)))
        assert control.get("projects/kiosk/runs", ada).json()["total"] == before + number + 1


def test_who_was_known_a_moment_ago_is_not_let_in_any_more(fresh: Control) -> None:
    ada, keeper = fresh.person("ada", "admin"), fresh.desk.doorkeeper
    key = fresh.key(ada)
    secret, text = next(iter(ada.cookies.values())), key.headers["Authorization"].removeprefix("Bearer ")
    fresh.clock.ahead(LATER)  # a session that was begun just now is looked up each time
    for who in (ada, key):
        assert fresh.get("me", who).status_code == 200
    assert (keeper.at_hand(None, secret) or keeper.by_session(secret)) is not None
    assert fresh.get("me", ada).status_code == 200
    assert keeper.at_hand(None, secret) is not None
    assert fresh.get("me", key).status_code == 200
    assert keeper.at_hand(text, None) is not None
    assert keeper.at_hand(text + "x", None) is None
    with fresh.catalogue.write() as tx:
        people.end(tx, "ada", actor="test", at=fresh.clock.now())
    assert keeper.at_hand(None, secret) is None
    assert {fresh.get("me", who).status_code for who in (ada, key)} == {401}


def test_what_has_ended_meanwhile_is_not_at_hand(fresh: Control) -> None:
    ada, keeper = fresh.person("ada", "viewer"), fresh.desk.doorkeeper
    secret = next(iter(ada.cookies.values()))
    fresh.clock.ahead(LATER)
    for _ in range(2):
        assert fresh.get("me", ada).status_code == 200
    assert keeper.at_hand(None, secret) is not None
    fresh.clock.ahead(sessions.SEEN_EVERY + timedelta(seconds=1))
    assert keeper.at_hand(None, secret) is None, "that somebody is there has to be noted"
    fresh.clock.ahead(sessions.IDLE)
    assert keeper.at_hand(None, secret) is None
    assert fresh.get("me", ada).status_code == 401
