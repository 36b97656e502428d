"""Fitting a feature plan: how each column of the contract becomes features, learnt from training rows alone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from millwright.data.columns import Columns, rows_in
from millwright.errors import ContractBroken
from millwright.features.fit_columns import ALIKE, EMPTY, MOST_CATEGORICAL, MOST_CODED, Facts, Fit, fit_column
from millwright.features.means import outcomes
from millwright.features.same import Seen
from millwright.features.vocabulary import Vocabulary, share_out, vocabulary, worth_reading
from millwright.features.word_means import word_means
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import Encoder, FeaturePlan

Array = NDArray[Any]

__all__ = ["MOST_CATEGORICAL", "MOST_CODED", "fit_plan"]


def fit_plan(
    columns: Columns, contract: Contract, *, salt: str = "", y: Array | None = None, classes: Sequence[str] = ()
) -> FeaturePlan:
    """The plan for the feature columns of `contract`, from training rows. Pure: same rows, same plan.

    The time column gives the parts of the calendar whose whole cycle the training rows saw (the hour from one day on, the
    month from a year on), and never a trend: later rows would lie outside everything that was learnt. So does a date that goes
    with the time; a number that only ever grows with it is dropped.

    salt: goes before each level of a pii column as it is hashed; the plan holds only the hashes. y: float64 (n,), class codes
    or values, and classes: the target's, none for values; with y, categories of many levels get target means. Whoever fits a
    model on these rows takes these features from `TargetMeans`, so that no row sees its own outcome.
    Raises ContractBroken where a feature column is not among `columns`.
    """
    time = next((columns.get(column.name) for column in contract.columns if column.role == "time"), None)
    facts = Facts(salt, None if y is None else outcomes(y, len(classes)), tuple(classes), time)
    growing, seen = _Growing(facts), Seen(rows_in(columns))
    for column in contract.columns:
        if column.role in ("feature", "time"):
            growing.take(column, _fit(column, columns, facts, seen), columns)
    growing.share_out(rows_in(columns))
    return _plan(growing.encoders, growing.dropped, contract.zone, salt)


def with_more(plan: FeaturePlan, encoders: Iterable[Encoder]) -> FeaturePlan:
    """The plan with further encoders at its end, of the columns that it has."""
    names = _Names(plan.features)
    return _plan((*plan.encoders, *map(names.on, encoders)), plan.dropped, plan.zone, plan.salt)


class _Growing:
    """A plan while it is made, column by column."""

    def __init__(self, facts: Facts) -> None:
        self.encoders: list[Encoder] = []
        self.dropped: list[tuple[str, str]] = []
        self._facts, self._names = facts, _Names()
        self._texts: list[Vocabulary] = []
        self._bare: list[str] = []

    def take(self, column: ContractColumn, fitted: Fit, columns: Columns) -> None:
        """Add what became of a column."""
        if isinstance(fitted, str):
            self.dropped.append((column.name, fitted))
            return
        self._add(fitted)
        if not fitted:
            self._bare.append(column.name)
        if not column.pii and column.kind in ("category", "text"):
            self._read(column.name, columns[column.name])

    def _read(self, name: str, cells: Array) -> None:
        """Look at the words of a column; those of personal data are not asked, for the plan would hold them."""
        counts = Counter(cells.tolist())
        counts.pop(None, 0)
        if not worth_reading(counts):
            return
        self._texts.append(vocabulary(name, counts))
        if self._facts.outcomes is not None and self._texts[-1].words:
            self._add(word_means(name, counts, cells, self._facts.outcomes, self._facts.classes))

    def share_out(self, rows: int) -> None:
        """Add the words and pieces of all columns at last; a text column that has no feature then is dropped."""
        self._add(share_out(self._texts, rows))
        featured = {encoder.column for encoder in self.encoders}
        self.dropped += [(name, ALIKE) for name in self._bare if name not in featured]

    def _add(self, encoders: Iterable[Encoder]) -> None:
        self.encoders += map(self._names.on, encoders)


def _fit(column: ContractColumn, columns: Columns, facts: Facts, seen: Seen) -> Fit:
    if column.name not in columns:
        raise ContractBroken("the column is missing", column=column.name)
    values = columns[column.name]
    if not len(values):
        return EMPTY
    fitted = fit_column(column, values, facts)
    if isinstance(fitted, str):
        return fitted
    return seen.says_nothing_new(column, values) or fitted


def _plan(encoders: Sequence[Encoder], dropped: Iterable[tuple[str, str]], zone: str, salt: str) -> FeaturePlan:
    features = tuple(output for encoder in encoders for output in encoder.outputs)
    few = {e.outputs[0] for e in encoders if e.kind in ("category", "cross") and len(e.levels) <= MOST_CATEGORICAL}
    return FeaturePlan(
        encoders=tuple(encoders),
        features=features,
        categorical=tuple(i for i, feature in enumerate(features) if feature in few),
        zone=zone,
        salt=salt,
        dropped=tuple(dropped),
    )


class _Names:
    """Feature names, each given once: the column's own, or column.part."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def on(self, encoder: Encoder) -> Encoder:
        """The encoder with its names, each made new where a column of that name is there already."""
        outputs = tuple(map(self._new, encoder.outputs))
        return replace(encoder, outputs=outputs)

    def _new(self, name: str) -> str:
        while name in self._taken:
            name += "'"
        self._taken.add(name)
        return name
