"""Groups of rows, by the values of one column, each judged by itself."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, Columns
from millwright.errors import DataRefused, nearest
from millwright.evaluate.bootstrap import interval
from millwright.metrics.metric import Metric
from millwright.records.judging import SliceValue
from millwright.records.modelling import FeaturePlan

Array = NDArray[Any]

FEWEST_ROWS = 50
MOST_GROUPS = 10
MOST_COLUMNS = 6
FEW_VALUES = 6
MISSING = "missing"
REST = "all others"


def slices_of(
    metric: Metric,
    y: Array,
    output: Array,
    column: str,
    values: Array,
    *,
    blocks: Array | None,
    resamples: int,
    level: float,
    seed: int,
    own: Array | None = None,
) -> tuple[SliceValue, ...]:
    """The metric in every group of a column, largest first, with its interval; groups of fewer than 50 rows are left out.

    own: how much each row counts, None for all alike.
    """
    found = []
    for group, rows in groups_of(values).items():
        some = None if blocks is None else blocks[rows]
        counts = None if own is None else own[rows]
        figure = interval(metric, y[rows], output[rows], blocks=some, resamples=resamples, level=level, seed=seed, own=counts)
        found.append(SliceValue(column=column, group=group, metric=metric.name, interval=figure))
    return tuple(found)


def groups_of(values: Array, fewest: int = FEWEST_ROWS) -> dict[str, Array]:
    """The rows (positions) of each group of a column, shape (n,), largest group first.

    Texts and up to six distinct numbers are groups as they are; other numbers fall into quarters, dates into months. At most
    ten groups by size; what is left is one group, and so are missing values. Groups of fewer than `fewest` rows are left out.
    """
    names = _names(values)
    present, codes, sizes = np.unique(names, return_inverse=True, return_counts=True)
    order = sorted(range(len(present)), key=lambda code: (-int(sizes[code]), str(present[code])))
    groups = {str(present[code]): np.flatnonzero(codes == code) for code in order[:MOST_GROUPS]}
    rest = np.flatnonzero(np.isin(codes, order[MOST_GROUPS:]))
    if len(rest):
        groups[REST if REST not in groups else f"{REST} (none of the above)"] = rest
    return {name: rows for name, rows in groups.items() if len(rows) >= fewest}


def _names(values: Array) -> Array:
    """The group's name for each row, shape (n,)."""
    if values.dtype.kind == "O":
        return np.array([MISSING if cell is None else str(cell) for cell in values], dtype=str)
    if values.dtype.kind == "i":
        return _month_names(values)
    return _number_names(values.astype(float))


def _month_names(values: Array) -> Array:
    known = np.where(values == MISSING_DATE, 0, values)
    months = known.astype("datetime64[us]").astype("datetime64[M]").astype(str)
    return np.where(values == MISSING_DATE, MISSING, months)


def _number_names(values: Array) -> Array:
    distinct = np.unique(values[np.isfinite(values)])
    if len(distinct) <= FEW_VALUES:
        labels = np.array([f"{value:g}" for value in distinct.tolist()] + [MISSING])
        return labels[np.where(np.isfinite(values), np.searchsorted(distinct, values), len(distinct))]
    edges = np.unique(np.quantile(values[np.isfinite(values)], [0.25, 0.5, 0.75], method="lower"))
    labels = np.array([*_range_names(edges.tolist()), MISSING])
    return labels[np.where(np.isfinite(values), np.searchsorted(edges, values, side="left"), len(edges) + 1)]


def _range_names(edges: Sequence[float]) -> list[str]:
    between = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return [f"up to {edges[0]:g}", *between, f"above {edges[-1]:g}"]


def choose_columns(asked: Sequence[str], columns: Columns, importance: Mapping[str, float]) -> tuple[str, ...]:
    """The columns to slice by: those asked for, or up to six that fall into two groups or more, the most important first.

    Raises DataRefused for a column asked for that is not there.
    """
    for name in asked:
        if name not in columns:
            raise DataRefused(
                f'there is no column "{name}" to slice by',
                where="evaluate.slices",
                fix=nearest(name, columns) or f"one of {', '.join(sorted(columns))}",
                code="evaluate.slices",
            )
    if asked:
        return tuple(dict.fromkeys(asked))
    fit = [name for name, values in columns.items() if values.dtype.kind != "i" and _divides(values)]
    return tuple(sorted(fit, key=lambda name: -column_importance(name, importance))[:MOST_COLUMNS])


def _divides(values: Array) -> bool:
    """Whether a column falls into groups that say something: at least two, not nearly all in "all others"."""
    groups = groups_of(values)
    named = sum(len(rows) for name, rows in groups.items() if not name.startswith(REST))
    return len(groups) > 1 and named >= len(values) / 2


def importance_by_column(plan: FeaturePlan, importance: Mapping[str, float]) -> dict[str, float]:
    """The importance of each column: of the features that were made of it, half of each that was made of two."""
    of = {name: encoder.columns for encoder in plan.encoders for name in encoder.outputs}
    found: dict[str, float] = {}
    for feature, share in importance.items():
        columns = of.get(feature, (feature,))
        for column in columns:
            found[column] = found.get(column, 0.0) + share / len(columns)
    return found


def column_importance(column: str, importance: Mapping[str, float]) -> float:
    """The importance of a column: of the feature of its name, and of those that were made from it."""
    return sum(
        share
        for feature, share in importance.items()
        if feature == column or (feature.startswith(column) and not feature[len(column)].isalnum())
    )
