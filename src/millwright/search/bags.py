"""The models of the folds as one model: each saw other rows, so their mean is better than any of them, and it is there already.

Where later rows matter more (a split by time), where a model is as good when it is fitted once more (a linear one), or where
the models would be too large or too slow together, one is fitted on all rows instead.
"""

from collections.abc import Sequence

from millwright.models.ensemble import join
from millwright.models.family import Fitted
from millwright.records.modelling import FoldFit
from millwright.search.bench import Bench

FITTED_ONCE_MORE = ("linear", "constant")
"""Evaluators of models that are as good when they are fitted on all rows."""
MOST_MICROSECONDS = 400.0
MOST_BYTES = 8_000_000
"""What one configuration may take of an answer, and of a package. Where fits are counted the size alone says so: a time that
was measured would be another each time."""


def answers_as_bag(bench: Bench, fits: Sequence[FoldFit]) -> bool:
    """Whether the models of the folds answer together."""
    quick = bench.budget.fits is not None or sum(fit.row_us for fit in fits) <= MOST_MICROSECONDS
    small = quick and sum(fit.size for fit in fits) <= MOST_BYTES
    return bench.bags and len(fits) > 1 and small and fits[0].evaluator not in FITTED_ONCE_MORE


def bag(bench: Bench, fits: Sequence[FoldFit]) -> Fitted:
    """The mean of the models of the folds. Raises PackageRefused where they do not fit each other."""
    return join([(1.0 / len(fits), _fitted(bench, fit)) for fit in fits])


def _fitted(bench: Bench, fit: FoldFit) -> Fitted:
    files = {name: bench.fits.get(digest) for name, digest in fit.files.items()}
    return Fitted(files, fit.evaluator, fit.iterations, fit.importance)
