"""Real windows in which nothing changed: flights of one month, shuffled, and days of one season as they came."""

from collections.abc import Iterator
from functools import cached_property
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
from figure import Figure
from numpy.typing import NDArray
from pairs import Columns, found_in, reference_of
from unchanged import LEVEL, counted

if TYPE_CHECKING:
    from bench import Bench

SHUFFLED_ROWS = (500, 2_000, 7_000)
DAYS = (1, 4)
BROKEN = 365
"""31 December 2013 has no weather at all: nothing is unchanged on that day, and a look rightly says so."""
SEASONS = ((1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12))
TEXTS = ("carrier", "tailnum", "origin", "dest", "dest_tz", "plane_manufacturer", "plane_model", "plane_engine")
NUMBERS = (
    *("sched_dep_time", "flight", "distance", "plane_year_made", "plane_engines", "plane_seats", "dest_lat", "dest_lon"),
    *(f"wx_{what}" for what in ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")),
)
WORKED_OUT = {
    "dew_gap": "wx_temp - wx_dewp",
    "seats_an_engine": "plane_seats / nullif(plane_engines, 0)",
    "hour": "hour(scheduled_departure)",
    "minute": "minute(scheduled_departure)",
    "miles_a_seat": "distance / nullif(plane_seats, 0)",
}


class Flights:
    """The flights of 2013 that ship with the package, thirty columns without dates."""

    @cached_property
    def columns(self) -> Columns:
        """All rows in the order of their time."""
        chosen = [*(f"{name}::varchar as {name}" for name in TEXTS), *(f"{name}::double as {name}" for name in NUMBERS)]
        chosen += [f"({sql})::double as {name}" for name, sql in WORKED_OUT.items()]
        with as_file(files("millwright.demo") / "data" / "flights_2013.parquet") as source:
            table = duckdb.sql(
                f"select {', '.join(chosen)}, month::bigint as _month, dayofyear(scheduled_departure)::bigint as _day "
                f"from read_parquet('{source}') order by scheduled_departure"
            ).fetchnumpy()
        return {name: _plain(values) for name, values in table.items()}

    def rows(self, index: NDArray[Any]) -> Columns:
        """Some rows."""
        return {name: values[index] for name, values in self.columns.items() if not name.startswith("_")}

    @property
    def months(self) -> NDArray[Any]:
        """The month of each row."""
        return self.columns["_month"]

    @property
    def days(self) -> NDArray[Any]:
        """The day of the year of each row."""
        return self.columns["_day"]


def figures(bench: "Bench") -> Iterator[Figure]:
    """Pairs from one month in random order; and windows of whole days beside the other days of two months."""
    flights = Flights()
    for rows in SHUFFLED_ROWS:
        yield counted(bench, f"flights.shuffled.{rows}", rows, lambda random, n: _shuffled(flights, random, n))
    for days in DAYS:
        yield counted(bench, f"flights.days.{days}", days, lambda random, n: _days(flights, random, n))


def _shuffled(flights: Flights, random: np.random.Generator, rows: int) -> bool:
    month = random.permutation(np.flatnonzero(flights.months == random.integers(1, 13)))[: 2 * rows]
    half = len(month) // 2
    return bool(found_in(reference_of(flights.rows(month[:half])), flights.rows(month[half:]), LEVEL))


def _days(flights: Flights, random: np.random.Generator, length: int) -> bool:
    """A day, or some in a row, of a season; what is left of it is the history."""
    chosen = np.isin(flights.months, SEASONS[random.integers(len(SEASONS))])
    season = np.flatnonzero(chosen & (flights.days != BROKEN))
    days = flights.days[season]
    first = random.integers(days.min(), days.max() - length + 2)
    window = (days >= first) & (days < first + length)
    before = season[~window]
    reference = reference_of(flights.rows(before), flights.days[before] - days.min())
    return bool(found_in(reference, flights.rows(season[window]), LEVEL, days=float(length)))


def _plain(values: Any) -> NDArray[Any]:
    """Masked cells as NaN, or None in texts."""
    there = np.ma.getdata(values)
    gone = np.ma.getmaskarray(values)
    if there.dtype.kind not in "Of":
        return np.asarray(there)
    filled = there.copy()
    filled[gone] = None if there.dtype == object else np.nan
    return np.asarray(filled)
