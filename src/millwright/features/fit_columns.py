"""How one column becomes features, by its kind: its encoders, or why it gets none."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.cells import hashed
from millwright.data.columns import MISSING_DATE
from millwright.features.batch import encode_column
from millwright.features.calendar import CYCLES, PARTS, date_parts
from millwright.features.credibility import shrunken_means
from millwright.features.means import FEWEST_LEVELS, codes_of
from millwright.features.text import TEXT_PARTS
from millwright.features.truth import truths_in
from millwright.features.with_time import goes_with_time, grows_with_time
from millwright.records.data import ColumnKind, ContractColumn
from millwright.records.modelling import Encoder, EncoderKind

Array = NDArray[Any]
Fit = list[Encoder] | str
"""The encoders of a column, or why it gets none."""

MOST_CODED = 255
"""Levels of a category with a code of their own; the rest share one code with levels never seen."""
MOST_CATEGORICAL = 32
"""Levels up to which trees may split on any subset; above, codes go by frequency and the frequency is a feature too."""
MOST_FREQUENCIES = 5_000
ID_ROWS = 20
NEARLY_UNIQUE = 0.95
"""A category is as good as an identifier where so large a share of its values are distinct."""
DAY = 86_400_000_000
_CYCLE_DAYS = {"minute_of_day": 1, "hour": 1, "weekday": 7, "day": 31, "month": 365, "day_of_year": 365}
_SHORT = "it says when a row happened, over less than a day"
EMPTY, CONSTANT, IDENTIFIER = "no values", "the same value in every row", "a different value in every row: an identifier"
COUNTER = "it only ever grows with time: what it says of later rows lies outside everything that was learnt"
ALIKE = "its texts are alike in length, and share no words"
_NEARLY = "a different value in nearly every row: an identifier"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a fit knows beside the cells: what hashed levels begin with, what is averaged a level (n, k), its names, and when
    each row happened (n,), where that is known."""

    salt: str = ""
    outcomes: Array | None = None
    classes: tuple[str, ...] = ()
    time: Array | None = None


def fit_column(column: ContractColumn, values: Array, facts: Facts) -> Fit:
    """The encoders of a column by its kind, or why it gets none. values: its cells in training rows, at least one."""
    fitted = _FITS[column.kind](column, values, facts)
    tells_time = column.role == "time" or (
        column.kind == "date" and facts.time is not None and goes_with_time(values, facts.time)
    )
    return _cycles_seen(fitted, values) if tells_time else fitted


def _fit_number(column: ContractColumn, values: Array, facts: Facts) -> Fit:
    if facts.time is not None and grows_with_time(values, facts.time):
        return COUNTER
    return _varying(column, values, "boolean" if column.kind == "boolean" else "number")


def _fit_number_text(column: ContractColumn, values: Array, facts: Facts) -> Fit:
    encoder = Encoder(column=column.name, kind="number_text", outputs=(column.name,))
    return _varying(column, encode_column(encoder, values, facts.salt)[:, 0], "number_text")


def _varying(column: ContractColumn, values: Array, kind: EncoderKind) -> Fit:
    known = values[np.isfinite(values)]
    if not len(known):
        return EMPTY
    if len(known) == len(values) and known.min() == known.max():
        return CONSTANT
    return [Encoder(column=column.name, kind=kind, outputs=(column.name,))]


def _fit_category(column: ContractColumn, values: Array, facts: Facts) -> Fit:
    counts = Counter(values.tolist())
    missing = counts.pop(None, 0)
    known = len(values) - missing
    if not counts:
        return EMPTY
    if len(counts) == 1 and not missing:
        return CONSTANT
    if len(counts) == known >= ID_ROWS:
        return IDENTIFIER
    if known >= ID_ROWS and len(counts) >= NEARLY_UNIQUE * known:
        return _NEARLY
    truths = None if column.pii else truths_in(counts)
    if truths:
        levels, said = tuple(truths), tuple(truths.values())
        return [Encoder(column=column.name, kind="truth", outputs=(column.name,), levels=levels, values=said)]
    if column.pii:
        counts = Counter({hashed(facts.salt + level): count for level, count in counts.items()})
    ranked = sorted(counts, key=lambda level: (-counts[level], level))
    coded = _category_encoders(column, ranked, [counts[level] / known for level in ranked])
    return [*coded, *_mean_encoders(column, ranked, values, facts)]


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


