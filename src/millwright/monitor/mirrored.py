"""Labels that say the opposite of what was answered: a model that ranked rows rightly ranks them the wrong way round."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_DAY = 86_400_000_000
_FEWEST = 10
_LEAST_CORRELATION = 0.05
_SURE, _SURE_OF_THE_OPPOSITE = 4.0, 3.3
"""How many standard deviations: by itself, and where the other days show that labels and answers go together as a rule."""
AS_A_RULE = 3.0
_AGREES = 2.0
_EDGE = 9.0
"""By how much the squared evidence may fall where a run is made longer: where exactly it begins and ends is not known."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """Days whose labels contradict the answers.

    start, end: microseconds since 1970, whole days of UTC, as early and as late as it may have begun and ended. correlation:
    of what was answered with what was told, by rank within days; usual: the same of the other days, NaN where there are
    none. ended: whether days came after it on which labels and answers agree again.
    """

    start: int
    end: int
    rows: int
    correlation: float
    usual: float
    evidence: float
    limit: float
    ended: bool


@dataclass(frozen=True, slots=True)
class _Days:
    """Per day, in order: how far what was told goes with what was answered, and how far it would by chance alone.

    together: the sum over a day's rows of the products of ranks, both centred; variance: of that sum, were the labels of the
    day dealt out anew among its rows; scale: the largest value it could have.
    """

    day: Array
    rows: Array
    together: Array
    variance: Array
    scale: Array

    def z(self, part: slice | Array) -> float:
        """How many standard deviations labels and answers of these days go together more than by chance."""
        variance = float(self.variance[part].sum())
        return float(self.together[part].sum()) / variance**0.5 if variance > 0 else 0.0

    def correlation(self, others: Array) -> float:
        """The rank correlation within the days that are chosen; NaN without any."""
        scale = float(self.scale[others].sum())
        return float(self.together[others].sum()) / scale if scale > 0 else float("nan")


def mirrored(y: Array, said: Array, event: Array) -> tuple[Mirrored, ...]:
    """The runs of days on which labels surely contradict answers, in order of time.

    y: (n,) class codes or values, NaN for unknown; said: (n,) or (n, k), what was answered; event: (n,) microseconds UTC.
    Ranks are compared within days, so that a day with other outcomes, or other answers, says nothing by that alone. The sum
    over days of the centred products is held against its variance under permutations within days (van Elteren, "On the
    combination of independent two-sample tests of Wilcoxon", Bulletin of the International Statistical Institute 37, 1960):
    against no relation at all, which is less than any model has that merely got worse.
    """
    days = _by_day(y, said, event)
    return tuple(_runs(days, 0, len(days.day)))


def agreement(y: Array, said: Array, event: Array) -> float:
    """By how many standard deviations labels and answers go together within days more than by chance; shapes as above."""
    days = _by_day(y, said, event)
    return days.z(slice(0, len(days.day)))


def _by_day(y: Array, said: Array, event: Array) -> _Days:
    good = np.isfinite(y) & (np.isfinite(said) if said.ndim == 1 else np.isfinite(said).all(axis=1))
    y, said, day = y[good], said[good], event[good] // _DAY
    order = np.argsort(day, kind="stable")
    days, starts = np.unique(day[order], return_index=True)
    parts = np.split(order, starts[1:]) if len(days) else []
    figures = np.array([_of_day(y[rows], said[rows]) for rows in parts]).reshape(-1, 3)
    return _Days(days, np.array([len(rows) for rows in parts], dtype=np.int64), *figures.T)


def _of_day(y: Array, said: Array) -> tuple[float, float, float]:
    """Together, variance and scale of one day: `<Y, S>` of the centred matrices, and its variance under permutations of rows,
    `<Y'Y, S'S> / (n - 1)`; of several classes each is compared with the probability that was given to it."""
    if len(y) < 2:
        return 0.0, 0.0, 0.0
    ranked = _centred(said.reshape(len(y), -1))
    told = _centred(np.eye(said.shape[1])[y.astype(np.int64)] if said.ndim > 1 else y.reshape(-1, 1))
    variance = float(((told.T @ told) * (ranked.T @ ranked)).sum()) / (len(y) - 1)
    return float((told * ranked).sum()), variance, float(np.sqrt((told**2).sum() * (ranked**2).sum()))


def _centred(values: Array) -> Array:
    """Ranks of each column, from about 0 to about 1, with mean 0; equal values share a rank."""
    ranks = np.column_stack([ranks_of(column) for column in values.T]) / len(values)
    centred: Array = ranks - ranks.mean(axis=0)
    return centred


def ranks_of(values: Array) -> Array:
    """The rank of each value, from 1; equal values share the mean of theirs. As `scipy.stats.rankdata`, whose module takes a
    second to load, which each look in a process of its own would wait for."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Array = (np.cumsum(count) - (count - 1) / 2)[place]
    return ranks


def _runs(days: _Days, first: int, last: int) -> Iterator[Mirrored]:
    """The clearest run between two days, and those before and after it."""
    found = _clearest(days, first, last)
    if found is None:
        return
    start, end = _widened(days, *found, first, last)
    within = np.zeros(len(days.day), dtype=bool)
    within[start:end] = True
    evidence, others = days.z(slice(*found)), days.z(~within)
    limit = -_SURE_OF_THE_OPPOSITE if others >= AS_A_RULE else -_SURE
    if evidence > limit or days.correlation(within) > -_LEAST_CORRELATION:
        return
    yield from _runs(days, first, start)
    yield Mirrored(
        start=int(days.day[start]) * _DAY,
        end=int(days.day[end - 1] + 1) * _DAY,
        rows=int(days.rows[start:end].sum()),
        correlation=days.correlation(within),
        usual=days.correlation(~within),
        evidence=evidence,
        limit=limit,
        ended=days.z(slice(end, last)) >= _AGREES,
    )
    yield from _runs(days, end, last)


def _widened(days: _Days, start: int, end: int, first: int, last: int) -> tuple[int, int]:
    """The run with the days before and after it that may belong to it: up to one that leans the same way."""
    least = -math.sqrt(max(days.z(slice(start, end)) ** 2 - _EDGE, 0.0))
    lean = days.together < 0
    begin = next(at for at in range(first, start + 1) if at == start or (lean[at] and days.z(slice(at, end)) < least))
    until = next(at for at in range(last, end - 1, -1) if at == end or (lean[at - 1] and days.z(slice(start, at)) < least))
    return begin, until


def _clearest(days: _Days, first: int, last: int) -> tuple[int, int] | None:
    """The run of days, of 10 rows or more, on which labels and answers contradict each other the most."""
    total, spread, rows = (_summed(part[first:last]) for part in (days.together, days.variance, days.rows))
    begin, end = np.triu_indices(last - first + 1, k=1)
    enough = rows[end] - rows[begin] >= _FEWEST
    if not enough.any():
        return None
    begin, end = begin[enough], end[enough]
    variance = spread[end] - spread[begin]
    z = np.where(variance > 0, (total[end] - total[begin]) / np.sqrt(np.where(variance > 0, variance, 1.0)), 0.0)
    at = int(z.argmin())
    return (first + int(begin[at]), first + int(end[at])) if z[at] < 0 else None


def _summed(values: Array) -> Array:
    return np.concatenate([[0.0], np.cumsum(values)])


def inside(event: Array, runs: Sequence[Mirrored]) -> Array:
    """Which moments, (n,) microseconds UTC, lie within one of the runs."""
    found: Array = np.zeros(len(event), dtype=bool)
    for run in runs:
        found |= (event >= run.start) & (event < run.end)
    return found
