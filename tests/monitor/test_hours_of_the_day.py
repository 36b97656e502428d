"""Windows shorter than a day beside such hours: no more false alarms than stated, and more found within a daily cycle."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from math import gcd
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom

from millwright.data.gathering import PERIOD
from millwright.data.profile import profile_columns
from millwright.loop.live_days import MOST_WINDOWS, every_nth
from millwright.monitor import season
from millwright.monitor.cycles import named, regressors
from millwright.monitor.inputs import Live, Observed, Reference
from millwright.monitor.live import views
from millwright.monitor.look import look
from millwright.monitor.measures import MeanBetween
from millwright.monitor.season import Clock
from millwright.monitor.sides import sides_of
from millwright.monitor.variation import Varied, beyond
from millwright.records.data import Contract, ContractColumn, PeriodProfile
from millwright.records.deciding import Finding
from millwright.records.spec import WatchSpec

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LEVEL, TRIES = 0.05, 560
MOST = float(binom.ppf(0.998, TRIES, LEVEL)) / TRIES
Array = NDArray[Any]


def clock_of(hours: int, days: int, ahead: int, zone: str = "UTC") -> Clock:
    """Windows of so many hours one after the other, and one more, `ahead` windows after the last."""
    length, count = hours * HOUR, days * 24 // hours
    begun = [MONDAY + n * length for n in (*range(count), count + ahead)]
    return Clock("day", tuple(named(at, at + length) for at in begun[:-1]), (begun[-1], begun[-1] + length), zone)


def by_night(hours: Array) -> Array:
    return np.where(hours < 6, 1.0, 0.0)


def in_waves(hours: Array) -> Array:
    return np.asarray(np.cos(2 * np.pi * hours / 24))


def rush(hours: Array) -> Array:
    return np.asarray(np.exp(-(((hours - 8) / 2) ** 2)) + np.exp(-(((hours - 17) / 2) ** 2)))


def share_beyond(hours: int, days: int, cycle: Callable[[Array], Array], height: float, shift: float = 0.0) -> float:
    """How often a window lies beyond the 95 % interval, where values follow the hour, so many standard deviations high."""
    random, found, starts = np.random.default_rng((hours, days, int(10 * height))), 0, 28
    for ahead in range(starts):
        clock = clock_of(hours, days, ahead)
        count = len(clock.periods)
        means = height * cycle((np.array([*range(count), count + ahead]) * hours + hours / 2) % 24)
        for _ in range(TRIES // starts):
            values = means + random.normal(size=count + 1)
            design = clock.season(values[:-1], np.ones(count, dtype=bool), 1)
            varied = Varied(values[:-1], np.zeros(count), design=design)
            found += beyond(varied, (values[-1] + shift, 0.0), 1.0, LEVEL).real
    return found / TRIES


@pytest.mark.parametrize(
    ("hours", "days", "cycle", "height"),
    [(6, 28, in_waves, 0.0), (6, 28, in_waves, 4.0), (6, 28, by_night, 2.0), (6, 10, by_night, 6.0), (1, 7, rush, 5.0)],
)
def test_the_level_holds_whatever_the_hours_do(hours: int, days: int, cycle: Callable[[Array], Array], height: float) -> None:
    assert share_beyond(hours, days, cycle, height) <= MOST


def test_a_shift_within_a_daily_cycle_is_found_and_one_without_a_cycle_no_less(monkeypatch: pytest.MonkeyPatch) -> None:
    within, without = share_beyond(6, 28, in_waves, 3.0, shift=3.0), share_beyond(6, 28, in_waves, 0.0, shift=3.0)
    monkeypatch.setattr(season, "WORTH", 0.0)
    monkeypatch.setattr(season, "HINT", 0.0)
    blind, as_before = share_beyond(6, 28, in_waves, 3.0, shift=3.0), share_beyond(6, 28, in_waves, 0.0, shift=3.0)
    assert within > blind + 0.3
    assert without >= as_before - 0.01


def test_days_of_the_week_are_added_where_weeks_were_seen() -> None:
    """Nights differ, and so do weekends: four weeks show both."""
    random, clock = np.random.default_rng(1), clock_of(6, 28, 0)
    at = np.arange(112)
    values = 4.0 * (at % 4 == 0) + 2.5 * (at // 4 % 7 > 4) + random.normal(size=112)
    assert clock.season(values, np.ones(112, dtype=bool), 1).name == "week"
    first = at < 80
    assert clock.season(values[first], first, 1).name == "hour", "twenty days do not"


def test_windows_of_four_times_a_day_spend_no_more_than_four_means() -> None:
    clock = clock_of(6, 28, 0)
    values = 9.0 * (np.arange(112) % 4 == 0) + np.random.default_rng(2).normal(size=112)
    design = clock.season(values, np.ones(112, dtype=bool), 1)
    assert (design.name, design.freedom) == ("hour", 112 - 4)
    fitted = design.fitted(values)
    assert fitted.expected == pytest.approx(values[::4].mean())
    assert fitted.leverage == pytest.approx(1 / 28)


def test_days_alone_say_nothing_of_a_night() -> None:
    night = np.arange(112) % 4 == 0
    values = 9.0 * (np.arange(112) % 4 == 1) + np.random.default_rng(3).normal(size=112)
    assert clock_of(6, 28, 1).season(values[~night], ~night, 1).name == "hour"
    assert clock_of(6, 28, 0).season(values[~night], ~night, 1).name is None


def test_hours_are_those_of_the_wall_also_where_the_clocks_change() -> None:
    """Shops of Berlin open an hour earlier by UTC from the last Sunday of March on."""
    clock, berlin = clock_of(1, 7, 0, "Europe/Berlin"), MONDAY + 90 * DAY
    before, after = (clock.regressors("hour", [berlin - n * DAY + hour * HOUR], 1 / 24) for n, hour in ((2, 7), (0, 6)))
    assert before == pytest.approx(after)
    assert before != pytest.approx(clock.regressors("hour", [berlin + 7 * HOUR], 1 / 24))


@given(st.floats(0, 50), st.floats(0.01, 1), st.floats(0.01, 1))
def test_waves_of_a_stretch_are_those_of_its_parts_and_none_of_a_day(begin: float, one: float, other: float) -> None:
    bounds = np.array([begin, begin + one, begin + one + other])
    whole = regressors("hour", bounds[:1], bounds[2:])[0]
    parts = regressors("hour", bounds[:2], bounds[1:])
    assert np.array([one, other]) @ parts / (one + other) == pytest.approx(whole, abs=1e-6)
    assert regressors("hour", bounds[:1], bounds[:1] + 1)[0, 1:] == pytest.approx(0, abs=1e-9)


@given(st.integers(1, 24), st.integers(1, 3000))
def test_of_many_windows_those_are_taken_that_meet_all_hours_of_a_week(hours: int, windows: int) -> None:
    step = every_nth(windows, hours * HOUR)
    assert -(-windows // step) <= MOST_WINDOWS
    assert gcd(step, round(168 / hours)) == 1


CONTRACT = Contract(columns=tuple(ContractColumn(name=name, kind="number") for name in ("temp", "still")))


QUARTER, WINDOWS = 6 * HOUR, 112


def rows(at: datetime, random: np.random.Generator) -> dict[str, Array]:
    """What was asked in six hours, at night little; temp follows the hour."""
    count = 40 if at.hour == 0 else 500
    temp = in_waves(at.hour + random.uniform(0, 6, size=count)) + random.normal(size=count) + 0.05 * random.normal()
    return {"temp": temp, "still": random.normal(size=count)}


@cache
def four_weeks() -> Reference:
    """Rows without a time, and four weeks of windows of six hours."""
    random, begun = np.random.default_rng(9), [MONDAY + n * QUARTER for n in range(WINDOWS)]
    lived = [rows(at, random) for at in begun]
    profiles = [profile_columns(one, CONTRACT, of="window", kept=PERIOD) for one in lived]
    periods = tuple(
        PeriodProfile(period=named(at, at + QUARTER), rows=p.rows, columns=p.columns)
        for at, p in zip(begun, profiles, strict=True)
    )
    learnt = {name: np.concatenate([one[name] for one in lived]) for name in ("temp", "still")}
    live = Live(periods=periods, length_days=0.25, since=WINDOWS, what="live windows")
    return Reference(profile=profile_columns(learnt, CONTRACT, of="learnt"), contract=CONTRACT, live=live)


def looked(seed: int, warmer: float) -> tuple[Finding, ...]:
    """What a look finds in a window of six hours after these weeks."""
    start = MONDAY + (WINDOWS + seed) * QUARTER
    now = rows(start, np.random.default_rng((seed, 1)))
    now["temp"] = now["temp"] + warmer
    seen = Observed(
        project="p",
        version=1,
        start=start,
        end=start + QUARTER,
        known_at=start + QUARTER,
        profile=profile_columns(now, CONTRACT, of="window"),
    )
    return look(four_weeks(), seen, watch=WatchSpec(), level=LEVEL)


def test_nights_are_periods_however_busy_days_are() -> None:
    """Of days a first or last one with so few rows was only begun, and any is a trace."""
    (_, since) = views(four_weeks(), 0.25)
    window = profile_columns(rows(MONDAY, np.random.default_rng(0)), CONTRACT, of="window")
    (temp, _) = sides_of(since, window, 0.25, (MONDAY, MONDAY + QUARTER))
    _, there = temp.read(MeanBetween(-9, 9)).periods()
    assert (len(there), there[0], there[1]) == (WINDOWS, 40, 500)


def test_a_look_finds_what_the_hours_hid_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    by_day = [seed for seed in range(8) if seed % 4]
    assert sum(bool(looked(seed, 0.0)) for seed in range(8)) <= binom.ppf(0.99, 8, LEVEL), "nights among them"
    warm = [found for seed in by_day for found in looked(seed, 0.5)]
    monkeypatch.setattr(season, "WORTH", 0.0)
    monkeypatch.setattr(season, "HINT", 0.0)
    blind = [found for seed in by_day for found in looked(seed, 0.5)]
    assert len(warm) >= 5 > 1 >= len(blind)
    assert all("temp" in found.columns and "at such hours of the day" in found.sentence for found in warm)
