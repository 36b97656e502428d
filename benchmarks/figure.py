"""A figure: what was measured, against what, and whether it meets its bar."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from intervals import Interval

Goal = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the outcome.

    met: whether the bar is met; None where there is no bar, nothing could be measured, or the interval lies on both sides.
    n, low, high: how many were measured, and the 95 % interval of the value where it is a comparison.
    """

    name: str
    value: float | None
    unit: str
    against: str = ""
    bar: float | None = None
    goal: Goal = "lower"
    n: int | None = None
    low: float | None = None
    high: float | None = None

    @property
    def met(self) -> bool | None:
        """True, False, or None for "cannot tell"."""
        if self.bar is None or self.value is None:
            return None
        low, high = (self.value, self.value) if self.n is None else (self.low, self.high)
        if low is None or high is None:
            return None
        return _within(low, high, self.bar, self.goal)

    def as_plain(self) -> dict[str, Any]:
        """The figure as JSON data."""
        return asdict(self) | {"met": self.met}


def _within(low: float, high: float, bar: float, goal: Goal) -> bool | None:
    best, worst = (low, high) if goal == "lower" else (-high, -low)
    limit = bar if goal == "lower" else -bar
    if worst <= limit:
        return True
    return False if best > limit else None


def compared(name: str, interval: Interval, unit: str, against: str, bar: float, goal: Goal = "lower") -> Figure:
    """A figure whose value is a median with its interval."""
    return Figure(name, interval.median, unit, against, bar, goal, n=interval.n, low=interval.low, high=interval.high)


def missed(figures: Sequence[Figure]) -> list[Figure]:
    """The figures whose bar is certainly not met."""
    return [figure for figure in figures if figure.met is False]


def report(figures: Sequence[Figure], *, as_json: bool) -> int:
    """Print the figures; the exit code of a run: 1 where a bar was missed."""
    print(json.dumps({"figures": [figure.as_plain() for figure in figures]}) if as_json else table(figures))
    return 1 if missed(figures) else 0


HEAD = ("figure", "value", "unit", "95 % interval", "n", "bar", "met", "against")


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned text."""
    rows = [HEAD, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _cells(figure: Figure) -> tuple[str, ...]:
    interval = "" if figure.low is None or figure.high is None else f"{_number(figure.low)} to {_number(figure.high)}"
    bar = "" if figure.bar is None else f"{'<=' if figure.goal == 'lower' else '>='} {_number(figure.bar)}"
    n = "" if figure.n is None else str(figure.n)
    return (figure.name, _number(figure.value), figure.unit, interval, n, bar, _verdict(figure), figure.against)


def _verdict(figure: Figure) -> str:
    if figure.bar is None:
        return ""
    return {True: "yes", False: "NO", None: "cannot tell"}[figure.met]


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
