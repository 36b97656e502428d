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

FITTED_ONCE_MORE = ("linear", "constant")
"""Evaluators of models that are as good when they are fitted on all rows."""
MOST_MICROSECONDS, MOST_BYTES = 400.0, 12_000_000
"""What all that answers may take of an answer to one row, and of a package. Where fits are counted the size alone says so:
what is measured would be another each time."""


def answers_as_bag(bench: Bench, fits: Sequence[FoldFit]) -> bool:
    """Whether the models of the folds answer together."""
    bagged = bench.bags and len(fits) > 1 and fits[0].evaluator not in FITTED_ONCE_MORE
    return bagged and Price.of_all(fits).is_small(bench)


@dataclass(frozen=True, slots=True)
class Price:
    """What models cost together: microseconds of an answer to one row, and bytes."""

    microseconds: float
    size: float

    def is_small(self, bench: Bench, share: float = 1.0) -> bool:
        """Whether a package may cost that, or this share of what it may."""
        quick = bench.budget.fits is not None or self.microseconds <= share * MOST_MICROSECONDS
        return quick and self.size <= share * MOST_BYTES

    @classmethod
    def of_all(cls, fits: Sequence[FoldFit]) -> "Price":
        """Of the models of folds together."""
        return cls(sum(fit.row_us for fit in fits), sum(fit.size for fit in fits))

    @classmethod
    def of(cls, bench: Bench, fits: Sequence[FoldFit]) -> "Price":
        """Of what would answer for a configuration: the models of the folds, or one like them."""
        every = cls.of_all(fits)
        return every if answers_as_bag(bench, fits) else cls(every.microseconds / len(fits), every.size / len(fits))


def together(prices: Sequence[Price]) -> Price:
    """What several cost together."""
    return Price(sum(price.microseconds for price in prices), sum(price.size for price in prices))


def bag(bench: Bench, fits: Sequence[FoldFit]) -> Fitted:
    """The mean of the models of the folds. Raises PackageRefused where they do not fit each other."""
    return join([(1.0 / len(fits), _fitted(bench, fit)) for fit in fits])


def _fitted(bench: Bench, fit: FoldFit) -> Fitted:
    files = {name: bench.fits.get(digest) for name, digest in fit.files.items()}
    return Fitted(files, fit.evaluator, fit.iterations, fit.importance)
