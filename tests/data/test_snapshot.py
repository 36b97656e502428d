"""Snapshots: what is copied, what is set aside, and that the same is always the same."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from taking import SAMPLES, SPECS, take, taken

from millwright.data.read import read_columns
from millwright.errors import DataRefused
from millwright.stores.blobs import FileBlobs


def write(folder: Path, query: str, name: str = "rows.parquet") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.execute(f"copy ({query}) to '{path}'")
    return path


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    return tmp_path / "staging"


EVENTS = "select timestamp '2020-01-01' + to_days(i::int) as t, i as x, i % 2 as y from range(10) r(i)"


def test_a_snapshot_says_what_it_holds(staging: Path) -> None:
    snapshot = taken("flights_joined_2013.parquet").snapshot
    assert snapshot.rows == sum(part.rows for part in snapshot.parts) == 2906
    assert snapshot.sources == ("flights_joined_2013.parquet",)
    assert snapshot.event_at == datetime(2013, 5, 1, 1, 0, tzinfo=UTC)
    assert {field.type for field in snapshot.fields} == {"BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR", "TIMESTAMP"}
    assert [(aside.reason, aside.count) for aside in snapshot.set_aside] == [("without an event time", 94)]


@pytest.mark.parametrize("name", ["adult.csv", "flights_joined_2013.parquet"])
def test_the_same_source_gives_the_same_bytes(name: str, staging: Path) -> None:
    assert take(SAMPLES, name, staging, **SPECS[name]).snapshot == taken(name).snapshot


def test_csv_and_parquet_of_the_same_rows_hold_the_same_cells() -> None:
    one, two = taken("adult.csv"), taken("adult.parquet")
    assert one.contract == two.contract
    a, b = (read_columns(got.snapshot, got.blobs, got.contract) for got in (one, two))
    assert all(a[name].tolist() == b[name].tolist() for name in a)


@pytest.mark.parametrize(
    ("as_of", "zone", "rows"),
    [
        (datetime(2020, 1, 5, tzinfo=UTC), "UTC", 5),
        (datetime(2020, 1, 5, tzinfo=UTC), "America/New_York", 4),
        (datetime(2020, 1, 4, 20, tzinfo=UTC), "Asia/Tokyo", 5),
    ],
)
def test_rows_after_the_as_of_time_are_set_aside(tmp_path: Path, staging: Path, as_of: datetime, zone: str, rows: int) -> None:
    write(tmp_path, EVENTS)
    snapshot = take(tmp_path, "rows.parquet", staging, as_of=as_of, time="t", zone=zone).snapshot
    assert (snapshot.rows, snapshot.set_aside[0].count) == (rows, 10 - rows)
    assert snapshot.event_at is not None
    assert snapshot.event_at <= as_of


def test_labels_that_are_not_known_yet_set_a_row_aside(tmp_path: Path, staging: Path) -> None:
    write(tmp_path, EVENTS)
    as_of = datetime(2020, 1, 10, tzinfo=UTC)
    snapshot = take(tmp_path, "rows.parquet", staging, as_of=as_of, time="t", label_delay="3d").snapshot
    assert (snapshot.rows, snapshot.set_aside[0].count) == (7, 3)


def test_a_label_may_be_known_the_moment_a_row_happens(tmp_path: Path, staging: Path) -> None:
    write(tmp_path, f"select *, t - to_hours((x = 3)::int) as k from ({EVENTS})")
    snapshot = take(tmp_path, "rows.parquet", staging, time="t", label_known="k").snapshot
    assert [(aside.reason, aside.count, aside.lines) for aside in snapshot.set_aside] == [
        ("known before they happened", 1, (5,))
    ]


def test_until_leaves_rows_out_and_says_so(tmp_path: Path, staging: Path) -> None:
    write(tmp_path, EVENTS)
    snapshot = take(tmp_path, "rows.parquet", staging, time="t", until="2020-01-04").snapshot
    assert (snapshot.rows, snapshot.set_aside) == (3, ())
    assert "7 rows at or after data.until" in snapshot.notes[0]


def test_times_with_a_zone_are_instants(tmp_path: Path, staging: Path) -> None:
    write(tmp_path, "select '2020-01-01T00:00:00Z'::timestamptz as t, 1 as y")
    got = take(tmp_path, "rows.parquet", staging, time="t", zone="America/New_York")
    assert got.snapshot.event_at == datetime(2020, 1, 1, tzinfo=UTC)
    wall = read_columns(got.snapshot, got.blobs, got.contract)["t"][0]
    assert datetime.fromtimestamp(int(wall) / 1e6, UTC).replace(tzinfo=None) == datetime(2019, 12, 31, 19)


def test_a_time_column_in_one_other_format_is_read(tmp_path: Path, staging: Path) -> None:
    (tmp_path / "rows.csv").write_text("t,y\n31/01/2020 10:00,1\n01/02/2020 11:30,0\n")
    snapshot = take(tmp_path, "rows.csv", staging, time="t").snapshot
    assert snapshot.event_at == datetime(2020, 2, 1, 11, 30, tzinfo=UTC)
    assert "%d/%m/%Y %H:%M" in snapshot.notes[0]


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ("01/02/2020,1\n03/04/2020,0\n", "day or month first"),
        ("1,1\n2,0\n", "holds no dates"),
        ("soon,1\nlater,0\n", "holds no dates"),
    ],
)
def test_a_time_column_without_one_meaning_is_refused(tmp_path: Path, staging: Path, rows: str, what: str) -> None:
    (tmp_path / "rows.csv").write_text(f"t,y\n{rows}")
    with pytest.raises(DataRefused, match=what):
        take(tmp_path, "rows.csv", staging, time="t")


def test_days_first_or_months_first_is_decided_by_all_rows(tmp_path: Path, staging: Path) -> None:
    minutes = "strftime(timestamp '2020-01-01' + to_minutes(i), '%d/%m/%Y %H:%M')"
    duckdb.execute(f"copy (select {minutes} as t, i % 2 as y from range(40000) r(i)) to '{tmp_path / 'rows.csv'}'")
    snapshot = take(tmp_path, "rows.csv", staging, time="t").snapshot
    assert (snapshot.rows, snapshot.event_at) == (40_000, datetime(2020, 1, 28, 18, 39, tzinfo=UTC))


def test_files_of_a_folder_are_parts_in_order_with_common_types(tmp_path: Path, staging: Path) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "b.csv").write_text("y,x\n1,2.5\n")
    (tmp_path / "rows" / "a.csv").write_text("x,y\n7,0\n8,1\n")
    (tmp_path / "rows" / "_notes.txt").write_text("not a table")
    got = take(tmp_path, "rows", staging)
    assert got.snapshot.sources == ("a.csv", "b.csv")
    assert [part.rows for part in got.snapshot.parts] == [2, 1]
    columns = read_columns(got.snapshot, got.blobs, got.contract)
    assert (columns["x"].tolist(), columns["y"].tolist()) == ([7.0, 8.0, 2.5], [0.0, 1.0, 1.0])
    assert read_columns(got.snapshot, got.blobs, got.contract, ["x"], slice(1, 3))["x"].tolist() == [8.0, 2.5]
    assert read_columns(got.snapshot, got.blobs, got.contract, ["x"], slice(3, 3))["x"].tolist() == []


def test_a_number_in_one_file_and_text_in_another_is_text_as_written(tmp_path: Path, staging: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1.50,0\n")
    (tmp_path / "b.csv").write_text("x,y\nnone yet,1\n")
    got = take(tmp_path, "*.csv", staging)
    assert read_columns(got.snapshot, got.blobs, got.contract)["x"].tolist() == ["1.50", "none yet"]


def test_files_with_other_columns_are_refused(tmp_path: Path, staging: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,0\n")
    (tmp_path / "b.csv").write_text("x,z\n1,0\n")
    with pytest.raises(DataRefused, match=r"differ from those of a\.csv: y, z"):
        take(tmp_path, "*.csv", staging)


def test_a_name_in_the_spec_that_is_not_there_names_the_nearest(tmp_path: Path, staging: Path) -> None:
    write(tmp_path, "select 1 as age, 1 as y")
    with pytest.raises(DataRefused, match='did you mean "age"'):
        take(tmp_path, "rows.parquet", staging, key=("agee",))


def test_lists_are_refused_unless_ignored(tmp_path: Path, staging: Path) -> None:
    write(tmp_path, "select [1, 2] as many, {'a': 1} as record, 1 as y")
    with pytest.raises(DataRefused, match="many"):
        take(tmp_path, "rows.parquet", staging)
    got = take(tmp_path, "rows.parquet", staging, ignore=("many", "record"))
    assert [field.name for field in got.snapshot.fields] == ["y"]
    assert len(got.snapshot.notes) == 2


TYPES = {
    "1::utinyint": "BIGINT",
    "1::ubigint": "DOUBLE",
    "1.5::decimal(9, 2)": "DOUBLE",
    "1.5::float": "DOUBLE",
    "true": "BOOLEAN",
    "date '2020-01-01'": "TIMESTAMP",
    "timestamp_ns '2020-01-01'": "TIMESTAMP",
    "timestamptz '2020-01-01 00:00:00Z'": "TIMESTAMP WITH TIME ZONE",
    "uuid()": "VARCHAR",
    "'a'::enum('a', 'b')": "VARCHAR",
    "time '10:00'": "VARCHAR",
    "null": "VARCHAR",
}


@pytest.mark.parametrize("value", TYPES)
def test_every_parquet_type_becomes_one_of_six(tmp_path: Path, staging: Path, value: str) -> None:
    write(tmp_path, f"select {value} as x, 1 as y")
    got = take(tmp_path, "rows.parquet", staging)
    assert got.snapshot.fields[0].type == TYPES[value]
    assert len(read_columns(got.snapshot, got.blobs, got.contract)["x"]) == 1


def test_nothing_is_kept_of_what_is_refused(tmp_path: Path, staging: Path) -> None:
    write(tmp_path, EVENTS)
    with pytest.raises(DataRefused, match="no row is left: 10 dated after the as-of time"):
        take(tmp_path, "rows.parquet", staging, as_of=datetime(2019, 1, 1, tzinfo=UTC), time="t")
    assert not list(staging.iterdir())


def test_parts_lie_in_the_blob_store_under_their_digest(tmp_path: Path, staging: Path) -> None:
    from millwright.data.snapshot import take_snapshot
    from millwright.records.spec import DataSpec

    blobs = FileBlobs(tmp_path / "blobs")
    spec = DataSpec(source="adult.csv", target="income", task="binary")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    snapshot = take_snapshot(spec, base=SAMPLES, blobs=blobs, as_of=now, staging=staging)
    assert all(len(blobs.get(part.digest)) == part.size for part in snapshot.parts)


def refusal(base: Path, source: str, staging: Path, **settings: Any) -> str:
    with pytest.raises(DataRefused) as caught:
        take(base, source, staging, **settings)
    return caught.value.what


def test_sources_that_are_no_tables_are_refused(tmp_path: Path, staging: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "empty").mkdir()
    (tmp_path / "mixed").mkdir()
    write(tmp_path, EVENTS, "mixed/a.parquet")
    (tmp_path / "mixed" / "b.csv").write_text("x,y\n1,0\n")
    assert refusal(tmp_path, "pipe.csv", staging) == "is not a plain file"
    assert refusal(tmp_path, "/dev/null", staging) == "is not a plain file"
    assert refusal(tmp_path, "empty", staging) == "no CSV or Parquet file is there"
    assert refusal(tmp_path, "nowhere.csv", staging) == "there is no such file"
    assert refusal(tmp_path, "no*.csv", staging) == "no CSV or Parquet file is there"
    assert refusal(tmp_path, "mixed", staging) == "CSV and Parquet files are mixed"
    assert refusal(tmp_path, "warehouse://rows", staging) == 'no source is called "warehouse"'


def test_a_source_may_come_by_the_plug_in_door(tmp_path: Path, staging: Path) -> None:
    write(tmp_path, EVENTS)
    assert take(tmp_path, "files://rows.parquet", staging).snapshot.rows == 10
