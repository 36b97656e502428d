import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from catalogue_samples import DAY, HOUR, a_finding, a_look, a_run, a_version, abort, canary, decide, pause, release, shadow

from millwright.errors import NotFound, Unavailable
from millwright.registry import audit, findings, runs, watched
from millwright.registry.catalogue import Catalogue
from millwright.registry.schema import SCHEMA
from millwright.registry.status import read_status
from millwright.registry.tables import stamp

OLD = Path(__file__).parent / "old"


def trips(path: Path) -> dict[str, Any]:
    about: dict[str, Any] = read_status(path)["projects"].get("trips", {"challenger": None})
    return about


def test_status_says_what_is_live_and_what_came_last(catalogue: Catalogue, path: Path) -> None:
    with catalogue.write() as tx:
        a_version(tx, 1)
        a_version(tx, 2)
        release(tx, 1, expected=0)
        runs.start(tx, a_run("r9", at=DAY.replace(day=9)))
        head = audit.verify(tx)
    status = read_status(path)
    trips = status["projects"]["trips"]
    assert (status["schema"], status["audit"]) == (SCHEMA, {"entries": head.entries, "head": head.head})
    assert (trips["live"]["version"], trips["live"]["number"], trips["live"]["forced"]) == (1, 1, False)
    assert (trips["live_version"]["number"], trips["newest_version"]["number"]) == (1, 2)
    assert (trips["last_run"]["id"], trips["unfinished_runs"], trips["last_decision"]) == ("r9", 2, None)


def test_status_knows_the_newest_version_that_is_not_archived(catalogue: Catalogue, path: Path) -> None:
    with catalogue.write() as tx:
        for number in (1, 2, 3):
            a_version(tx, number)
        decide(tx, "archive", version=3)
        a_version(tx, 3, project="taxis")
    assert trips(path)["newest_version"]["number"] == 2
    assert read_status(path)["projects"]["taxis"]["newest_version"]["number"] == 1
    with catalogue.write() as tx:
        decide(tx, "restore", version=3)
    assert trips(path)["newest_version"]["number"] == 3


def test_status_says_what_is_tried_and_since_when_the_live_version_is_live(catalogue: Catalogue, path: Path) -> None:
    with catalogue.write() as tx:
        a_version(tx, 1)
        a_version(tx, 2)
        assert trips(path)["challenger"] is None
        release(tx, 1, expected=0)
        shadow(tx, 2, expected=1, hours=1)
        canary(tx, 2, expected=2, hours=2)
    now = trips(path)
    assert (now["live"]["version"], now["live"]["number"], now["live"]["event_at"]) == (1, 1, stamp(DAY))
    assert (now["live"]["actor"], now["live"]["action"], now["release"]) == ("ada", "promote", 3)
    assert now["challenger"] == {
        "version": 2, "share": 0.1, "stage": "canary", "event_at": stamp(DAY + 2 * HOUR), "actor": "ada",
        "reason": "no harm seen", "paused": None,
    }  # fmt: skip
    with catalogue.write() as tx:
        pause(tx, expected=3, hours=3, how="hold")
    now = trips(path)["challenger"]
    assert (now["stage"], now["share"], now["paused"], now["reason"]) == ("canary", 0.1, "hold", "wait for May")
    with catalogue.write() as tx:
        abort(tx, expected=4, hours=3)
    assert (trips(path)["challenger"], trips(path)["release"]) == (None, 5)


