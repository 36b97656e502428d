import json
import sqlite3
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from catalogue_samples import DAY, HOUR, a_run, a_version, abort, canary, decide, release, shadow

from millwright.records.codec import digest_of, from_json
from millwright.records.deciding import Decision
from millwright.registry import audit, decisions, runs
from millwright.registry.catalogue import Catalogue
from millwright.registry.witness import digest_as_kept


@pytest.fixture
def lived(catalogue: Catalogue) -> Catalogue:
    """A catalogue in which a little of everything has happened, told by a clock of another zone."""
    nepal = DAY.astimezone(timezone(timedelta(hours=5, minutes=45)))
    with catalogue.write() as tx:
        a_version(tx, 1)
        a_version(tx, 2)
        release(tx, 1, expected=0)
        release(tx, 2, expected=1, hours=1)
        runs.start(tx, a_run("abroad", at=nepal))
        runs.finish(tx, "abroad", "failed", at=nepal + HOUR, reason="no disk")
        decisions.add(
            tx, project="trips", action="promote", version=2, actor="ada", rule="passed", reason="better",
            evidence={"auc": (0.71, None), "nan": float("nan"), "at": nepal}, event_at=nepal, known_at=nepal,
        )  # fmt: skip
        shadow(tx, 1, expected=2, hours=2)
        canary(tx, 1, expected=3, hours=3)
        abort(tx, expected=4, hours=4)
        decide(tx, "shadow", mode="auto", of=1)
    return catalogue


def test_an_untouched_catalogue_is_as_the_audit_tells(lived: Catalogue) -> None:
    with lived.read() as tx:
        assert audit.verify(tx).ok


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ("UPDATE releases SET actor = 'eve' WHERE number = 1", "release trips 1"),
        ("UPDATE releases SET forced = 1 WHERE number = 2", "release trips 2"),
        ("UPDATE releases SET event_at = '2026-03-01T12:00:00.000001Z' WHERE number = 1", "release trips 1"),
        ("DELETE FROM releases WHERE number = 2", "release trips 2"),
        ("UPDATE versions SET verdict = 'failed' WHERE number = 2", "version trips v2"),
        ("UPDATE versions SET package = 'x' WHERE number = 1", "version trips v1"),
        ("UPDATE releases SET challenger = 1, share = 0 WHERE number = 2", "release trips 2"),
        ("UPDATE releases SET challenger = NULL, share = NULL WHERE number = 3", "release trips 3"),
        ("UPDATE releases SET share = 0.2 WHERE number = 4", "release trips 4"),
        ("UPDATE releases SET challenger = 2 WHERE number = 5", "release trips 5"),
        ("UPDATE decisions SET mode = 'auto' WHERE number = 1", "decision 1"),
        ("UPDATE decisions SET mode = NULL WHERE number = 2", "decision 2"),
        ('UPDATE decisions SET "of" = NULL WHERE number = 2', "decision 2"),
        ("UPDATE decisions SET evidence = '{}' WHERE number = 1", "decision 1"),
        ("DELETE FROM decisions WHERE number = 1", "decision 1"),
        ("UPDATE runs SET state = 'finished' WHERE id = 'abroad'", "run abroad"),
        ("UPDATE runs SET finished_at = 'yesterday' WHERE id = 'abroad'", "a row of runs cannot be read"),
        ("UPDATE decisions SET evidence = 'no json' WHERE number = 1", "a row of decisions cannot be read"),
    ],
)
def test_a_row_changed_behind_the_audit_is_found(lived: Catalogue, path: Path, change: str, about: str) -> None:
    db = sqlite3.connect(path)
    assert db.execute(change).rowcount == 1
    db.commit()
    db.close()
    with lived.read() as tx:
        state = audit.verify(tx)
    assert not state.ok
    assert about in state.sentence


def test_a_release_that_nobody_made_is_found(lived: Catalogue, path: Path) -> None:
    db = sqlite3.connect(path)
    columns = "project, version, package, payload_digest, actor, reason, action, forced, event_at, known_at, returns_to"
    db.execute(f"INSERT INTO releases (number, {columns}) SELECT 6, {columns} FROM releases WHERE number = 1")
    db.commit()
    db.close()
    with lived.read() as tx:
        state = audit.verify(tx)
    assert (state.ok, state.first_bad) == (False, None)
    assert "release trips 6" in state.sentence


def test_a_record_without_later_fields_has_the_digest_of_its_first_shape() -> None:
    """Digests are for ever: these are what the first schema's audit holds of its decision (tests/registry/old/schema1.sql)."""
    first = {
        "number": 1, "project": "trips", "action": "hold", "version": 2, "actor": "millwright", "rule": "cooldown",
        "reason": "too soon", "evidence": {"hours": 1}, "event_at": "2026-03-01T12:00:00Z", "known_at": "2026-03-01T12:00:00Z",
    }  # fmt: skip
    decision = from_json(Decision, json.dumps(first))
    assert digest_as_kept(decision) == digest_of(first)
    assert digest_as_kept(decision) == "1413ac6ae617a5ebde86d914b72e1d68296add0ec5c452ce2745f20eee514076"
    assert digest_as_kept(replace(decision, mode="auto")) == digest_of(first | {"mode": "auto"})
    assert digest_as_kept(replace(decision, mode="auto", of=3)) == digest_of(first | {"mode": "auto", "of": 3})
