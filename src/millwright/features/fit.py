"""Fitting a feature plan: how each column of the contract becomes features, learnt from training rows alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.cells import hashed
from millwright.data.columns import MISSING_DATE, Columns, rows_in
from millwright.errors import ContractBroken
from millwright.features.batch import encode_column
from millwright.features.calendar import PARTS, date_parts
from millwright.features.text import TEXT_PARTS
from millwright.records.data import ColumnKind, Contract, ContractColumn
from millwright.records.modelling import Encoder, EncoderKind, FeaturePlan

Array = NDArray[Any]
Fit = list[Encoder] | str
"""The encoders of a column, or why it gets none."""

MOST_CODED = 255
"""Levels of a category with a code of their own; the rest share one code with levels never seen."""
MOST_CATEGORICAL = 32
"""Levels up to which trees may split on any subset; above, codes go by frequency and the frequency is a feature too."""
MOST_FREQUENCIES = 5_000
_ID_ROWS = 20
DAY = 86_400_000_000
_CYCLE_DAYS = {"minute_of_day": 1, "hour": 1, "weekday": 7, "day": 31, "month": 365, "day_of_year": 365}
_SHORT = "it says when a row happened, over less than a day"
_EMPTY, _CONSTANT, _IDENTIFIER = "no values", "the same value in every row", "a different value in every row: an identifier"


def fit_plan(columns: Columns, contract: Contract, *, salt: str = "") -> FeaturePlan:
    """The plan for the feature columns of `contract`, from training rows. Pure: same rows, same plan.

    The time column gives the parts of the calendar whose whole cycle the training rows saw (the hour from one day on, the
    month from a year on), and never a trend: later rows would lie outside everything that was learnt.

    salt: goes before each level of a pii column as it is hashed; the plan holds only the hashes.
    Raises ContractBroken where a feature column is not among `columns`.
    """
    names = _Names()
    encoders: list[Encoder] = []
    dropped: list[tuple[str, str]] = []
    for column in contract.columns:
        if column.role not in ("feature", "time"):
            continue
        fitted = _fit(column, columns, salt)
        if column.role == "time":
            fitted = _cycles_seen(fitted, columns[column.name])
        if isinstance(fitted, str):
            dropped.append((column.name, fitted))
        else:
            encoders.extend(names.on(encoder) for encoder in fitted)
    return _plan(encoders, dropped, contract.zone, salt)


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


def _fit(column: ContractColumn, columns: Columns, salt: str) -> Fit:
    if column.name not in columns:
        raise ContractBroken("the column is missing", column=column.name)
    values = columns[column.name]
    return _FITS[column.kind](column, values, salt) if rows_in(columns) else _EMPTY


def _fit_number(column: ContractColumn, values: Array, _: str) -> Fit:
    return _varying(column, values, "boolean" if column.kind == "boolean" else "number")


def _fit_number_text(column: ContractColumn, values: Array, salt: str) -> Fit:
    encoder = Encoder(column=column.name, kind="number_text", outputs=(column.name,))
    return _varying(column, encode_column(encoder, values, salt)[:, 0], "number_text")


def _varying(column: ContractColumn, values: Array, kind: EncoderKind) -> Fit:
    known = values[np.isfinite(values)]
    if not len(known):
        return _EMPTY
    if len(known) == len(values) and known.min() == known.max():
        return _CONSTANT
    return [Encoder(column=column.name, kind=kind, outputs=(column.name,))]


def _fit_category(column: ContractColumn, values: Array, salt: str) -> Fit:
    counts = Counter(values.tolist())
    missing = counts.pop(None, 0)
    known = len(values) - missing
    if not counts:
        return _EMPTY
    if len(counts) == 1 and not missing:
        return _CONSTANT
    if len(counts) == known >= _ID_ROWS:
        return _IDENTIFIER
    if column.pii:
        counts = Counter({hashed(salt + level): count for level, count in counts.items()})
    ranked = sorted(counts, key=lambda level: (-counts[level], level))
    return list(_category_encoders(column, ranked, [counts[level] / known for level in ranked]))


def _category_encoders(column: ContractColumn, ranked: list[str], shares: list[float]) -> Iterable[Encoder]:
    name, levels = column.name, tuple(ranked[:MOST_CODED])
    yield Encoder(column=name, kind="category", outputs=(name,), levels=levels, hashed=column.pii)
    if len(ranked) > MOST_CATEGORICAL:
        yield Encoder(
            column=name,
            kind="frequency",
            outputs=(f"{name}.frequency",),
            levels=tuple(ranked[:MOST_FREQUENCIES]),
            values=tuple(shares[:MOST_FREQUENCIES]),
            hashed=column.pii,
        )


def _fit_text(column: ContractColumn, values: Array, salt: str) -> Fit:
    known = [text for text in values.tolist() if text is not None]
    if not known:
        return _EMPTY
    if len(set(known)) == len(known) >= _ID_ROWS and not any(len(text.split()) > 1 for text in known):
        return _IDENTIFIER
    whole = _parts_encoder(column, "text", TEXT_PARTS)
    counts = encode_column(whole, values, salt)
    varying = [part for part, count in zip(TEXT_PARTS, counts.T, strict=True) if len(np.unique(count)) > 1]
    return [_parts_encoder(column, "text", varying)] if varying else _CONSTANT


def _fit_date(column: ContractColumn, values: Array, _: str) -> Fit:
    known = values[values != MISSING_DATE]
    if not len(known):
        return _EMPTY
    found = dict(zip(PARTS, date_parts(known, PARTS), strict=True))
    if np.array_equal(found["minute_of_day"], found["hour"] * 60):
        del found["minute_of_day"]  # says no more than the hour
    varying = [part for part, numbers in found.items() if numbers.min() < numbers.max()]
    return [_parts_encoder(column, "date", varying)] if varying else _CONSTANT


def _cycles_seen(fitted: Fit, values: Array) -> Fit:
    """The date encoders of a time column, with the parts that went through their whole cycle."""
    if isinstance(fitted, str):
        return fitted
    known = values[values != MISSING_DATE]
    days = (int(known.max()) - int(known.min())) / DAY
    parts = [[part for part in encoder.parts if days >= _CYCLE_DAYS.get(part, float("inf"))] for encoder in fitted]
    kept = [
        replace(encoder, parts=tuple(seen), outputs=tuple(f"{encoder.column}.{part}" for part in seen))
        for encoder, seen in zip(fitted, parts, strict=True)
        if seen
    ]
    return kept or _SHORT


def _parts_encoder(column: ContractColumn, kind: EncoderKind, parts: Sequence[str]) -> Encoder:
    outputs = tuple(f"{column.name}.{part}" for part in parts)
    return Encoder(column=column.name, kind=kind, outputs=outputs, parts=tuple(parts))


_FITS: Mapping[ColumnKind, Callable[[ContractColumn, Array, str], Fit]] = {
    "number": _fit_number,
    "integer": _fit_number,
    "boolean": _fit_number,
    "number_text": _fit_number_text,
    "category": _fit_category,
    "text": _fit_text,
    "date": _fit_date,
}
