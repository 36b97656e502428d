"""The models of the folds as one model: each saw other rows, so their mean is better than any of them, and it is there already.

Where later rows matter more (a split by time), where a model is as good when it is fitted once more (a linear one), or where
the models would be too large or too slow together, one is fitted on all rows instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from millwright.models.ensemble import join
from millwright.models.family import Fitted
from millwright.records.modelling import FoldFit
from millwright.search.bench import Bench
from millwright.search.row_time import estimated_us

FITTED_ONCE_MORE = ("linear", "constant")
"""Evaluators of models that are as good when they are fitted on all rows."""


def can_be_bag(bench: Bench, fits: Sequence[FoldFit]) -> bool:
    """Whether the models of the folds are better together than one, whatever that costs."""
    return bench.bags and len(fits) > 1 and fits[0].evaluator not in FITTED_ONCE_MORE


def answers_as_bag(bench: Bench, fits: Sequence[FoldFit]) -> bool:
    """Whether the models of the folds answer together."""
    return can_be_bag(bench, fits) and Price.of_all(bench, fits).is_small(bench)


@dataclass(frozen=True, slots=True)
class Price:
    """What models cost together: microseconds of an answer to one row, and bytes."""

    microseconds: float
    size: float

    def is_small(self, bench: Bench, share: float = 1.0) -> bool:
        """Whether a package may cost that, or this share of what it may. Where fits are counted and nobody asked for speed, the
        size alone says so."""
        untimed = bench.budget.fits is not None and not bench.estimates_time
        quick = untimed or self.microseconds <= share * bench.goal.most_us
        return quick and self.size <= share * bench.goal.most_bytes

    @classmethod
    def of_all(cls, bench: Bench, fits: Sequence[FoldFit]) -> "Price":
        """Of the models of folds together."""
        return cls(sum(row_us(bench, fit) for fit in fits), sum(fit.size for fit in fits))

    @classmethod
    def of_one(cls, bench: Bench, fits: Sequence[FoldFit]) -> "Price":
        """Of one model like those of the folds."""
        every = cls.of_all(bench, fits)
        return cls(every.microseconds / len(fits), every.size / len(fits))

    @classmethod
    def of(cls, bench: Bench, fits: Sequence[FoldFit]) -> "Price":
        """Of what would answer for a configuration: the models of the folds, or one like them."""
        return cls.of_all(bench, fits) if answers_as_bag(bench, fits) else cls.of_one(bench, fits)


def row_us(bench: Bench, fit: FoldFit) -> float:
    """Microseconds of a row: measured, or estimated where these decide and fits are counted: what is measured is another each
    time."""
    if not bench.estimates_time:
        return fit.row_us
    key = tuple(sorted(fit.files.values()))
    if key not in bench.estimates:
        bench.estimates[key] = estimated_us({name: bench.fits.get(digest) for name, digest in fit.files.items()})
    return bench.estimates[key]


def together(prices: Sequence[Price]) -> Price:
    """What several cost together."""
    return Price(sum(price.microseconds for price in prices), sum(price.size for price in prices))


def bag(bench: Bench, fits: Sequence[FoldFit]) -> Fitted:
    """The mean of the models of the folds. Raises PackageRefused where they do not fit each other."""
    return join([(1.0 / len(fits), _fitted(bench, fit)) for fit in fits])


def _fitted(bench: Bench, fit: FoldFit) -> Fitted:
    files = {name: bench.fits.get(digest) for name, digest in fit.files.items()}
    return Fitted(files, fit.evaluator, fit.iterations, fit.importance)
