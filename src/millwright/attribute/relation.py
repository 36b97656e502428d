"""Where the relation between inputs and outcomes changed: in which columns, and in which groups of rows.

What came true less what was said is compared, group by group, between rows of before, weighted to have the inputs of now, and
rows of now: with inputs alike, a gap is a change of the relation. Two things are looked at in each group: the mean of that
residual, and how it goes with the score, which sees outcomes that are mixed up evenly. All groups of all columns are searched,
and the limit is that of so many tests (Bonferroni). Searching subgroups after the whole follows Singh, Xia, Gossmann, Chuang,
Hong & Feng ("Who experiences large model decay and why?", ICML 2025); column after column, each corrected for those before it,
is a forward selection as in boosting on residuals.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.attribute.bins import Binned
from millwright.attribute.gaps import Gaps, Moment, mean_gaps
from millwright.attribute.search import LABEL, Sides

Array = NDArray[Any]

MOST_COLUMNS = 3
SMALLEST = 1e-3
MOST_OUTCOMES = 4
CHANCE = 0.05
ALIKE = 0.8
"""Of the largest sum of squares, from which on another column would explain it as well."""


@dataclass(frozen=True, slots=True)
class Residuals:
    """What is compared on each side: moments of rows of before, (n, k), and of now, (m, k), of which the first `plain` are
    residuals themselves."""

    before: Array
    now: Array
    plain: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A column in whose groups the relation changed: the gap of the first moment by group, its errors, which groups are surely
    changed, how many standard errors the largest is away, the limit of these, and columns that would do nearly as well."""

    column: str
    gaps: Gaps
    groups: Array
    evidence: float
    limit: float
    alike: tuple[str, ...]


def residuals(y: Array, said: Array, y_now: Array, said_now: Array, *, classes: bool) -> Residuals:
    """The moments of a task: by its outcomes and what was said, (n,) or (n, k)."""
    if said.ndim == 2:
        common = np.argsort(-said.mean(axis=0))[:MOST_OUTCOMES]
        before, now = (_of_classes(truth, says, common) for truth, says in ((y, said), (y_now, said_now)))
        return Residuals(before, now, len(common))
    scale = _scaled(said, said_now) if classes else None
    before, now = (_of_one(truth, says, scale) for truth, says in ((y, said), (y_now, said_now)))
    return Residuals(before, now, 1)


def _of_classes(y: Array, said: Array, common: Array) -> Array:
    true = np.take_along_axis(said, y.astype(np.int64)[:, None], axis=1)[:, 0]
    return np.column_stack([*((y == k) - said[:, k] for k in common.tolist()), 1 - true])


def _of_one(y: Array, said: Array, scale: tuple[float, float] | None) -> Array:
    off = y - said
    return np.column_stack([off, np.abs(off) if scale is None else off * (_odds(said) - scale[0]) / scale[1]])


def _scaled(said: Array, said_now: Array) -> tuple[float, float]:
    odds = _odds(np.concatenate([said, said_now]))
    return float(odds.mean()), max(float(odds.std()), 1e-12)


def _odds(said: Array) -> Array:
    sure = np.clip(said, SMALLEST, 1 - SMALLEST)
    odds: Array = np.log(sure / (1 - sure))
    return odds


def where_changed(sides: Sides, found: Residuals, names: list[str]) -> Iterator[Changed]:
    """The columns whose groups differ most, each corrected for the change as a whole and for the columns before it."""
    weights, ones = sides.weights(), sides.among.astype(float)
    left = found.now - _overall(found, weights, ones)
    searched = {name: sides.bins[name] for name in names if name != LABEL}
    limit = _limit(searched, found.before.shape[1])
    for _ in range(MOST_COLUMNS):
        gaps = {name: [_gap(sides, bins, found.before[:, k], left[:, k], weights, ones) for k in range(left.shape[1])]
                for name, bins in searched.items()}  # fmt: skip
        sure = {name: _strength(each) for name, each in gaps.items() if max(g.size.max(initial=0.0) for g in each) > limit}
        if not sure:
            return
        name = max(sure, key=lambda one: sure[one])
        bins = searched.pop(name)
        alike = tuple(one for one in sure if one != name and sure[one] >= ALIKE * sure[name])
        as_is = [_gap(sides, bins, found.before[:, k], found.now[:, k], weights, ones) for k in range(left.shape[1])]
        yield _changed(name, as_is, gaps[name], limit, found.plain, alike)
        for k, gap in enumerate(gaps[name]):
            left[:, k] -= np.nan_to_num(gap.gap)[bins.now]


def _overall(found: Residuals, weights: Array, among: Array) -> Array:
    whole: Array = (among @ found.now) / among.sum() - (weights @ found.before) / weights.sum()
    return whole


def _gap(sides: Sides, bins: Binned, before: Array, now: Array, weights: Array, ones: Array) -> Gaps:
    return mean_gaps(bins, Moment(before, weights, sides.groups), Moment(now, ones, sides.groups_now))


def _limit(searched: Mapping[str, Binned], moments: int) -> float:
    from scipy.special import ndtri

    tests = max(1, moments * sum(bins.bins for bins in searched.values()))
    return float(-ndtri(CHANCE / tests / 2))


def _strength(gaps: list[Gaps]) -> float:
    """The sum of squares over groups, less what chance gives."""
    return float(sum((gap.ratio[gap.size > 0] ** 2 - 1).sum() for gap in gaps))


def _changed(name: str, as_is: list[Gaps], corrected: list[Gaps], limit: float, plain: int, alike: tuple[str, ...]) -> Changed:
    """The column as it is, which is what a person sees who looks at its groups; sure are groups that are so either way."""
    size = np.max([gap.size for gap in (*as_is, *corrected)], axis=0)
    first = max(as_is[:plain], key=lambda gap: float(gap.size.max(initial=0.0)))
    return Changed(name, first, np.flatnonzero(size > limit), float(size.max(initial=0.0)), limit, alike)
