"""Logged requests with labels as a part like those of a snapshot."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pytest

from millwright.errors import Unavailable
from millwright.predictions.labelled import write_labelled
from millwright.predictions.layout import to_microseconds
from millwright.records.data import Field

FIELDS = [
    Field(name="when", type="TIMESTAMP"),
    Field(name="weight", type="DOUBLE"),
    Field(name="age", type="BIGINT"),
    Field(name="member", type="BOOLEAN"),
    Field(name='city é"', type="VARCHAR"),
    Field(name="seen", type="TIMESTAMP WITH TIME ZONE"),
    Field(name="late", type="BIGINT"),
]
AT = datetime(2013, 7, 1, 16, tzinfo=UTC)
SETTINGS: dict[str, Any] = {"target": "late", "time": "when", "zone": "America/New_York"}


def objects(values: list[Any]) -> np.ndarray[Any, Any]:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def write(path: Path, rows: list[dict[str, Any]], labels: list[Any], fields: list[Field] = FIELDS, **changes: Any) -> list[Any]:
    """The rows of the file, as DuckDB reads them."""
    requests = objects([msgspec.json.encode(row).decode() for row in rows])
    event_at = np.array([to_microseconds(AT) + i for i in range(len(rows))], dtype=np.int64)
    assert write_labelled(path, requests, event_at, objects(labels), fields, **{**SETTINGS, **changes}) == len(rows)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute("select * from read_parquet(?)", [str(path)]).fetchall()


def column(path: Path, kind: str, values: list[Any]) -> list[Any]:
    """What becomes of values in a column of that type."""
    fields = [Field(name="x", type=kind), Field(name="late", type="BIGINT")]
    return [row[0] for row in write(path, [{"x": value} for value in values], [0] * len(values), fields, time=None)]


def test_columns_are_those_of_the_snapshot_in_order_and_type(tmp_path: Path) -> None:
    row = {
        "late": 0,
        "more": 5,
        'city é"': "Zürich \\ \u2028",
        "member": True,
        "age": 2**53 + 1,
        "weight": 0.1,
        "when": "2013-01-31T10:00:00",
        "seen": "2013-01-31T10:00:00",
    }
    found = write(tmp_path / "part.parquet", [row, {}], [1, None])
    seen = datetime(2013, 1, 31, 15, tzinfo=UTC)
    assert found[0][:5] == (datetime(2013, 1, 31, 10), 0.1, 2**53 + 1, True, "Zürich \\ \u2028")
    assert (found[0][5].astimezone(UTC), found[0][6]) == (seen, 1)
    assert found[1] == (datetime(2013, 7, 1, 12, 0, 0, 1), None, None, None, None, None, None)
    with duckdb.connect() as connection:
        described = connection.execute(f"describe select * from '{tmp_path}/part.parquet'").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [(field.name, field.type) for field in FIELDS]


def test_a_weight_that_no_request_brings_is_the_same_in_every_row(tmp_path: Path) -> None:
    found = write(tmp_path / "part.parquet", [{"weight": 9.0}, {}], [1, 0], weight=("weight", 1.25))
    assert [row[1] for row in found] == [1.25, 1.25]
    found = write(tmp_path / "whole.parquet", [{"age": 9}, {}], [1, 0], weight=("age", 3.0))
    assert [row[2] for row in found] == [3, 3]
    with duckdb.connect() as connection:
        described = connection.execute(f"describe select * from '{tmp_path}/whole.parquet'").fetchall()
    assert [kind for _, kind, *_ in described] == [field.type for field in FIELDS]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("DOUBLE", [1, 2.5, "3.5", True, "a lot", [], 10**400, None, -0.0], [1.0, 2.5, 3.5, 1.0, None, None, None, None, -0.0]),
        ("BIGINT", [1, 2.0, 2.5, "7", "7.5", False, 2**63, -(2**63), {}], [1, 2, None, 7, None, 0, None, -(2**63), None]),
        ("BOOLEAN", [True, 0, 1.0, 2, "true", "x", None], [True, False, True, None, True, None, None]),
        (
            "VARCHAR",
            ['é\n"q\\', 5, 5.0, 2.5, True, 1e22, [1], None, "", "null"],
            ['é\n"q\\', "5", "5", "2.5", "true", "1e+22", None, None, "", "null"],
        ),
        (
            "TIMESTAMP",
            ["2013-01-31", "2013-01-31T10:00:00Z", "2013-01-31 10:00:00.5-05:00", "soon", 20130131],
            [datetime(2013, 1, 31), datetime(2013, 1, 31, 5), datetime(2013, 1, 31, 10, 0, 0, 500_000), None, None],
        ),
    ],
)
def test_a_value_that_cannot_be_of_its_fields_type_is_null(
    tmp_path: Path, kind: str, values: list[Any], expected: list[Any]
) -> None:
    assert column(tmp_path / "part.parquet", kind, values) == expected


@pytest.mark.parametrize("name", ["service {x}", "{0}", "{}", "per cent %s", "quote ' and \""])
def test_a_column_may_be_called_anything(tmp_path: Path, name: str) -> None:
    for kind, expected in (
        ("DOUBLE", [1.0, 0.0]),
        ("BIGINT", [1, 0]),
        ("VARCHAR", ["true", "false"]),
        ("BOOLEAN", [True, False]),
    ):
        fields = [Field(name=name, type=kind), Field(name="late", type="BIGINT")]
        found = write(tmp_path / f"{kind}.parquet", [{name: True}, {name: False}], [0, 1], fields, time=None)
        assert [row[0] for row in found] == expected


def test_labels_take_the_type_of_the_target(tmp_path: Path) -> None:
    labels = [1, 1.0, "1", True, None, "late", 2.5]
    for kind, expected in (
        ("BIGINT", [1, 1, 1, 1, None, None, None]),
        ("VARCHAR", ["1", "1", "1", "true", None, "late", "2.5"]),
        ("DOUBLE", [1.0, 1.0, 1.0, 1.0, None, None, 2.5]),
        ("BOOLEAN", [True, True, True, True, None, None, None]),
    ):
        fields = [Field(name="late", type=kind)]
        found = write(tmp_path / "part.parquet", [{}] * len(labels), labels, fields, time=None)
        assert [row[0] for row in found] == expected, kind


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("TIMESTAMP", datetime(2013, 7, 1, 12)),
        ("TIMESTAMP WITH TIME ZONE", AT),
        ("VARCHAR", "2013-07-01T12:00:00.000000"),
    ],
)
def test_without_a_time_of_its_own_a_row_happened_when_the_log_says(tmp_path: Path, kind: str, expected: Any) -> None:
    fields = [Field(name="when", type=kind), Field(name="late", type="BIGINT")]
    (row,) = write(tmp_path / "part.parquet", [{"when": None}], [1], fields)
    assert (row[0].astimezone(UTC) if kind.endswith("ZONE") else row[0]) == expected


def test_a_time_is_read_as_its_source_writes_it(tmp_path: Path) -> None:
    fields = [Field(name="when", type="TIMESTAMP", date_format="%d/%m/%Y"), Field(name="late", type="BIGINT")]
    rows = [{"when": "02/03/2021"}, {"when": "2021-03-04T10:00:00"}, {"when": "soon"}]
    found = write(tmp_path / "part.parquet", rows, [0, 1, 0], fields, time=None)
    assert [row[0] for row in found] == [datetime(2021, 3, 2), datetime(2021, 3, 4, 10), None]


@pytest.mark.parametrize(("unit", "number"), [("unix seconds", 1_614_852_000), ("unix nanoseconds", 1_614_852_000_000_000_001)])
def test_a_number_since_1970_is_the_moment_that_it_was_trained_on(tmp_path: Path, unit: str, number: int) -> None:
    fields = [Field(name="when", type="TIMESTAMP WITH TIME ZONE", date_format=unit), Field(name="late", type="BIGINT")]
    given = [number, float(number), str(number), "2021-03-04T10:00:00Z", "2021-03-04T05:00:00", True, "soon", [number]]
    found = write(tmp_path / "part.parquet", [{"when": value} for value in given], [0] * 8, fields, time=None)
    moments = [row[0] and row[0].astimezone(UTC) for row in found]
    assert moments == [datetime(2021, 3, 4, 10, tzinfo=UTC)] * 5 + [None] * 3


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    rows = [{"weight": i / 3, "age": i, 'city é"': f"c{i % 7}", "seen": f"2013-01-{i % 28 + 1:02}"} for i in range(3_000)]
    labels = [i % 2 for i in range(3_000)]
    first = write(tmp_path / "first.parquet", rows, labels)
    assert write(tmp_path / "second.parquet", rows, labels) == first
    assert [row[2] for row in first] == list(range(3_000))
    assert (tmp_path / "first.parquet").read_bytes() == (tmp_path / "second.parquet").read_bytes()


def test_no_rows_are_an_empty_file(tmp_path: Path) -> None:
    assert write(tmp_path / "part.parquet", [], []) == []


def test_a_place_that_cannot_be_written_is_said_in_our_words(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        write(tmp_path / "none" / "part.parquet", [{}], [1])
