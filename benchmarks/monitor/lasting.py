"""Small changes that stay: how long until they are told, and how often something is told where nothing changed."""

from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from figure import Figure
from pairs import BEGAN, profile_of, reference_of
from scipy.stats import poisson
from thirty_laws import draw

from millwright.monitor.inputs import Observed, Reference
from millwright.monitor.small import small_changes
from millwright.records.watching import Detectors
from millwright.spec.alarm_budget import parse_alarm_budget

if TYPE_CHECKING:
    from bench import Bench

DAY = timedelta(days=1)
REFERENCE_ROWS, WINDOW_ROWS, SHIFT, LONGEST, QUIET = 20_000, 2_000, 0.05, 40, 5
SIMULATED_ROWS, WINDOWS_A_YEAR = 500, 365
BUDGET = parse_alarm_budget("1 per quarter")


def figures(bench: "Bench") -> Iterator[Figure]:
    """Daily windows at one false alarm a quarter, thirty columns of independent rows."""
    bench.say(f"lasting: {bench.shifted // 5} streams with a shift of {SHIFT} sd")
    delays = [_delay(random) for random in bench.randoms("lasting", bench.shifted // 5)]
    against = f"windows of {WINDOW_ROWS:,}, reference of {REFERENCE_ROWS:,}, {len(delays)} streams, {SHIFT} sd"
    yield Figure("lasting.delay", float(median(delays)), "windows", against, 10.0)
    bench.say(f"lasting: {bench.years} simulated years in which nothing changes")
    told = sum(_told_in_a_year(random) for random in bench.randoms("years", bench.years))
    bound = float(poisson.ppf(0.99, 4 * bench.years))
    yield Figure("lasting.false", float(told), "findings", f"in {bench.years} years of daily windows at 1 per quarter", bound)


def _delay(random: np.random.Generator) -> int:
    """Windows from the change to its finding; the longest where it is not found."""
    rows = draw(REFERENCE_ROWS, random)
    reference, up = reference_of(rows), SHIFT * float(np.nanstd(rows["n00"]))
    evidence = Detectors()
    for number in range(QUIET + LONGEST):
        window = draw(WINDOW_ROWS, random)
        window["n00"] = window["n00"] + (up if number >= QUIET else 0.0)
        gathered = small_changes(reference, _observed(reference, window, number), evidence, BUDGET.once_in(DAY, DAY))
        evidence = gathered.detectors
        if number >= QUIET and any("n00" in finding.columns for finding in gathered.findings):
            return number - QUIET + 1
    return LONGEST


def _told_in_a_year(random: np.random.Generator) -> int:
    reference = reference_of(draw(REFERENCE_ROWS, random))
    evidence, told = Detectors(), 0
    for number in range(WINDOWS_A_YEAR):
        seen = _observed(reference, draw(SIMULATED_ROWS, random), number)
        gathered = small_changes(reference, seen, evidence, BUDGET.once_in(DAY, DAY))
        evidence, told = gathered.detectors, told + len(gathered.findings)
    return told


def _observed(reference: Reference, window: dict[str, np.ndarray], number: int) -> Observed:
    start = BEGAN + timedelta(days=400 + number)
    return Observed(
        project="p", version=1, start=start, end=start + DAY, known_at=start + DAY, profile=profile_of(reference, window)
    )
