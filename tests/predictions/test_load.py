"""Loads of the log: each alone, and none reads anything but the log."""

import multiprocessing
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from millwright.predictions.load import Span, load, scratch
from millwright.predictions.tables import LABELS, PREDICTIONS

DAY = datetime(2026, 6, 1, tzinfo=UTC)


def spans_of(home: Path) -> list[Span]:
    return [
        Span(table=table, root=home / name, project="trips", since=DAY, until=DAY)
        for table, name in ((PREDICTIONS, "log"), (LABELS, "labels"))
    ]


def nothing(_connection: Any) -> None: ...


def count(connection: Any, table: str) -> int:
    found = connection.execute(f"select count(*) from {table}").fetchone()
    return int(found[0])


def test_two_loads_at_once_have_tables_of_their_own(tmp_path: Path) -> None:
    with scratch() as first, scratch() as second:
        with load(spans_of(tmp_path), first, nothing) as one, load(spans_of(tmp_path), second, nothing) as other:
            one.execute("create temp table asked as select 1")
            other.execute("create temp table asked as select range as i from range(5)")
            assert (count(one, "asked"), count(other, "asked")) == (1, 5)
        assert first.parent == second.parent
    assert not first.exists()


def test_what_a_load_made_is_gone_with_it(tmp_path: Path) -> None:
    with scratch() as folder:
        with load(spans_of(tmp_path), folder, nothing) as one:
            one.execute("create temp table asked as select 1")
        with load(spans_of(tmp_path), folder, nothing) as again, pytest.raises(duckdb.CatalogException):
            again.execute("select * from asked")


def test_a_load_reads_the_log_and_its_own_scratch_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    for place in (tmp_path / "log" / "a.csv", tmp_path / "b.csv"):
        place.write_text("x\n1\n")
    with scratch() as folder, load(spans_of(tmp_path), folder, nothing) as connection:
        (folder / "c.csv").write_text("x\n1\n")
        for inside in (tmp_path / "log" / "a.csv", folder / "c.csv"):
            assert count(connection, f"read_csv('{inside}')") == 1
        for outside in (tmp_path / "b.csv", tmp_path / "log" / ".." / "b.csv", Path("/etc/passwd")):
            with pytest.raises(duckdb.PermissionException):
                connection.execute(f"select * from read_csv('{outside}')")
        for change in ("set enable_external_access = true", "set allowed_directories = ['/']", "install httpfs", "load httpfs"):
            with pytest.raises(duckdb.Error):
                connection.execute(change)


def test_a_scratch_is_made_again_where_somebody_cleared_temporary_files(tmp_path: Path) -> None:
    with scratch() as folder:
        place = folder.parent
    shutil.rmtree(place)
    with scratch() as again, load(spans_of(tmp_path), again, nothing) as connection:
        assert count(connection, "predictions") == 0
        (again / "c.csv").write_text("x\n1\n")
        assert count(connection, f"read_csv('{again / 'c.csv'}')") == 1


def _loaded(home: Path) -> int:
    with scratch() as folder, load(spans_of(home), folder, nothing) as connection:
        return count(connection, "predictions")


@pytest.mark.timeout(60)
def test_a_process_may_fork_between_two_loads(tmp_path: Path) -> None:
    assert _loaded(tmp_path) == 0
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_loaded, (tmp_path,)).get(timeout=30) == 0
    assert _loaded(tmp_path) == 0
