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
from millwright.features.vocabulary import Vocabulary, share_out, vocabulary
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
    month from a year on), and never a trend: later rows would lie outside everything that was learnt.

    salt: goes before each level of a pii column as it is hashed; the plan holds only the hashes. y: float64 (n,), class codes
    or values, and classes: the target's, none for values; with y, categories of many levels get target means. Whoever fits a
    model on these rows takes these features from `TargetMeans`, so that no row sees its own outcome.
    Raises ContractBroken where a feature column is not among `columns`.
    """
    names, seen = _Names(), Seen(rows_in(columns))
    facts = Facts(salt, None if y is None else outcomes(y, len(classes)), tuple(classes))
    encoders: list[Encoder] = []
    dropped: list[tuple[str, str]] = []
    texts: list[Vocabulary] = []
    bare: list[str] = []
    for column in contract.columns:
        if column.role not in ("feature", "time"):
            continue
        fitted = _fit(column, columns, facts, seen)
        if isinstance(fitted, str):
            dropped.append((column.name, fitted))
            continue
        encoders.extend(names.on(encoder) for encoder in fitted)
        bare += [] if fitted else [column.name]
        if _is_worded(column, fitted):
            cells = columns[column.name]
            texts.append(vocabulary(column.name, counts := _counts(cells)))
            if facts.outcomes is not None and texts[-1].words:
                said = word_means(column.name, counts, cells, facts.outcomes, facts.classes)
                encoders.extend(names.on(encoder) for encoder in said)
    encoders.extend(names.on(encoder) for encoder in share_out(texts, rows_in(columns)))
    featured = {encoder.column for encoder in encoders}
    dropped.extend((name, ALIKE) for name in bare if name not in featured)
    return _plan(encoders, dropped, contract.zone, salt)


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


def _is_worded(column: ContractColumn, fitted: Sequence[Encoder]) -> bool:
    """Whether words of its cells are features. Those of personal data are not: the plan would hold them."""
    if column.pii or column.kind not in ("category", "text"):
        return False
    return column.kind == "text" or any(len(encoder.levels) > MOST_CATEGORICAL for encoder in fitted)


def _counts(values: Array) -> Counter[str]:
    counts = Counter(values.tolist())
    counts.pop(None, 0)
    return counts


def _plan(encoders: Sequence[Encoder], dropped: Iterable[tuple[str, str]], zone: str, salt: str) -> FeaturePlan:
    features = tuple(output for encoder in encoders for output in encoder.outputs)
    few = {e.outputs[0] for e in encoders if e.kind == "category" and len(e.levels) <= MOST_CATEGORICAL}
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

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def on(self, encoder: Encoder) -> Encoder:
        """The encoder with its names, each made new where a column of that name is there already."""
        outputs = tuple(map(self._new, encoder.outputs))
        return replace(encoder, outputs=outputs)

    def _new(self, name: str) -> str:
        while name in self._taken:
            name += "'"
        self._taken.add(name)
        return name
