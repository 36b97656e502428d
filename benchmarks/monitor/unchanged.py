"""Windows in which nothing changed: how many of them raise any alarm at all."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from figure import Figure
from pairs import Columns, found_in, reference_of
from scipy.stats import binom
from thirty_laws import draw

if TYPE_CHECKING:
    from bench import Bench

LEVEL = 0.05
ROWS = (500, 2_000, 10_000)
Pair = Callable[[np.random.Generator, int], bool]


def figures(bench: "Bench") -> Iterator[Figure]:
    """Pairs of a window and a reference of as many rows, fresh each time; two samples of independent rows."""
    for rows in ROWS:
        for correlated in (False, True):
            name = f"unchanged.{'correlated' if correlated else 'independent'}.{rows}"
            yield counted(bench, name, rows, _correlated if correlated else _independent)


def counted(bench: "Bench", name: str, rows: int, alarmed: Pair) -> Figure:
    """The alarms in so many windows, against the 99 % bound of what the level allows."""
    windows = bench.windows
    bound = float(binom.ppf(0.99, windows, LEVEL))
    bench.say(f"{name}: {windows:,} windows")
    alarms = sum(alarmed(random, rows) for random in bench.randoms(name, windows))
    return Figure(name, float(alarms), "alarms", f"of {windows:,} windows at {LEVEL:.0%}", bound)


def _independent(random: np.random.Generator, rows: int) -> bool:
    return _alarmed(random, rows, correlated=False)


def _correlated(random: np.random.Generator, rows: int) -> bool:
    return _alarmed(random, rows, correlated=True)


def _alarmed(random: np.random.Generator, rows: int, *, correlated: bool) -> bool:
    reference: Columns = draw(rows, random, correlated=correlated)
    return bool(found_in(reference_of(reference), draw(rows, random, correlated=correlated), LEVEL))
