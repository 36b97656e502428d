"""Real flights from New York in 2013: the winter as reference, weeks from April on as windows, whole and broken."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest

from millwright.data.columns import MISSING_DATE
from millwright.data.profile import profile_columns
from millwright.monitor.inputs import Observed, Reference
from millwright.monitor.look import look
from millwright.records.data import ColumnKind, Contract, ContractColumn
from millwright.records.deciding import Finding
from millwright.records.spec import WatchSpec

TIME, ZONE = "scheduled_departure", "America/New_York"
WEATHER = tuple(f"wx_{name}" for name in ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib"))
NUMBERS = ("sched_dep_time", "flight", "distance", "plane_seats", "plane_year_made", "dest_lat", "dest_lon", *WEATHER)
TEXTS = ("carrier", "origin", "dest", "plane_engine", "dest_tz")
Break = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def flights() -> dict[str, Any]:
    names = ", ".join((TIME, *NUMBERS, *TEXTS))
    with as_file(files("millwright.demo") / "data" / "flights_2013.parquet") as path, duckdb.connect() as db:
        found = db.execute(
            f"select {names} from read_parquet('{path}') where {TIME} < '2013-08-01' order by {TIME}"
        ).fetchnumpy()
    return {name: _cells(name, np.ma.asarray(values)) for name, values in found.items()}


def _cells(name: str, values: Any) -> Any:
    gone = np.ma.getmaskarray(values)
    if name in NUMBERS:
        return np.where(gone, np.nan, values.filled(0).astype(np.float64))
    if name == TIME:
        return np.where(gone, MISSING_DATE, np.ma.getdata(values).astype("datetime64[us]").astype(np.int64))
    return np.array([None if lost else str(v) for lost, v in zip(gone, np.ma.getdata(values), strict=True)], dtype=object)


def _between(columns: dict[str, Any], start: datetime, end: datetime) -> dict[str, Any]:
    ends = [int(np.datetime64(moment, "us").astype(np.int64)) for moment in (start, end)]
    inside = (columns[TIME] >= ends[0]) & (columns[TIME] < ends[1])
    return {name: values[inside].copy() for name, values in columns.items()}


@pytest.fixture(scope="module")
def winter(flights: dict[str, Any]) -> Reference:
    columns = _between(flights, datetime(2013, 1, 1), datetime(2013, 4, 1))
    rules = [_rule(name, columns[name]) for name in (*NUMBERS, *TEXTS)]
    contract = Contract(columns=(*rules, ContractColumn(name=TIME, kind="date", role="time")), zone=ZONE)
    profile = profile_columns(columns, contract, of="winter")
    assert profile.grain == "week"
    return Reference(profile=profile, contract=contract, importance={rule.name: 1 / len(rules) for rule in rules})


def _rule(name: str, values: Any) -> ContractColumn:
    if name in TEXTS:
        levels = tuple(sorted({value for value in values if value is not None}))
        return ContractColumn(name=name, kind="category", levels=levels)
    kind: ColumnKind = "number"
    return ContractColumn(name=name, kind=kind, minimum=float(np.nanmin(values)), maximum=float(np.nanmax(values)))


def week(winter: Reference, flights: dict[str, Any], start: datetime, broken: Break | None = None) -> tuple[Finding, ...]:
    columns = _between(flights, start, start + timedelta(days=7))
    del columns[TIME]
    if broken:
        broken(columns)
    begin, zone = start.replace(tzinfo=ZoneInfo(ZONE)), ZoneInfo(ZONE)
    seen = Observed(
        project="flights",
        version=1,
        start=begin,
        end=(start + timedelta(days=7)).replace(tzinfo=zone),
        known_at=(start + timedelta(days=7)).replace(tzinfo=zone),
        profile=profile_columns(columns, winter.contract, of="week"),
    )
    return look(winter, seen, watch=WatchSpec())


def test_unbroken_weeks_have_no_fault_and_summer_drifts(winter: Reference, flights: dict[str, Any]) -> None:
    by_week = {number: week(winter, flights, datetime(2013, 4, 1) + timedelta(days=7 * number)) for number in range(17)}
    assert not any(finding.kind == "data_fault" for found in by_week.values() for finding in found)
    assert not any(by_week[number] for number in range(8))
    july = {column for found in list(by_week.values())[13:] for finding in found for column in finding.columns}
    assert {"wx_temp", "wx_dewp", "flight"} <= july


def _no_weather(columns: dict[str, Any]) -> None:
    for name in WEATHER:
        columns[name][:] = np.nan


def _temperature(columns: dict[str, Any]) -> None:
    columns["wx_temp"] *= 1000


def _some_distances(columns: dict[str, Any]) -> None:
    columns["distance"][::100] *= 1000


def _other_codes(columns: dict[str, Any]) -> None:
    columns["origin"][:] = [value.lower() for value in columns["origin"]]


def _stuck(columns: dict[str, Any]) -> None:
    columns["wx_pressure"][:] = 1013.0


@pytest.mark.parametrize(
    ("broken", "check", "columns"),
    [
        (_no_weather, "missing", set(WEATHER)),
        (_temperature, "unit", {"wx_temp"}),
        (_some_distances, "unit", {"distance"}),
        (_other_codes, "unseen", {"origin"}),
        (_stuck, "constant", {"wx_pressure"}),
    ],
)
def test_a_broken_week_is_a_fault_of_the_right_columns(
    winter: Reference, flights: dict[str, Any], broken: Break, check: str, columns: set[str]
) -> None:
    found = week(winter, flights, datetime(2013, 4, 8), broken)
    assert {f.kind for f in found} == {"data_fault"}
    assert set(next(f for f in found if f.check == check).columns) == columns
    assert {column for f in found for column in f.columns} == columns
