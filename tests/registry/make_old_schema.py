"""Writes old/schemaN.sql, once for each schema: a small catalogue as that Millwright left it."""

import sqlite3
import tempfile
from pathlib import Path

from catalogue_samples import (
    DAY,
    HOUR,
    a_finding,
    a_look,
    a_score,
    a_step,
    a_trial,
    a_version,
    abort,
    an_alert,
    canary,
    decide,
    pause,
    release,
    shadow,
)

from millwright.records.people import ControlKey, Grant
from millwright.registry import (
    alerts,
    answered,
    control_keys,
    deliveries,
    findings,
    identities,
    leases,
    people,
    scores,
    sessions,
    steps,
    trials,
    watched,
)
from millwright.registry.catalogue import Catalogue
from millwright.registry.schema import SCHEMA

A_KEY = ControlKey(id="k1", name="ci", person="ada", project="trips", role="viewer", created_at=DAY)


def fill(path: Path) -> None:
    """Something in every table that later steps may have to carry over."""
    with Catalogue.open(path) as catalogue, catalogue.write() as tx:
        a_version(tx, 1)
        a_version(tx, 2)
        steps.record(tx, a_step("run of trips"))
        trials.keep(tx, "q1", "run of trips", a_trial())
        release(tx, 1, expected=0)
        shadow(tx, 2, expected=1, hours=1)
        canary(tx, 2, expected=2, hours=2)
        release(tx, 2, expected=3, hours=3)
        shadow(tx, 1, expected=4, hours=4)
        pause(tx, expected=5, hours=5)
        abort(tx, expected=6, hours=5)
        findings.add(tx, a_finding("f1", hours=5))
        watched.add(tx, a_look(hours=5, version=2, findings=("f1",)))
        advice = decide(tx, "retrain", version=2, mode="approve")
        decide(tx, "approve", of=advice.number)
        scores.add(tx, a_score(advice.number))
        leases.take(tx, "trips", "host 1", now=DAY, ttl=HOUR)
        alerts.set_marks(tx, "trips", alerts.newest_marks(tx, "trips"))
        told = alerts.add(tx, an_alert("trips", "finding:f1"), DAY, ended=False)
        deliveries.add(tx, told, "team", "first", told=1, due_at=DAY)
        people.add(tx, "ada", (Grant(project="*", role="admin"),), actor="ada", at=DAY)
        people.set_password(tx, "ada", "$argon2id$v=19$not-a-digest", actor="ada", at=DAY)
        sessions.make_link(tx, "a link", "ada", actor="ada", at=DAY)
        sessions.begin(tx, "a secret", "s1", "ada", at=DAY, agent="a browser")
        control_keys.add(tx, A_KEY, "mwc_a key", actor="ada")
        identities.bind(tx, "https://login.example.com", "subject 1", "ada", at=DAY)
        answered.begin(tx, "ada", "a key of a request", "d" * 64, at=DAY)
        answered.finish(tx, "ada", "a key of a request", 202, "{}")
        alerts.acknowledge(tx, told, actor="ada", reason="the feed is being repaired", at=DAY + HOUR)


def main() -> None:
    """Write the file of the current schema."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue.db"
        fill(path)
        db = sqlite3.connect(path)
        lines = list(db.iterdump())
        db.close()
    target = Path(__file__).parent / "old" / f"schema{SCHEMA}.sql"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