def test_status_tells_the_last_decisions_and_which_of_them_wait(catalogue: Catalogue, path: Path) -> None:
    with catalogue.write() as tx:
        a_version(tx, 1)
        a_version(tx, 1, project="taxis")
        decide(tx, "retrain", mode="approve")
        decide(tx, "retrain", mode="approve")
        approved = decide(tx, "shadow", mode="approve")
        decide(tx, "approve", of=approved.number)
        declined = decide(tx, "promote", mode="approve", version=1)
        decide(tx, "decline", of=declined.number)
        decide(tx, "promote", mode="approve", version=1, hours=1)
        decide(tx, "rollback", mode="advise", of=7)
        decide(tx, "retrain", mode="approve", project="taxis")
    now = trips(path)
    assert [decision["number"] for decision in now["decisions"]] == [8, 7, 6, 5, 4]
    assert [(decision["mode"], decision["of"]) for decision in now["decisions"][:3]] == [
        ("advise", 7), ("approve", None), (None, 5),
    ]  # fmt: skip
    assert now["last_decision"] == now["decisions"][0]
    assert [(p["number"], p["action"], p["version"], p["reason"]) for p in now["pending"]] == [
        (7, "promote", 1, "too soon"), (2, "retrain", None, "too soon"),
    ]  # fmt: skip
    assert now["pending"][0]["event_at"] > now["pending"][1]["event_at"]


def test_what_waited_for_long_is_not_told(catalogue: Catalogue, path: Path) -> None:
    with catalogue.write() as tx:
        a_version(tx, 1)
        decide(tx, "retrain", mode="approve")
        for _ in range(49):
            decide(tx)
        assert decide(tx, mode="auto").number == 51
    assert trips(path)["pending"] == []


def test_status_tells_what_was_found_in_the_newest_window(catalogue: Catalogue, path: Path) -> None:
    with catalogue.write() as tx:
        a_version(tx, 1)
        for name, hours in (("f1", 1), ("f2", 2), ("f3", 2)):
            findings.add(tx, a_finding(name, hours))
    assert (trips(path)["findings"], trips(path)["watched_until"]) == ([], None)
    with catalogue.write() as tx:
        watched.add(tx, a_look(hours=1, findings=("f1",)))
        watched.add(tx, a_look(hours=2, findings=("f2", "f3")))
    now = trips(path)
    assert now["watched_until"] == stamp(DAY + 2 * HOUR)
    assert [finding["id"] for finding in now["findings"]] == ["f2", "f3"]
    assert now["findings"][0] == {
        "id": "f2", "kind": "covariate", "known_at": stamp(DAY + 3 * HOUR), "sentence": "trips are longer",
        "columns": ["distance", "dest"], "since": "2026-03-01T12:00:00Z",
    }  # fmt: skip
    with catalogue.write() as tx:
        watched.add(tx, a_look(hours=3))
    assert trips(path)["findings"] == []


@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_the_catalogue_of_an_older_millwright_is_read_as_it_is(path: Path, schema: int) -> None:
    path.parent.mkdir(parents=True)
    db = sqlite3.connect(path)
    db.executescript((OLD / f"schema{schema}.sql").read_text(encoding="utf-8"))
    db.close()
    now = trips(path)
    assert (now["live"]["version"], now["live"]["action"], now["challenger"], now["pending"]) == (2, "promote", None, [])
    assert now["last_decision"]["number"] == len(now["decisions"])
    assert read_status(path)["schema"] == schema


def test_an_empty_catalogue_has_a_status(catalogue: Catalogue, path: Path) -> None:
    assert read_status(path) == {"schema": SCHEMA, "projects": {}, "audit": {"entries": 0, "head": None}}


def test_status_is_read_while_somebody_writes(catalogue: Catalogue, path: Path) -> None:
    with catalogue.write() as tx:
        a_version(tx, 1)
        assert read_status(path)["projects"] == {}


def test_without_a_catalogue_the_message_says_where_to_begin(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="mw train"):
        read_status(tmp_path / "catalogue.db")


def test_a_damaged_file_is_refused_in_one_line(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a letter" * 500)
    with pytest.raises(Unavailable, match="cannot be read"):
        read_status(path)


def test_a_newer_catalogue_is_refused(catalogue: Catalogue, path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("INSERT INTO schema_steps VALUES (?, 'later', '2030-01-01T00:00:00.000000Z')", (SCHEMA + 1,))
    db.commit()
    db.close()
    with pytest.raises(Unavailable, match="upgrade"):
        read_status(path)


def test_reading_the_status_loads_no_sqlalchemy() -> None:
    code = (
        "import sys, millwright.registry.status\n"
        "print([m for m in ('sqlalchemy', 'numpy', 'pandas', 'duckdb', 'pydantic', 'cryptography') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
