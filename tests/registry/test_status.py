import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from catalogue_samples import DAY, a_run, a_version, release

from millwright.errors import NotFound, Unavailable
from millwright.registry import audit, runs
from millwright.registry.catalogue import Catalogue
from millwright.registry.schema import SCHEMA
from millwright.registry.status import read_status


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