def _mean_encoders(column: ContractColumn, ranked: list[str], values: Array, facts: Facts) -> Iterable[Encoder]:
    """The target means of its levels, as later rows get them; the rows that were learnt from get those of other rows."""
    if facts.outcomes is None or len(ranked) < FEWEST_LEVELS:
        return
    names = [f":{name}" for name in facts.classes] if facts.outcomes.shape[1] > 1 else [""]
    outputs = tuple(f"{column.name}.mean{name}" for name in names)
    levels = tuple(ranked[:MOST_FREQUENCIES])
    bare = Encoder(column=column.name, kind="mean", outputs=outputs, levels=levels, hashed=column.pii)
    codes = codes_of(bare, {column.name: values}, facts.salt)
    means = shrunken_means(codes, facts.outcomes, len(levels))
    if (means != means[-1]).any():
        yield replace(bare, values=tuple(means.ravel().tolist()))


def _fit_text(column: ContractColumn, values: Array, facts: Facts) -> Fit:
    known = [text for text in values.tolist() if text is not None]
    if not known:
        return EMPTY
    if len(set(known)) == len(known) >= ID_ROWS and not any(len(text.split()) > 1 for text in known):
        return IDENTIFIER
    whole = _parts_encoder(column, "text", TEXT_PARTS)
    counts = encode_column(whole, values, facts.salt)
    varying = [part for part, count in zip(TEXT_PARTS, counts.T, strict=True) if len(np.unique(count)) > 1]
    if varying:
        return [_parts_encoder(column, "text", varying)]
    return [] if len(set(known)) > 1 else CONSTANT  # its words may still say something


def _fit_date(column: ContractColumn, values: Array, _: Facts) -> Fit:
    known = values[values != MISSING_DATE]
    if not len(known):
        return EMPTY
    found = dict(zip(PARTS, date_parts(known, PARTS), strict=True))
    if np.array_equal(found["minute_of_day"], found["hour"] * 60):
        del found["minute_of_day"]  # says no more than the hour
    varying = [part for part, numbers in found.items() if numbers.min() < numbers.max()]
    if not varying:
        return CONSTANT
    turning = [part for part in varying if part in CYCLES and not (part == "hour" and "minute_of_day" in varying)]
    round_ = [part for part in turning if _days(known) >= _CYCLE_DAYS[part]]
    return [_parts_encoder(column, "date", varying), *([_cycle_encoder(column.name, round_)] if round_ else [])]


def _days(known: Array) -> float:
    return (int(known.max()) - int(known.min())) / DAY


def _cycles_seen(fitted: Fit, values: Array) -> Fit:
    """The date encoders of a time column, with the parts that went through their whole cycle."""
    if isinstance(fitted, str):
        return fitted
    days = _days(values[values != MISSING_DATE])
    kept: list[Encoder] = []
    for encoder in fitted:
        seen = tuple(part for part in encoder.parts if days >= _CYCLE_DAYS.get(part, float("inf")))
        if seen:
            kept.append(_cycle_encoder(encoder.column, seen) if encoder.kind == "cycle" else _of(encoder.column, "date", seen))
    return kept or _SHORT


def _cycle_encoder(name: str, parts: Sequence[str]) -> Encoder:
    outputs = tuple(f"{name}.{part}.{side}" for part in parts for side in ("sin", "cos"))
    return Encoder(column=name, kind="cycle", outputs=outputs, parts=tuple(parts))


def _parts_encoder(column: ContractColumn, kind: EncoderKind, parts: Sequence[str]) -> Encoder:
    return _of(column.name, kind, parts)


def _of(name: str, kind: EncoderKind, parts: Sequence[str]) -> Encoder:
    return Encoder(column=name, kind=kind, outputs=tuple(f"{name}.{part}" for part in parts), parts=tuple(parts))


_FITS: Mapping[ColumnKind, Callable[[ContractColumn, Array, Facts], Fit]] = {
    "number": _fit_number,
    "integer": _fit_number,
    "boolean": _fit_number,
    "number_text": _fit_number_text,
    "category": _fit_category,
    "text": _fit_text,
    "date": _fit_date,
}
