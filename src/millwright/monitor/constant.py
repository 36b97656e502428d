"""A column that always varied and stands still: a stuck feed."""

from millwright.data.column_profile import numbers_in
from millwright.monitor.found import Found
from millwright.monitor.large import EXPECTED_ROWS, FEWEST_ROWS_STUCK
from millwright.monitor.measures import filled
from millwright.monitor.sides import Sides
from millwright.monitor.statistic import Statistic
from millwright.monitor.words import number
from millwright.records.data import ColumnProfile
from millwright.records.deciding import Change

_PER_STRETCH = 3
_SHORTER = 1.2
"""How much longer a period must be than what the window holds, for the one to see a part of a week that the other has whole."""


def constant(sides: Sides, level: float) -> Found | None:
    """One single value where, going by the steadiest period, at least ten rows would have had another, and where no window
    that varies as the periods do comes near it: a month of clear sky is no stuck feed.

    A window shorter than a period, or one without rows for a part of its time, may well have one value of what changes by the
    day, so then a column must also have had more values in every period than that explains.
    """
    only = only_value(sides.now)
    rows = _valued(sides.now)
    earlier = [p for p in (sides.before, *sides.periods) if _valued(p) >= FEWEST_ROWS_STUCK]
    if only is None or rows < FEWEST_ROWS_STUCK or not earlier:
        return None
    others = min(1 - top_share(period)[0] for period in earlier)
    evidence = Statistic(sides.read(top_share)).evidence(sides.pace, level)
    if others * rows < EXPECTED_ROWS or not evidence.real or _may_be_short(sides, earlier):
        return None
    values = min(_values(period) for period in earlier)
    was = f"at least {values} values in each {'period' if sides.has_history else 'look'} before"
    shown = "always the same value" if sides.rule.pii else f"always {only}"
    change = Change(
        column=sides.rule.name,
        check="constant",
        was=float(values),
        now=1.0,
        unit="distinct values",
        effect=1.0 - values,
        evidence=evidence.size,
        limit=evidence.limit,
    )
    return Found("data_fault", change, f"{shown}, {was}", None, evidence.by_periods)


def _may_be_short(sides: Sides, earlier: list[ColumnProfile]) -> bool:
    stretch = sides.pace.stretch / sides.covered
    return stretch > _SHORTER and min(_values(period) for period in earlier) <= _PER_STRETCH * stretch


def _valued(profile: ColumnProfile) -> int:
    return filled(profile) if profile.kind == "category" else numbers_in(profile)


def _values(profile: ColumnProfile) -> int:
    """How many different values there are at least."""
    return profile.distinct or len(profile.top) or len(profile.sketch.values)


def only_value(profile: ColumnProfile) -> str | None:
    """The one value that all rows have, in words; None where they have several, or none."""
    if profile.kind == "category":
        return f'"{profile.top[0][0]}"' if len(profile.top) == 1 and not profile.other else None
    if profile.minimum is None or profile.minimum != profile.maximum:
        return None
    return number(profile.minimum)


def top_share(profile: ColumnProfile) -> tuple[float, int]:
    """The share of the commonest value."""
    rows = _valued(profile)
    counts = [count for _, count in profile.top] if profile.kind == "category" else profile.sketch.weights
    return max(counts, default=0.0) / max(rows, 1), rows
