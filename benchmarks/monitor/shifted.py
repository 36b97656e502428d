"""Windows in which something changed: how often it is found, in its own column."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from figure import Figure
from pairs import Columns, found_in, reference_of
from thirty_laws import FOUR_LEVELS, draw
from unchanged import LEVEL

from millwright.spec.alarm_budget import parse_alarm_budget

if TYPE_CHECKING:
    from bench import Bench

MEAN, GAP, HUGE = "n00", "n16", "n03"
BARS = {
    2_000: {"mean": 29.0, "share": 27.0, "missing": 95.0, "x1000": 97.0},
    10_000: dict.fromkeys(("mean", "share", "missing", "x1000"), 99.0),
}
EXPECTED = {"mean": (MEAN, "drift"), "share": (FOUR_LEVELS, "drift"), "missing": (GAP, "missing"), "x1000": (HUGE, "unit")}


def figures(bench: "Bench") -> Iterator[Figure]:
    """Four changes in four columns of one window; at 5 % a window, and, without a bar, at the budget's own level."""
    from datetime import timedelta

    budget = parse_alarm_budget("1 per quarter").level(timedelta(days=1))
    for rows, bars in BARS.items():
        for level, barred in ((LEVEL, True), (budget, False)):
            name = f"shifted.{rows}" if barred else f"shifted.{rows}.at_1_per_quarter"
            found: Counter[str] = Counter()
            bench.say(f"{name}: {bench.shifted:,} windows")
            for random in bench.randoms("shifted", bench.shifted):
                found.update(_found(random, rows, level))
            for what, bar in bars.items():
                share = 100 * found[what] / bench.shifted
                against = f"of {bench.shifted:,} windows at {level:.2%}"
                yield Figure(f"{name}.{what}", share, "%", against, bar if barred else None, "higher")


def _found(random: np.random.Generator, rows: int, level: float) -> list[str]:
    reference = draw(rows, random)
    window = changed(draw(rows, random), float(np.nanstd(reference[MEAN])), random)
    findings = found_in(reference_of(reference), window, level)
    return [
        what for what, (column, check) in EXPECTED.items() if any(f.check == check and column in f.columns for f in findings)
    ]


def changed(window: Columns, deviation: float, random: np.random.Generator) -> Columns:
    """A mean 0.1 standard deviations up, a share 5 points up, 3 points more missing, and 1 % of the rows times 1,000."""
    rows = len(window[MEAN])
    window[MEAN] = window[MEAN] + 0.1 * deviation
    others = np.flatnonzero(window[FOUR_LEVELS] != "level 01")
    window[FOUR_LEVELS][random.choice(others, round(0.05 * rows), replace=False)] = "level 01"
    there = np.flatnonzero(np.isfinite(window[GAP]))
    window[GAP][random.choice(there, round(0.03 * rows), replace=False)] = np.nan
    window[HUGE][random.random(rows) < 0.01] *= 1000
    return window
