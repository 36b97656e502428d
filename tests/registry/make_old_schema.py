"""Writes old/schemaN.sql, once for each schema: a small catalogue as that Millwright left it."""

import sqlite3
import tempfile
from pathlib import Path

from catalogue_samples import DAY, a_step, a_trial, a_version, release

from millwright.registry import decisions, steps, trials
from millwright.registry.catalogue import Catalogue
from millwright.registry.schema import SCHEMA


def fill(path: Path) -> None:
    """Something in every table that later steps may have to carry over."""
    with Catalogue.open(path) as catalogue, catalogue.write() as tx:
        a_version(tx, 1)
        a_version(tx, 2)
        steps.record(tx, a_step("run of trips"))
        trials.add(tx, "q1", "run of trips", a_trial())
        release(tx, 1, expected=0)
        release(tx, 2, expected=1, hours=1)
        decisions.add(
            tx, project="trips", action="hold", version=2, actor="millwright", rule="cooldown", reason="too soon",
            evidence={"hours": 1}, event_at=DAY, known_at=DAY,
        )  # fmt: skip


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
