"""How often a look finds something where nothing changed, and what it finds where something did."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from worlds import World, observed, reference_of, window_profile

from millwright.monitor.inputs import Reference
from millwright.monitor.level import LEVEL
from millwright.monitor.look import look
from millwright.records.deciding import Finding
from millwright.records.spec import WatchSpec

WATCH = WatchSpec()
Break = Callable[[dict[str, Any], np.random.Generator], None]


def seen(reference: Reference, columns: dict[str, Any], days: int = 7) -> tuple[Finding, ...]:
    return look(reference, observed(window_profile(reference, columns), days=days), watch=WATCH)


def looks(world: World, references: int, windows: int, seed: int, days: int = 7, history: int = 91) -> int:
    """How many looks at unchanged traffic find anything at all."""
    alarms = 0
    for number in range(references):
        random = np.random.default_rng((seed, number))
        reference = reference_of(world.days(history, random))
        alarms += sum(bool(seen(reference, world.days(days, random), days)) for _ in range(windows))
    return alarms


@pytest.mark.slow
def test_days_with_their_own_luck_raise_no_more_alarms_than_stated() -> None:
    assert looks(World(per_day=40), 24, 5, seed=1) <= binom.ppf(0.99, 120, LEVEL)


@pytest.mark.parametrize(("days", "history"), [(7, 40), (1, 91), (7, 500)])
def test_nor_do_windows_that_are_longer_or_shorter_than_a_period(days: int, history: int) -> None:
    world = World(per_day=40 if history < 500 else 10, numbers=8, categories=4, luck=0.4)
    assert looks(world, 4, 6, seed=2, days=days, history=history) <= binom.ppf(0.99, 24, LEVEL)


def test_values_in_heaps_are_no_drift_where_two_samples_are_compared() -> None:
    """Latitudes, minutes: a coarse sketch of one sample puts a heap elsewhere than that of another."""
    alarms = 0
    for number in range(40):
        random = np.random.default_rng((9, number))
        places, shares = random.uniform(25, 50, (8, 90)), random.dirichlet(np.full(90, 3.0), 8)
        sample = lambda: {f"n{i}": random.choice(places[i], 7_000, p=shares[i]) for i in range(8)}  # noqa: B023, E731
        reference = replace(reference_of(sample(), time=False), independent=True)
        window = observed(window_profile(reference, sample()), days=7)
        alarms += bool(look(reference, window, watch=WATCH, level=0.05))
    assert alarms <= binom.ppf(0.99, 40, 0.05)


def test_independent_rows_would_find_drift_nearly_every_week() -> None:
    """The day's luck is real: without the periods' variation the same traffic looks changed."""
    from millwright.monitor.measures import MeanBetween
    from millwright.monitor.readings import Pace, Readings
    from millwright.monitor.sides import sides_of
    from millwright.monitor.statistic import Statistic

    random = np.random.default_rng(5)
    world = World(per_day=300, luck=0.4)
    reference = reference_of(world.days(91, random))
    alarms = 0
    for _ in range(10):
        sides = [s for s in sides_of(reference, window_profile(reference, world.days(7, random)), 7) if s.rule.name == "n0"]
        read = sides[0].read(MeanBetween(-10, 10))
        bare = Readings(np.zeros(0), np.zeros(0), read.whole, read.whole_rows, read.now, read.now_rows)
        alarms += Statistic(bare, 1.0).evidence(Pace(None, 7), LEVEL).real
    assert alarms >= 4


def _shift(columns: dict[str, Any], random: np.random.Generator) -> None:
    columns["n0"] += 0.5


def _share(columns: dict[str, Any], random: np.random.Generator) -> None:
    others = np.flatnonzero(columns["c1"] != "l00")
    columns["c1"][random.choice(others, int(0.15 * len(columns["c1"])), replace=False)] = "l00"


def _missing(columns: dict[str, Any], random: np.random.Generator) -> None:
    columns["n5"][random.random(len(columns["n5"])) < 0.03] = np.nan


def _huge(columns: dict[str, Any], random: np.random.Generator) -> None:
    columns["n5"][random.random(len(columns["n5"])) < 0.01] *= 1000


def _gone(columns: dict[str, Any], random: np.random.Generator) -> None:
    columns["n1"][:] = np.nan


def _stuck(columns: dict[str, Any], random: np.random.Generator) -> None:
    columns["n3"][:] = 5.0


def _recoded(columns: dict[str, Any], random: np.random.Generator) -> None:
    columns["c3"][:] = [None if level is None else level.upper() for level in columns["c3"]]


@pytest.mark.parametrize(
    ("broken", "kind", "check", "column"),
    [
        (_shift, "covariate", "drift", "n0"),
        (_share, "covariate", "drift", "c1"),
        (_missing, "covariate", "missing", "n5"),
        (_huge, "data_fault", "unit", "n5"),
        (_gone, "data_fault", "missing", "n1"),
        (_stuck, "data_fault", "constant", "n3"),
        (_recoded, "data_fault", "unseen", "c3"),
    ],
)
def test_what_changed_is_found_in_its_column_and_in_no_other(broken: Break, kind: str, check: str, column: str) -> None:
    world, hits, others = World(per_day=300, numbers=8, categories=5, luck=0.05), 0, 0
    for seed in range(6):
        random = np.random.default_rng((9, seed))
        reference = reference_of(world.days(91, random))
        columns = world.days(7, random)
        broken(columns, random)
        found = seen(reference, columns)
        hits += any((f.kind, f.check, column in f.columns) == (kind, check, True) for f in found)
        others += sum(set(f.columns) != {column} for f in found)
    assert (hits, others) == (6, 0)
