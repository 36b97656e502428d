import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from catalogue_samples import DAY, HOUR, a_run, a_version, canary, decide, shadow
from sqlalchemy import Connection, Engine, create_engine, inspect

from millwright.records.codec import to_json
from millwright.records.deciding import Finding
from millwright.registry import alerts, audit, decisions, deliveries, findings, leases, releases, runs, watched
from millwright.registry.catalogue import Catalogue
from millwright.registry.ddl import FIRST_SCHEMA
from millwright.registry.migrations import STEPS
from millwright.registry.schema import SCHEMA
from millwright.registry.tables import TABLES

OLD = Path(__file__).parent / "old"
LISTING = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name"


def restore(path: Path, schema: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path)
    db.executescript((OLD / f"schema{schema}.sql").read_text(encoding="utf-8"))
    db.close()


def listing(path: Path) -> list[tuple[str, str]]:
    db = sqlite3.connect(path)
    rows = [(name, " ".join(sql.split())) for name, sql in db.execute(LISTING)]
    db.close()
    return rows


def described(engine: Engine) -> dict[str, Any]:
    """Tables, columns, keys and indexes, whatever their order."""
    about = inspect(engine)
    return {
        name: {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in about.get_columns(name)),
            "key": about.get_pk_constraint(name)["constrained_columns"],
            "foreign": sorted((k["constrained_columns"], k["referred_table"]) for k in about.get_foreign_keys(name)),
            "unique": sorted(k["column_names"] for k in about.get_unique_constraints(name)),
            "indexes": sorted((str(i["name"]), i["column_names"], i["unique"]) for i in about.get_indexes(name)),
        }
        for name in about.get_table_names()
    }


def test_every_step_has_a_number() -> None:
    assert [int(name.partition("_")[0]) for name, _ in STEPS] == list(range(1, SCHEMA + 1))


def test_the_first_step_makes_the_first_schema_to_the_letter(path: Path, tmp_path: Path) -> None:
    restore(path, 1)
    db = sqlite3.connect(tmp_path / "first.db")
    for statement in FIRST_SCHEMA:
        db.execute(statement.format(serial="INTEGER", false="0"))
    db.close()
    assert [(name, sql.replace("( ", "(").replace(" )", ")")) for name, sql in listing(path)] == [
        (name, sql.replace("( ", "(").replace(" )", ")")) for name, sql in listing(tmp_path / "first.db")
    ]


def test_the_steps_lead_to_the_tables_that_the_code_speaks_of(path: Path, tmp_path: Path) -> None:
    Catalogue.open(path).close()
    taken, spoken = create_engine(f"sqlite:///{path}"), create_engine(f"sqlite:///{tmp_path / 'spoken.db'}")
    TABLES.create_all(spoken)
    assert described(taken) == described(spoken)
    taken.dispose()
    spoken.dispose()


@pytest.mark.parametrize("schema", range(1, SCHEMA))
def test_an_upgraded_catalogue_has_the_tables_of_a_new_one(path: Path, tmp_path: Path, schema: int) -> None:
    restore(path, schema)
    Catalogue.open(path).close()
    Catalogue.open(tmp_path / "new.db").close()
    assert listing(path) == listing(tmp_path / "new.db")


@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_an_upgraded_catalogue_is_as_its_audit_tells(path: Path, schema: int) -> None:
    restore(path, schema)
    with Catalogue.open(path) as opened, opened.read() as tx:
        before = audit.verify(tx)
        assert (before.ok, before.entries > 5) == (True, True)
        for table in TABLES.sorted_tables:
            assert tx.exec_driver_sql(f"PRAGMA foreign_key_check({table.name})").all() == []


def test_nothing_of_the_first_schema_is_lost(path: Path) -> None:
    restore(path, 1)
    db = sqlite3.connect(path)
    before = {
        table: db.execute(f"SELECT * FROM {table}").fetchall()
        for table in ("aliases", "audit", "projects", "runs", "steps", "trials", "versions")
    }
    numbers = db.execute("SELECT number, version, returns_to, forced FROM releases").fetchall()
    db.close()
    Catalogue.open(path).close()
    db = sqlite3.connect(path)
    assert before == {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in before}
    query = "SELECT number, version, returns_to, forced, challenger, share FROM releases"
    assert db.execute(query).fetchall() == [(*row, None, None) for row in numbers]
    db.close()


def test_an_upgraded_catalogue_goes_on(path: Path) -> None:
    restore(path, 1)
    with Catalogue.open(path) as opened, opened.write() as tx:
        assert decisions.get(tx, 1).mode is None
        a_version(tx, 3)
        runs.start(tx, a_run("r2"))
        shadow(tx, 3, expected=2)
        canary(tx, 3, expected=3)
        decide(tx, "canary", mode="auto", of=1)
        assert audit.verify(tx).ok
        assert releases.previous(tx, "trips").number == 1


