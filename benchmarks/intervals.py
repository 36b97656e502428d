"""Comparing two things on a machine that others use too: take turns, and say how sure the outcome is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar("T")

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """The median of n values, and where the true median lies with 95 % confidence; None where n is too small to say."""

    median: float
    low: float | None
    high: float | None
    n: int


def take_turns(first: Callable[[], T], second: Callable[[], T], pairs: int) -> list[tuple[T, T]]:
    """Results of A B, B A, A B, ...: what changes on the machine meets both alike, and neither always goes first."""
    return [_one_pair(first, second, swapped=bool(i % 2)) for i in range(pairs)]


def _one_pair(first: Callable[[], T], second: Callable[[], T], *, swapped: bool) -> tuple[T, T]:
    if swapped:
        later = second()
        return first(), later
    return first(), second()


def median_interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """The sample median between two order statistics, by the sign test: nothing is assumed of how the values are spread.

    The k-th smallest and the k-th largest of n values miss the median with a chance of 2 P(Bin(n, 1/2) < k); k is the
    largest that keeps this below 1 - level. Fewer than 6 values cannot say it at 95 %: low and high are None then.
    Source: W. R. Thompson, Annals of Mathematical Statistics 7 (1936), 122-128. Raises ValueError for no values.
    """
    if not values:
        raise ValueError("no values were measured")
    ordered, n = sorted(values), len(values)
    rank = _rank(n, level)
    low, high = (ordered[rank - 1], ordered[n - rank]) if rank else (None, None)
    return Interval(median(ordered), low, high, n)


def _rank(n: int, level: float) -> int:
    """The largest k with 2 P(Bin(n, 1/2) < k) <= 1 - level; 0 where there is none."""
    allowed = int((1 - level) * 2**53) * 2**n >> 53  # whole numbers: 2**n is beyond what a float can hold
    ways, below, rank = 1, 0, 0  # of the 2**n sides that n values can fall on: with exactly, and fewer than, `rank` below
    while rank < n and 2 * (below + ways) <= allowed:
        below += ways
        ways = ways * (n - rank) // (rank + 1)
        rank += 1
    return rank


def ratio_interval(pairs: Sequence[tuple[float, float]]) -> Interval:
    """The median of first / second over pairs."""
    return median_interval([first / second for first, second in pairs])


def difference_interval(pairs: Sequence[tuple[float, float]]) -> Interval:
    """The median of first - second over pairs."""
    return median_interval([first - second for first, second in pairs])


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value with at least `share` of the values at or below it. Raises ValueError for no values."""
    if not values:
        raise ValueError("no values were measured")
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
