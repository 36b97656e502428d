"""The demo's data: history to learn from, and a month to play as live traffic."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

TARGET = "arr_late15"
TIME = "scheduled_departure"
KEY = ("flight_date", "carrier", "flight", "origin")
ZONE = "America/New_York"
HISTORY_UNTIL = datetime(2013, 4, 1)  # wall clock, as the file has it
TRAFFIC_UNTIL = datetime(2013, 5, 1)


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight of the traffic: what is known when it is scheduled, and what came true (None: never told)."""

    at: datetime
    row: dict[str, Any]
    late: int | None


def write_history(path: Path) -> int:
    """Write the flights before April as a Parquet file; returns how many."""
    import duckdb

    with as_file(files("millwright.demo") / "data" / "flights_2013.parquet") as source, duckdb.connect() as db:
        where = f"from read_parquet('{source}') where {TIME} < timestamp '{HISTORY_UNTIL}'"
        db.execute(f"copy (select * {where}) to '{path}' (format parquet, compression zstd)")
        found = db.execute(f"select count(*) {where}").fetchone()
    return int(found[0]) if found else 0


def april(columns: tuple[str, ...], every: int = 1) -> Iterator[Flight]:
    """The flights of April 2013 in order of their scheduled departure, `columns` of each; one in `every`.

    Times are instants: the file's wall clock read in New York's zone.
    """
    import duckdb

    wanted = ", ".join(f'"{name}"' for name in columns)
    with as_file(files("millwright.demo") / "data" / "flights_2013.parquet") as source, duckdb.connect() as db:
        month = f"{TIME} >= timestamp '{HISTORY_UNTIL}' and {TIME} < timestamp '{TRAFFIC_UNTIL}'"
        chosen = f"select {TIME}, {TARGET}, {wanted} from read_parquet('{source}') where {month}"  # noqa: S608  (our own names)
        rows = db.execute(f"{chosen} order by {TIME}, carrier, flight, origin").fetchall()
    for time, late, *cells in rows[::every]:
        row = {name: _json(cell) for name, cell in zip(columns, cells, strict=True)}
        yield Flight(at=time.replace(tzinfo=ZoneInfo(ZONE)), row=row, late=late)


def _json(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, datetime) else cell


def label_time(flight: Flight, delay: timedelta) -> datetime:
    """When it becomes known whether a flight was late."""
    return flight.at + delay
