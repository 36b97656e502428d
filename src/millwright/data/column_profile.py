"""What one column looks like over some rows, and how two such accounts become one.

Moments merge by the pairwise update of Chan, Golub & LeVeque, "Algorithms for computing the sample variance", The American
Statistician 37 (1983); quantiles by `sketch`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.cells import parse_number_text
from millwright.data.one_column import missing_cells
from millwright.data.sketch import POINTS, merge_sketches, sketch_of
from millwright.records.data import ColumnKind, ColumnProfile

LEVELS = 200


def profile_column(
    name: str,
    kind: ColumnKind,
    values: NDArray[Any],
    *,
    hide: Callable[[str], str] = str,
    points: int = POINTS,
    levels: int = LEVELS,
) -> ColumnProfile:
    """The account of the canonical cells `values`, shape (n,).

    Numbers and dates (as microseconds) are summed up as numbers, number_text by the number it parses to, text by its length
    in characters, categories by their `levels` commonest levels, each passed through `hide`.
    """
    gone = missing_cells(values)
    if kind == "category":
        return _of_levels(name, values[~gone], len(values), hide, levels)
    numbers = _as_numbers(kind, values[~gone])
    unparsed = int(np.isnan(numbers).sum())
    return _of_numbers(name, kind, numbers, (len(values), int(gone.sum()), unparsed), points)


def merge_column_profiles(parts: Sequence[ColumnProfile], *, points: int = POINTS, levels: int = LEVELS) -> ColumnProfile:
    """The account of all rows behind `parts` (one column, one kind; at least one part).

    Counts, minimum, maximum and moments are exact. A level that a part no longer names counts as `other`.
    """
    first = parts[0]
    tops, other = _top(_summed(level for part in parts for level in part.top), levels)
    sketch = merge_sketches(*(part.sketch for part in parts), limit=points)
    mean, m2 = _merged_moments(parts)
    return ColumnProfile(
        name=first.name,
        kind=first.kind,
        count=sum(part.count for part in parts),
        missing=sum(part.missing for part in parts),
        infinite=sum(part.infinite for part in parts),
        unparsed=sum(part.unparsed for part in parts),
        distinct=_merged_distinct(parts, len(tops) if first.kind == "category" else len(sketch.values), other, points),
        minimum=min((part.minimum for part in parts if part.minimum is not None), default=None),
        maximum=max((part.maximum for part in parts if part.maximum is not None), default=None),
        mean=mean,
        m2=m2,
        sketch=sketch,
        top=tops,
        other=other + sum(part.other for part in parts),
    )


def numbers_from(texts: NDArray[Any]) -> NDArray[np.float64]:
    """The numbers that texts such as "$1,234" or "42%" mean, shape (n,) to (n,); NaN where one is no number."""
    parsed = {text: parse_number_text(text) for text in set(texts.tolist())}
    return np.array([parsed[text] for text in texts], dtype=np.float64)


def numbers_in(profile: ColumnProfile) -> int:
    """How many rows have a finite number behind mean, m2 and sketch."""
    return profile.count - profile.missing - profile.infinite - profile.unparsed


def variance(profile: ColumnProfile) -> float | None:
    """The variance over rows (divided by n - 1); None with fewer than two numbers or after an overflow."""
    n = numbers_in(profile)
    return None if n < 2 or profile.m2 is None else profile.m2 / (n - 1)


def _as_numbers(kind: ColumnKind, there: NDArray[Any]) -> NDArray[np.float64]:
    if kind == "text":
        return np.fromiter(map(len, there), dtype=np.float64, count=len(there))
    if kind == "number_text":
        return numbers_from(there)
    return np.asarray(there, dtype=np.float64)


def _of_numbers(
    name: str, kind: ColumnKind, numbers: NDArray[np.float64], counts: tuple[int, int, int], points: int
) -> ColumnProfile:
    finite = numbers[np.isfinite(numbers)]
    sketch = sketch_of(finite, points)
    mean, m2 = _moments(finite)
    exact = sum(sketch.weights) == len(finite) and len(sketch.values) < points
    return ColumnProfile(
        name=name,
        kind=kind,
        count=counts[0],
        missing=counts[1],
        infinite=int(np.isinf(numbers).sum()),
        unparsed=counts[2],
        distinct=len(sketch.values) if exact else None,
        minimum=float(finite.min()) if len(finite) else None,
        maximum=float(finite.max()) if len(finite) else None,
        mean=mean,
        m2=m2,
        sketch=sketch,
    )


def _of_levels(name: str, there: NDArray[Any], count: int, hide: Callable[[str], str], levels: int) -> ColumnProfile:
    tops, other = _top(_summed((hide(level), n) for level, n in Counter(there.tolist()).items()), levels)
    return ColumnProfile(
        name=name,
        kind="category",
        count=count,
        missing=count - len(there),
        distinct=None if other else len(tops),
        top=tops,
        other=other,
    )


def _top(counts: Counter[str], levels: int) -> tuple[tuple[tuple[str, int], ...], int]:
    """The commonest levels, ties by name, and how many rows have another."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ordered[:levels]), sum(n for _, n in ordered[levels:])


def _summed(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for level, n in pairs:
        counts[level] += n
    return counts


def _moments(finite: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """Mean and sum of squared deviations; a mean of huge numbers does not overflow, their squares may and are None."""
    if not len(finite):
        return None, None
    scale = max(float(np.abs(finite).max()), 1e-300)
    scaled = finite / scale
    mean = float(scaled.mean())
    with np.errstate(all="ignore"):
        m2 = float(((scaled - mean) ** 2).sum() * scale * scale)
    return mean * scale, m2 if np.isfinite(m2) else None


def _merged_moments(parts: Sequence[ColumnProfile]) -> tuple[float | None, float | None]:
    counted = [(numbers_in(p), p.mean, p.m2) for p in parts if p.mean is not None]
    rows = sum(n for n, _, _ in counted)
    if not rows:
        return None, None
    mean = sum(m * (n / rows) for n, m, _ in counted)
    if any(m2 is None for _, _, m2 in counted):
        return mean, None
    with np.errstate(all="ignore"):
        within = float(np.sum([m2 for _, _, m2 in counted if m2 is not None]))
        between = float(np.sum([n * np.float64(m - mean) ** 2 for n, m, _ in counted]))
    return mean, within + between if np.isfinite(within + between) else None


def _merged_distinct(parts: Sequence[ColumnProfile], named: int, other: int, points: int) -> int | None:
    """Exact while every part was exact and nothing had to be left out of the merged account."""
    whole = all(part.distinct is not None for part in parts) and not other
    return named if whole and (parts[0].kind == "category" or named < points) else None
