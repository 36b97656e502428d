"""Periods matched by season: no more false alarms than stated, also where there is no season, and more found within one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from millwright.data.columns import Columns
from millwright.data.periods import Grain
from millwright.data.profile import profile_columns
from millwright.monitor import season
from millwright.monitor.inputs import Observed, Reference
from millwright.monitor.look import look
from millwright.monitor.season import Clock
from millwright.monitor.variation import Varied, beyond
from millwright.records.data import Contract, ContractColumn
from millwright.records.deciding import Finding
from millwright.records.spec import WatchSpec

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LEVEL = 0.05
BIKES = Path(__file__).parent.parent / "data" / "samples" / "bike_sharing.parquet"


def clock_of(grain: Grain, count: int, window: datetime, days: int) -> Clock:
    step = {"day": 1, "week": 7}[grain]
    firsts = tuple(str((MONDAY + n * step * DAY).date()) for n in range(count))
    return Clock(grain, firsts, (window, window + days * DAY))


def share_beyond(grain: Grain, count: int, days: int, seasonal: float, shift: float = 0.0, tries: int = 500) -> float:
    """How often a window lies beyond the 95 % interval, where values have a season so many standard deviations high."""
    random = np.random.default_rng((count, days, int(10 * seasonal)))
    there, found = np.ones(count, dtype=bool), 0
    for _ in range(tries):
        ahead = int(random.integers(0, 28)) if grain == "day" else 7 * int(random.integers(0, 40))
        window = MONDAY + (count * (1 if grain == "day" else 7) + ahead) * DAY
        clock = clock_of(grain, count, window, days)
        starts = [datetime.fromisoformat(first).replace(tzinfo=UTC) for first in clock.periods]
        name = "weekday" if grain == "day" else "year"
        waves = clock.regressors(name, [*starts, window], days)[:, 1:] @ random.permutation(
            np.eye(6 if grain == "day" else 2)[0]
        )
        values = random.normal(size=count + 1) + seasonal * waves
        design = clock.season(values[:-1], there, 1)
        varied = Varied(values[:-1], np.zeros(count), design=design)
        found += beyond(varied, (values[-1] + shift, 0.0), 1.0, LEVEL).real
    return found / tries


MOST = float(binom.ppf(0.998, 500, LEVEL)) / 500


@pytest.mark.parametrize(("grain", "count", "days"), [("day", 62, 1), ("week", 52, 7)])
def test_the_level_holds_with_a_season_and_without_one(grain: Grain, count: int, days: int) -> None:
    assert share_beyond(grain, count, days, seasonal=0.0) <= MOST
    assert share_beyond(grain, count, days, seasonal=4.0) <= MOST


def test_a_shift_within_a_season_is_found_and_one_without_a_season_no_less(monkeypatch: pytest.MonkeyPatch) -> None:
    within, without = share_beyond("week", 52, 7, 3.0, shift=3.0), share_beyond("week", 52, 7, 0.0, shift=3.0)
    monkeypatch.setattr(season, "WORTH", 0.0)
    monkeypatch.setattr(season, "HINT", 0.0)
    blind, as_before = share_beyond("week", 52, 7, 3.0, shift=3.0), share_beyond("week", 52, 7, 0.0, shift=3.0)
    assert within > blind + 0.2
    assert without >= as_before - 0.01


def with_one_odd_day(height: float, shift: float = 0.0, tries: int = 700) -> float:
    """The same of a day after four weeks in which one day of the week is so much apart, on all days of the week alike."""
    random, found = np.random.default_rng(int(10 * height)), 0
    apart = np.where(np.arange(28) % 7 == 6, height, 0.0)
    for weekday in range(7):
        clock = clock_of("day", 28, MONDAY + (28 + weekday) * DAY, 1)
        for _ in range(tries // 7):
            values, now = apart + random.normal(size=28), apart[weekday] + random.normal() + shift
            varied = Varied(values, np.zeros(28), design=clock.season(values, np.ones(28, dtype=bool), 1))
            found += beyond(varied, (now, 0.0), 1.0, LEVEL).real
    return found / tries


def test_where_a_season_is_only_hinted_at_a_window_is_news_with_it_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """One day of seven is three or four standard deviations apart: its season is taken in some months and not in others."""
    heights = (2.5, 3.0, 3.5, 4.0)
    both = [with_one_odd_day(height) for height in heights]
    assert np.mean(both) <= float(binom.ppf(0.998, 700 * len(heights), LEVEL)) / (700 * len(heights))
    monkeypatch.setattr(season, "HINT", season.WORTH)
    taken_or_not = [with_one_odd_day(height) for height in heights]
    assert np.mean(taken_or_not) > np.mean(both) + 0.01


@given(st.integers(0, 400), st.integers(1, 400))
def test_what_a_window_has_of_each_weekday_sums_to_its_days(begin: int, hours: int) -> None:
    """Six of seven shares are kept: none is negative, and they come to one with the Monday's."""
    start = MONDAY + timedelta(hours=begin)
    rows = clock_of("day", 14, start, 1).regressors("weekday", [start], hours / 24)
    assert rows[0, 0] == 1
    assert (rows[0, 1:] >= 0).all()
    mondays = sum((start + timedelta(hours=h)).weekday() == 0 for h in range(hours)) / hours
    assert 1 - rows[0, 1:].sum() == pytest.approx(mondays, abs=1e-9)


