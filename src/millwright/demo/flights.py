"""The demo's data: history to learn from, and nine months to play as live traffic, with a feed that breaks for two weeks."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from millwright.loop.playing import Happening

TARGET = "arr_late15"
TIME = "scheduled_departure"
KEY = ("flight_date", "carrier", "flight", "origin")
ZONE = "America/New_York"
HISTORY_UNTIL = datetime(2013, 4, 1)  # wall clock, as the file has it
TRAFFIC_UNTIL = datetime(2014, 1, 1)

BROKEN = (datetime(2013, 8, 1, tzinfo=UTC), datetime(2013, 8, 15, tzinfo=UTC))
"""When the weather feed delivers nothing: one window of the demo, put in by it."""
BROKEN_FEED = "wx_"


ORDER = f"{TIME}, carrier, flight, origin"


def write_history(path: Path, speed: int = 1, offset: int = 0) -> int:
    """Write the flights before April, one in `speed`, as a Parquet file; returns how many."""
    import duckdb

    with as_file(files("millwright.demo") / "data" / "flights_2013.parquet") as source, duckdb.connect() as db:
        where = f"from read_parquet('{source}') where {TIME} < timestamp '{HISTORY_UNTIL}'"
        chosen = f"qualify (row_number() over (order by {ORDER}) - 1) % {speed} = {offset}"
        query = f"select * {where} {chosen} order by {ORDER}"
        written = db.execute(f"copy ({query}) to '{path}' (format parquet, compression zstd)").fetchone()
    return int(written[0]) if written else 0


def instant(wall: datetime) -> datetime:
    """A moment of the file's wall clock, which is New York's, in UTC."""
    return wall.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def traffic(columns: Sequence[str], delay: timedelta, speed: int = 1, offset: int = 0) -> Iterator[Happening]:
    """The flights from April to December in order of their scheduled departure, `columns` of each; one in `speed`.

    Whether a flight was late is told `delay` after it was to leave; of cancelled and diverted ones never. During BROKEN the
    columns of the weather are empty.
    """
    import duckdb

    wanted = ", ".join(f'"{name}"' for name in columns)
    with as_file(files("millwright.demo") / "data" / "flights_2013.parquet") as source, duckdb.connect() as db:
        months = f"{TIME} >= timestamp '{HISTORY_UNTIL}' and {TIME} < timestamp '{TRAFFIC_UNTIL}'"
        chosen = f"select {TIME}, {TARGET}, {wanted} from read_parquet('{source}') where {months}"  # noqa: S608  (our own names)
        rows = db.execute(f"{chosen} order by {ORDER}").fetchall()
    for time, late, *cells in rows[offset::speed]:
        at = instant(time)
        row = {name: _json(cell) for name, cell in zip(columns, cells, strict=True)}
        yield Happening(at=at, row=_broken(row, at), value=late, told_at=at + delay)


def _broken(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    if not BROKEN[0] <= at < BROKEN[1]:
        return row
    return {name: None if name.startswith(BROKEN_FEED) else cell for name, cell in row.items()}


def _json(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, datetime) else cell
