"""Evidence gathered from window to window: rarely false, and soon there where something small changed for good."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from worlds import MONDAY, World, observed, reference_of, window_profile

from millwright.monitor.detectors import average, begun_again, crossed, evidence, step
from millwright.monitor.gauges import Gauge
from millwright.monitor.inputs import Reference
from millwright.monitor.moderation import UNKNOWN
from millwright.monitor.onset import onset_of
from millwright.monitor.readings import Pace, Readings
from millwright.monitor.small import Gathered, small_changes
from millwright.monitor.statistic import Statistic
from millwright.records.codec import from_json, to_json
from millwright.records.watching import Detectors

DAY = timedelta(days=1)
WHOLE_ROWS, ROWS = 20_000.0, 500.0


def gauge(number: int, now: float, whole: float = 0.0) -> Gauge:
    nothing = np.zeros(0)
    readings = Readings(nothing, nothing, whole, WHOLE_ROWS, now, ROWS)
    return Gauge(f"n{number} mean", f"n{number}", "", Statistic(readings, 1.0), Pace(None, 1.0), UNKNOWN)


def stream(random: np.random.Generator, gauges: int, windows: int, shift: float = 0.0, after: int = 0) -> Any:
    """Windows of gauges around one reference, the first of which moves by `shift` standard deviations of a row."""
    whole = random.normal(size=gauges) / WHOLE_ROWS**0.5
    for number in range(windows):
        now = random.normal(size=gauges) / ROWS**0.5
        now[0] += shift if number >= after else 0.0
        yield MONDAY + number * DAY, [gauge(i, value, float(whole[i])) for i, value in enumerate(now.tolist())]


def stepped(before: Detectors, start: datetime, gauges: list[Gauge]) -> Detectors:
    return step(before, gauges, start, start + DAY)


def test_where_nothing_changes_it_takes_as_long_as_it_says() -> None:
    """Ten streams of a hundred windows, evidence begun again whenever it is there: at once in 25 no more than 40 are due."""
    told, once_in = 0, 25.0
    for seed in range(10):
        found = Detectors()
        for start, gauges in stream(np.random.default_rng((1, seed)), 6, 100):
            found = stepped(found, start, gauges)
            if carriers := crossed(found, once_in):
                told, found = told + 1, begun_again(found, carriers, once_in)
    assert told <= 40


def test_a_small_shift_is_told_soon_in_its_column_with_its_onset() -> None:
    delays = []
    for seed in range(8):
        found = Detectors()
        for number, (start, gauges) in enumerate(stream(np.random.default_rng((2, seed)), 10, 60, shift=0.1, after=10)):
            found = stepped(found, start, gauges)
            if carriers := crossed(found, 50.0):
                assert carriers[0].column == "n0"
                onset, _ = onset_of(carriers[0], gauges[0])
                assert onset.earliest <= MONDAY + 10 * DAY <= onset.latest
                delays.append(number - 9)
                break
    assert len(delays) == 8
    assert sorted(delays)[4] <= 8


def test_an_unlucky_reference_is_no_change() -> None:
    """A reference three standard errors off: later windows agree with each other, so evidence does not grow for ever."""
    random, found = np.random.default_rng(4), Detectors()
    for number in range(300):
        now = random.normal() / ROWS**0.5
        found = stepped(found, MONDAY + number * DAY, [gauge(0, now, whole=3 / WHOLE_ROWS**0.5)])
    assert average(found) < 300


def test_who_carries_a_crossing_alone_begins_again_alone() -> None:
    found = Detectors()
    for start, gauges in stream(np.random.default_rng(7), 4, 6, shift=1.0):
        found = stepped(found, start, gauges)
    again = begun_again(found, crossed(found, 25.0), 25.0)
    assert again.detectors[0].grown == ()
    assert again.detectors[1:] == found.detectors[1:]
    weak = begun_again(found, found.detectors[1:2], 25.0)
    assert all(one.grown == () for one in weak.detectors), "too little for the average: everybody begins again"


def test_what_was_gathered_is_written_and_read_back() -> None:
    found = Detectors()
    for start, gauges in stream(np.random.default_rng(5), 3, 5, shift=50.0):
        found = stepped(found, start, gauges)
    assert from_json(Detectors, to_json(found)) == found
    assert evidence(found.detectors[0]) > 1e100
    assert np.isfinite(average(found))


WORLD = World(per_day=100, numbers=6, categories=3, luck=0.1, missing={"n1": 0.05})


@pytest.fixture(scope="module")
def weekly() -> Reference:
    return reference_of(WORLD.days(91, np.random.default_rng(1)))


def weeks(reference: Reference, count: int, change: Any, once_in: float = 26.0) -> list[Gathered]:
    gathered = [Gathered(Detectors())]
    for number in range(count):
        columns = WORLD.days(7, np.random.default_rng((6, number)))
        change(columns)
        seen = observed(window_profile(reference, columns), after=91 + 7 * number)
        gathered.append(small_changes(reference, seen, gathered[-1].detectors, once_in))
    return gathered[1:]


def test_a_mean_too_little_off_for_one_look_is_found_over_weeks(weekly: Reference) -> None:
    def change(columns: dict[str, Any]) -> None:
        columns["n0"] += 0.2

    told = [finding for gathered in weeks(weekly, 12, change) for finding in gathered.findings]
    assert told
    assert (told[0].kind, told[0].check, told[0].columns) == ("covariate", "slow_drift", ("n0",))
    assert told[0].sentence.startswith("n0 has moved and stays so: mean ")
    assert told[0].changes[0].evidence >= told[0].changes[0].limit == 26.0


def test_missing_values_creep_in(weekly: Reference) -> None:
    def change(columns: dict[str, Any]) -> None:
        columns["n1"][::25] = np.nan

    told = [finding for gathered in weeks(weekly, 12, change) for finding in gathered.findings]
    assert told[0].columns == ("n1",)
    assert "are missing" in told[0].sentence


def test_windows_that_overlap_the_last_one_add_nothing(weekly: Reference) -> None:
    columns = WORLD.days(7, np.random.default_rng(9))
    first = small_changes(weekly, observed(window_profile(weekly, columns), after=91), Detectors(), 26.0)
    again = small_changes(weekly, observed(window_profile(weekly, columns), after=92), first.detectors, 26.0)
    assert first.detectors.windows == 1
    assert again.detectors == first.detectors


def test_broken_columns_say_nothing_and_told_ones_are_not_told_again(weekly: Reference) -> None:
    columns = WORLD.days(7, np.random.default_rng(9))
    columns["n0"] += 3.0
    seen = observed(window_profile(weekly, columns), after=91)
    broken = small_changes(weekly, seen, Detectors(), 2.0, broken={"n0"})
    assert not any(detector.column == "n0" for detector in broken.detectors.detectors)
    assert small_changes(weekly, seen, Detectors(), 2.0).findings[0].columns == ("n0",)
    assert small_changes(weekly, seen, Detectors(), 2.0, told={"n0"}).findings == ()
