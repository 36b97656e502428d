import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from catalogue_samples import DAY
from sqlalchemy.exc import IntegrityError

from millwright.errors import Unavailable
from millwright.registry import aliases, projects, releases
from millwright.registry.catalogue import Catalogue
from millwright.registry.schema import SCHEMA

OLD = Path(__file__).parent / "old"


def test_the_file_is_private_durable_and_in_wal_mode(catalogue: Catalogue, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with catalogue.read() as tx:
        pragmas = {
            name: tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_what_was_written_is_there_after_opening_again(path: Path) -> None:
    with Catalogue.open(path) as first, first.write() as tx:
        projects.ensure(tx, "trips", DAY)
    with Catalogue.open(str(path)) as second, second.read() as tx:
        assert projects.names(tx) == ("trips",)
        assert projects.default(tx) == "trips"
        assert not projects.exists(tx, "taxis")


def test_a_failed_transaction_leaves_nothing(catalogue: Catalogue) -> None:
    def enter_a_project_and_an_alias_of_no_version() -> None:
        with catalogue.write() as tx:
            projects.ensure(tx, "trips", DAY)
            aliases.move(tx, "trips", "champion", 7, DAY)

    with pytest.raises(IntegrityError):
        enter_a_project_and_an_alias_of_no_version()
    with catalogue.read() as tx:
        assert projects.names(tx) == ()


def test_what_is_written_while_reading_is_undone(catalogue: Catalogue) -> None:
    with catalogue.read() as tx:
        projects.ensure(tx, "trips", DAY)
    with catalogue.read() as tx:
        assert projects.names(tx) == ()


def test_a_reader_sees_one_moment_and_does_not_wait(catalogue: Catalogue) -> None:
    with catalogue.read() as before:
        assert projects.names(before) == ()
        with catalogue.write() as tx:
            projects.ensure(tx, "trips", DAY)
        assert projects.names(before) == ()
    with catalogue.read() as after:
        assert projects.names(after) == ("trips",)


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    Catalogue.open(path).close()
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO schema_steps VALUES (?, 'from_the_future', '2030-01-01T00:00:00.000000Z')", (SCHEMA + 1,))
    db.close()
    with pytest.raises(Unavailable, match="upgrade Millwright") as refused:
        Catalogue.open(path)
    assert refused.value.code == "catalogue.newer"


@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_the_catalogue_of_an_older_millwright_opens(path: Path, schema: int) -> None:
    path.parent.mkdir(parents=True)
    db = sqlite3.connect(path)
    db.executescript((OLD / f"schema{schema}.sql").read_text(encoding="utf-8"))
    db.close()
    with Catalogue.open(path) as opened, opened.write() as tx:
        live = releases.current(tx, "trips")
        assert live is not None
        assert live.version == 2
        assert releases.previous(tx, "trips").number == 1
        assert aliases.get(tx, "trips", "champion") == 2


def test_the_tables_are_those_of_the_schema(path: Path, tmp_path: Path) -> None:
    """A changed table needs a migration step: the stored schema says what a catalogue in the field looks like."""
    Catalogue.open(path).close()
    old = sqlite3.connect(tmp_path / "old.db")
    old.executescript((OLD / f"schema{SCHEMA}.sql").read_text(encoding="utf-8"))
    new = sqlite3.connect(path)
    listing = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name"
    assert [(n, " ".join(s.split())) for n, s in new.execute(listing)] == [
        (n, " ".join(s.split())) for n, s in old.execute(listing)
    ]
    old.close()
    new.close()


@pytest.mark.parametrize("content", [b"this is not a database, it is a letter" * 40, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_catalogue_is_refused_in_one_line(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(Unavailable) as refused:
        Catalogue.open(path)
    assert "\n" not in str(refused.value)
    assert path.read_bytes() == content


def test_a_full_disk_is_said_in_words_and_costs_nothing(catalogue: Catalogue) -> None:
    def fill() -> None:
        with catalogue.write() as tx:
            tx.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite then fails as on a full disk
            for number in range(10_000):
                projects.ensure(tx, f"project {number} {'x' * 500}", DAY)

    with pytest.raises(Unavailable, match="free some space") as refused:
        fill()
    assert refused.value.code == "catalogue.full"
    catalogue.close()
    with catalogue.read() as tx:
        assert projects.names(tx) == ()


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened"):
        Catalogue.open(tmp_path)


def test_a_broken_rule_of_the_tables_is_not_hidden(catalogue: Catalogue) -> None:
    with pytest.raises(IntegrityError), catalogue.write() as tx:
        aliases.move(tx, "nobody", "champion", 7, DAY)


def test_many_processes_may_open_a_new_catalogue_at_once(path: Path) -> None:
    script = (
        f"from millwright.registry.catalogue import Catalogue; from pathlib import Path; Catalogue.open(Path({str(path)!r}))"
    )
    openers = [subprocess.Popen([sys.executable, "-W", "error", "-c", script]) for _ in range(6)]
    assert [opener.wait() for opener in openers] == [0] * 6
    with Catalogue.open(path) as opened, opened.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM schema_steps").scalar() == SCHEMA


def test_opening_it_twice_in_one_process_keeps_its_locks_from_others(catalogue: Catalogue, path: Path) -> None:
    """A file that a process closes loses all locks that the process has on it (POSIX). Another process that then takes itself
    for the last one takes away the log of a catalogue that is open, and what is written afterwards is lost."""
    with catalogue.write() as tx:
        projects.ensure(tx, "trips", DAY)
    log = path.with_name(f"{path.name}-wal")
    assert log.exists()
    Catalogue.open(path).close()
    script = f"from millwright.registry.catalogue import Catalogue; Catalogue.open({str(path)!r}).close()"
    subprocess.run([sys.executable, "-c", script], check=True)
    assert log.exists(), "it is in use"
    with catalogue.write() as tx:
        projects.ensure(tx, "taxis", DAY)
    catalogue.close()
    with Catalogue.open(path) as again, again.read() as tx:
        assert set(projects.names(tx)) == {"trips", "taxis"}