CONTRACT = Contract(
    columns=(
        *(ContractColumn(name=name, kind="number") for name in ("temp", "hum", "windspeed")),
        ContractColumn(name="at", kind="date", role="time"),
    )
)


def bikes() -> Columns:
    """Some hours of two years from Monday 3 January 2011 on."""
    found = duckdb.sql(
        f"select epoch_us(datetime::timestamp) as at, temp, hum, windspeed from '{BIKES}' "
        "where datetime >= '2011-01-03' and datetime < '2012-12-31' order by datetime"
    ).fetchnumpy()
    return {name: np.asarray(cells, dtype=np.int64 if name == "at" else np.float64) for name, cells in found.items()}


def left_out(warmer: float, numbers: range) -> Iterator[tuple[Finding, ...]]:
    """What a look finds in fortnights of two years, each held against the weeks of the other year; with the temperature moved
    by so much of its whole range."""
    columns, begin = bikes(), datetime(2011, 1, 3, tzinfo=UTC)
    fortnight = (columns["at"] - columns["at"][0]) // (14 * 86_400_000_000)
    for number in numbers:
        other = fortnight // 26 != number // 26
        rest = {name: cells[other] for name, cells in columns.items()}
        now = {name: cells[fortnight == number] for name, cells in columns.items() if name != "at"}
        now["temp"] = now["temp"] + warmer
        reference = Reference(profile=profile_columns(rest, CONTRACT, of="rest", grain="week"), contract=CONTRACT)
        start, end = begin + number * 14 * DAY, begin + (number + 1) * 14 * DAY
        profile = profile_columns(now, CONTRACT, of="now")
        seen = Observed(project="p", version=1, start=start, end=end, known_at=end, profile=profile)
        yield look(reference, seen, watch=WatchSpec(), level=LEVEL)


def of_temperature(warmer: float) -> list[Finding]:
    every_third = left_out(warmer, range(1, 52, 3))
    return [finding for found in every_third for finding in found if "temp" in finding.columns]


def test_one_year_foresees_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the fortnights of a year few are news to those who know another; a quarter of the range warmer is news in most, and
    without a season in few."""
    told = [found for found in left_out(0.0, range(0, 52, 2)) if found]
    assert len(told) <= binom.ppf(0.99, 26, LEVEL)
    warm = of_temperature(0.2)
    monkeypatch.setattr(season, "WORTH", 0.0)
    monkeypatch.setattr(season, "HINT", 0.0)
    blind = of_temperature(0.2)
    assert all("at this time of the year" in finding.sentence for finding in warm)
    assert len(warm) >= 2 * len(blind) + 4
