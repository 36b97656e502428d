"""When values turned: the interval holds the moment as often as it says, and is as narrow as the figures allow."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from worlds import MONDAY, World, observed, reference_of, window_profile

from millwright.monitor.change_point import Slot, turned
from millwright.monitor.dating import Slot as Told
from millwright.monitor.dating import onset_in
from millwright.monitor.sides import sides_of
from millwright.records.deciding import Change, FindingCheck

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = 14


def slots(count: int) -> list[Slot]:
    return [(START + i * DAY, START + (i + 1) * DAY) for i in range(count)]


def means(moment: float, shift: float, luck: float, random: np.random.Generator, rows: int = 100) -> np.ndarray:
    """The means of days whose rows move by `shift` from a moment on, in days; each day has its own luck."""
    found = []
    for day in range(DAYS):
        values = random.normal(size=rows)
        values[round(min(max(moment - day, 0), 1) * rows) :] += shift
        found.append(values.mean() + luck * random.normal())
    return np.array(found)


@pytest.mark.parametrize(("shift", "luck"), [(1.0, 0.1), (0.3, 0.1), (0.3, 0.0)])
def test_the_interval_holds_the_moment_as_often_as_it_should(shift: float, luck: float) -> None:
    held = 0
    for seed in range(200):
        random = np.random.default_rng((3, seed))
        moment = random.uniform(0, DAYS - 1)
        found = turned(slots(DAYS), means(moment, shift, luck, random), np.full(DAYS, 100.0), 0.0, 100.0)
        assert found is not None
        assert found.onset.earliest <= found.onset.start <= found.onset.latest
        held += found.onset.earliest <= START + moment * DAY <= found.onset.latest
    assert held >= 178  # 95 % less three standard errors, and some for what is asymptotic about it


@pytest.mark.parametrize("alike", [0.0, 0.8])
def test_it_holds_the_moment_where_a_feed_that_comes_and_goes_is_cut_off(alike: float) -> None:
    """Gusts are told while there are any: hours without go with each other, and after the cut there is nothing that varies."""
    held = 0
    for seed in range(200):
        random = np.random.default_rng((5, seed))
        cut, calm = int(random.integers(60, 100)), 0.0
        shares = []
        for hour in range(120):
            calm = alike * calm + np.sqrt(1 - alike**2) * random.normal()
            shares.append(1.0 if hour >= cut else float(1 / (1 + np.exp(-1.0 - 1.5 * calm))))
        hours = [(START + i * timedelta(hours=1), START + (i + 1) * timedelta(hours=1)) for i in range(120)]
        found = turned(hours, np.array(shares), np.full(120, 500.0), 0.7, 500.0)
        assert found is not None
        held += found.onset.earliest <= START + timedelta(hours=cut) <= found.onset.latest
    assert held >= 178


def test_a_clear_break_is_told_to_the_day_and_a_faint_one_is_not() -> None:
    widths = []
    for shift in (2.0, 0.25):
        found = turned(slots(DAYS), means(6.5, shift, 0.1, np.random.default_rng(4)), np.full(DAYS, 100.0), 0.0, 100.0)
        assert found is not None
        widths.append((found.onset.latest - found.onset.earliest) / DAY)
    assert widths[0] == 1.0
    assert widths[1] > 3.0


def test_what_was_so_from_the_first_day_on_is_told_by_what_was_before() -> None:
    found = turned(slots(5), np.full(5, 2.0), np.full(5, 100.0), 0.0, 100.0)
    assert found is not None
    assert (found.onset.start, found.onset.earliest, found.onset.latest) == (START, START, START + DAY)


def test_where_nothing_differs_nothing_began() -> None:
    assert turned(slots(5), np.zeros(5), np.full(5, 100.0), 0.0, 100.0) is None
    assert turned([], np.zeros(0), np.zeros(0), 0.0, 100.0) is None


CHANGES: list[tuple[str, FindingCheck]] = [
    ("n0", "missing"),
    ("n0", "unit"),
    ("n0", "constant"),
    ("n0", "range"),
    ("n0", "drift"),
    ("c0", "unseen"),
    ("c0", "drift"),
]


@pytest.mark.parametrize(("column", "check"), CHANGES)
def test_each_check_is_dated_by_what_it_looks_at(column: str, check: FindingCheck) -> None:
    world, random = World(numbers=1, categories=1, missing={}), np.random.default_rng(5)
    reference = reference_of(world.days(91, random))
    told = []
    for day in range(7):
        columns = world.days(1, random)
        if day >= 4:
            columns[column] = broken(columns[column], check)
        start = MONDAY + (91 + day) * DAY
        told.append(Told(start, start + DAY, window_profile(reference, columns)))
    whole = observed(told[-1].profile)
    assert whole.profile is not None
    (sides,) = (one for one in sides_of(reference, whole.profile, 7) if one.rule.name == column)
    change = Change(column=column, check=check, was=0, now=1, unit="", effect=1)
    onset = onset_in(change, told, sides)
    assert onset is not None
    assert onset.earliest <= MONDAY + 95 * DAY <= onset.latest
    assert onset.latest - onset.earliest <= 2 * DAY


def test_what_changes_by_the_day_stands_still_after_the_newest_other_value() -> None:
    """A day of one value is no news in what changes by the day: it is dated after the last day of another one."""
    world, random = World(numbers=1, categories=1, missing={}), np.random.default_rng(5)
    past = world.days(91, random)
    past["n0"] = (past["day"] % 2).astype(float)
    reference, told = reference_of(past), []
    for day, value in enumerate((0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0)):
        columns = world.days(1, random)
        columns["n0"][:] = value
        start = MONDAY + (91 + day) * DAY
        told.append(Told(start, start + DAY, window_profile(reference, columns)))
    whole = observed(told[-1].profile)
    assert whole.profile is not None
    (sides,) = (one for one in sides_of(reference, whole.profile, 7) if one.rule.name == "n0")
    onset = onset_in(Change(column="n0", check="constant", was=0, now=1, unit="", effect=1), told, sides)
    assert onset is not None
    assert (onset.earliest, onset.start) == (MONDAY + 93 * DAY, MONDAY + 94 * DAY)
    assert onset_in(Change(column="n0", check="constant", was=0, now=1, unit="", effect=1), told[3:], sides) is None


def broken(values: np.ndarray, check: FindingCheck) -> np.ndarray:
    if values.dtype == object:
        return np.array(["new" if check == "unseen" else "l00"] * len(values), dtype=object)
    changed = {"missing": np.nan, "constant": 0.5}.get(check)
    if changed is not None:
        return np.full(len(values), changed)
    return values * 1000 if check == "unit" else values + (10 if check == "range" else 2)
