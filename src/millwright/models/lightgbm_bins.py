"""Features that were cut into bins once, for all fits of a process that are of the same rows.

A search fits many settings on a few folds, and LightGBM cuts the features of each into bins before it grows a tree: an eighth
to a fifth of the time of a short fit. What the bins are depends on the rows, and on few of the settings.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from millwright.models.family import Problem
from millwright.records.spec import Scalar

MOST_BYTES = 256 << 20
"""Of all that is kept: a byte a cell, which is what LightGBM takes for it."""
_ON_TREES = frozenset(
    (
        "bagging_fraction",
        "bagging_freq",
        "extra_trees",
        "feature_fraction",
        "lambda_l1",
        "lambda_l2",
        "learning_rate",
        "max_depth",
        "min_data_in_leaf",
        "min_gain_to_split",
        "min_sum_hessian_in_leaf",
        "num_leaves",
        "num_threads",
        "path_smooth",
    )
)
"""Settings that say how trees grow, and nothing of bins (features are not left out beforehand by `min_data_in_leaf`). With any
other setting that differs, bins are made anew."""


@dataclass(frozen=True, slots=True)
class Binned:
    """Rows to learn from, and those to stop early on (none, or one set), as LightGBM's data sets."""

    rows: Any
    checked: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    binned: Binned
    origin: tuple[Any, ...]
    size: int


class Bins:
    """The bins that one process keeps, those asked for last. Not for several threads."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

    def of(self, problem: Problem, valid: Problem | None, settings: Mapping[str, Scalar], make: Callable[[], Binned]) -> Binned:
        """What `make` gives, which may be called now or was before; never for a problem of unknown origin."""
        origin = (*problem.origin, *(valid.origin if valid is not None else ()))
        if not problem.origin or (valid is not None and not valid.origin):
            return make()
        key = (tuple(map(id, origin)), valid is None, _said_of(problem), valid and _said_of(valid), _of_bins(settings))
        found = self._kept.get(key)  # the arrays that it is told by are kept with it, so that no other can have their id
        if found is None:
            size = problem.X.size + (valid.X.size if valid is not None else 0)
            found = _Kept(make(), origin, size)
            if size <= self._most:
                self._kept[key] = found
        else:
            self._kept.move_to_end(key)
        while sum(kept.size for kept in self._kept.values()) > self._most:
            self._kept.popitem(last=False)
        return found.binned


def _said_of(problem: Problem) -> Hashable:
    """What a data set holds beside the features: labels and weights too, of which each fit may have others."""
    weight = None if problem.weight is None else sha256(problem.weight.tobytes()).digest()
    return problem.features, problem.categorical, sha256(problem.y.tobytes()).digest(), weight


def _of_bins(settings: Mapping[str, Scalar]) -> Hashable:
    return tuple(sorted((name, str(value)) for name, value in settings.items() if name not in _ON_TREES))