def a_finding_of_the_first_schema(at: str) -> bytes:
    return to_json(
        {
            "id": "f1", "project": "trips", "kind": "covariate", "columns": ["distance"], "effect": 0.3, "sentence": "longer",
            "since": "2026-02-01T00:00:00Z", "event_at": at, "known_at": "2026-03-01T13:00:00Z",
        }
    )  # fmt: skip


@pytest.mark.parametrize("at", ["2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00", "2026-03-01T12:00:00.000000Z"])
def test_findings_of_the_first_schema_are_found_by_their_window(path: Path, at: str) -> None:
    restore(path, 1)
    db = sqlite3.connect(path)
    row = (1, "f1", "trips", "covariate", a_finding_of_the_first_schema(at).decode(), "2026-03-01T13:00:00.000000Z")
    db.execute("INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?)", row)
    db.commit()
    db.close()
    with Catalogue.open(path) as opened, opened.read() as tx:
        (found,) = findings.of_window(tx, "trips", DAY)
        assert isinstance(found, Finding)
        assert (found.event_at, found.check, found.rows, found.changes) == (DAY, None, 0, ())
        assert findings.page(tx, "trips") == (found,)


def test_a_step_that_fails_leaves_the_catalogue_as_it_was(path: Path) -> None:
    restore(path, 1)
    db = sqlite3.connect(path)
    db.execute("INSERT INTO findings VALUES (1, 'f1', 'trips', 'covariate', 'no json', '')")
    db.commit()
    before = list(db.iterdump())
    db.close()
    with pytest.raises(ValueError):
        Catalogue.open(path)
    db = sqlite3.connect(path)
    assert list(db.iterdump()) == before
    db.close()


def test_the_second_schema_keeps_what_the_loop_wrote(path: Path) -> None:
    restore(path, 2)
    with Catalogue.open(path) as opened, opened.write() as tx:
        assert [row.action for row in releases.page(tx, "trips")] == [
            "abort", "shadow", "promote", "canary", "shadow", "promote",
        ]  # fmt: skip
        assert [decision.of for decision in decisions.following(tx, 1)] == [1]
        look = watched.newest(tx, "trips")
        assert look is not None
        assert [finding.id for finding in findings.of_window(tx, "trips", look.window.end)] == ["f1"]
        assert leases.take(tx, "trips", "host 2", now=DAY, ttl=HOUR) is None


READS: dict[str, Callable[[Connection], object]] = {
    "releases.current": lambda tx: releases.current(tx, "trips"),
    "releases.since": lambda tx: releases.since(tx, "trips", 2),
    "releases.previous": lambda tx: releases.previous(tx, "trips"),
    "decisions.following": lambda tx: decisions.following(tx, 1),
    "decisions.newest": lambda tx: decisions.newest(tx, "trips", "retrain"),
    "decisions.at": lambda tx: decisions.at(tx, "trips", DAY, limit=5),
    "findings.of_window": lambda tx: findings.of_window(tx, "trips", DAY + 5 * HOUR),
    "watched.newest": lambda tx: watched.newest(tx, "trips"),
    "alerts.marks": lambda tx: alerts.marks(tx, "trips"),
    "alerts.newest_marks": lambda tx: alerts.newest_marks(tx, "trips"),
    "alerts.news": lambda tx: alerts.news(tx, "trips", alerts.Marks(findings=0, decisions=0, looks=0)),
    "alerts.not_ended": lambda tx: alerts.not_ended(tx, "trips"),
    "alerts.of_cause": lambda tx: alerts.of_cause(tx, "trips", "finding:f1"),
    "deliveries.any_due": lambda tx: deliveries.any_due(tx, "trips", DAY),
    "deliveries.due": lambda tx: deliveries.due(tx, "trips", "team", DAY),
    "deliveries.escalated": lambda tx: deliveries.escalated(tx, 1, "boss"),
    "leases.newest": lambda tx: leases.newest(tx, "trips"),
}


@pytest.mark.parametrize("name", READS)
def test_no_read_of_the_loop_grows_with_history(path: Path, name: str) -> None:
    """SQLite's own plan of each statement finds rows by an index: it walks no table and sorts nothing but ties."""
    restore(path, 2)
    said: list[str] = []
    with Catalogue.open(path) as opened, opened.read() as tx:
        raw: Any = tx.connection.driver_connection
        raw.set_trace_callback(said.append)
        READS[name](tx)
        raw.set_trace_callback(None)
        assert said
        plans = [row[3] for statement in said for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN") or plan == "USE TEMP B-TREE FOR ORDER BY"] == []
