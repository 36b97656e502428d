"""Guesses at what columns mean, from their names and values: time, key, group, and the kind of problem. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.column_names import words
from millwright.data.columns import Columns
from millwright.data.dates import unix_unit
from millwright.data.leak_scene import class_names
from millwright.data.one_column import missing_cells
from millwright.records.data import Contract, ContractColumn
from millwright.records.spec import Scalar, TaskName

MOST_CLASSES = 10
FEWEST_MOMENTS = 10
"""Distinct times. Of fewer the last ones, which models are judged on, are too few to tell chance from a change."""
_IDENTIFIERS = frozenset({"id", "ids", "key", "uuid", "guid", "udi", "uid", "pk", "rowid", "identifier"})
_OF_A_THING = frozenset(
    {"birth", "born", "birthday", "dob", "hired", "hire", "founded", "built", "made", "joined", "expiry", "expires", "due"}
)
_OF_A_TIME = frozenset(
    {"time", "timestamp", "timestamps", "ts", "date", "datetime", "unix", "epoch", "created", "updated", "at", "utc"}
)
_OF_THE_LABEL = frozenset({"label", "labelled", "labeled", "known", "outcome", "resolved", "closed", "settled", "target"})
_ACTORS = frozenset(
    {
        "customer",
        "patient",
        "user",
        "client",
        "subject",
        "person",
        "household",
        "account",
        "member",
        "student",
        "unit",
        "engine",
    }
)
_YES = ("true", "yes", "y", "t", "positive", "pos", "bad", "fraud", "churn")


@dataclass(frozen=True)
class Guess:
    """What columns are for. other_keys: columns that also number the rows, of no use as features. notes: what a person would
    expect to be found, and why it was not."""

    time: str | None = None
    label_known: str | None = None
    key: tuple[str, ...] = ()
    other_keys: tuple[str, ...] = ()
    group: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def guess_columns(
    columns: Columns, contract: Contract, target: str, *, time: str | None = None, key: tuple[str, ...] = ()
) -> Guess:
    """What the columns other than the target are for; a given time or key is taken as it is."""
    others = [c for c in contract.columns if c.name != target and c.role != "empty"]
    reasons: dict[str, str] = {}
    label_known = _label_known(others, time)
    finest, moments = _finest(columns, [c for c in others if c.name != label_known])
    enough = moments >= min(FEWEST_MOMENTS, len(columns[target]))
    moment = time or (finest if enough else None)
    keys = _keys(columns, [c for c in others if c.name not in (moment, label_known)])
    group = _group(columns, [c for c in others if c.name not in (*keys, *key, moment)])
    chosen = key or keys[:1]
    rest = tuple(name for name in keys if name not in chosen)
    if moment and not time:
        reasons[moment] = "the finest time that nearly every row has"
    if label_known:
        reasons[label_known] = "it mostly lies after the row's own time and its name speaks of the label"
    reasons |= dict.fromkeys(rest, "it only numbers the rows") | dict.fromkeys(keys[:1], "it identifies a row")
    if group:
        reasons[group] = "its values repeat: rows of one of them belong together"
    notes = () if time or enough or finest is None else (_coarse(finest, moments),)
    return Guess(moment, label_known, chosen, rest, group, reasons, notes)


def guess_task(target: NDArray[Any]) -> tuple[TaskName, Scalar | None, tuple[tuple[str, int], ...]]:
    """The kind of problem, the positive class of a binary one, and the classes with their counts (none for numbers)."""
    there = target[~missing_cells(target)]
    names, counts = np.unique(class_names(there), return_counts=True)
    classes = tuple(zip(map(str, names), map(int, counts), strict=True))
    if there.dtype == np.float64 and (len(classes) > MOST_CLASSES or _constant_number(there) or not _whole(there)):
        return "regression", None, ()
    if len(classes) > 2:
        return "multiclass", None, classes
    return "binary", _positive(classes, numeric=there.dtype == np.float64), classes


def _constant_number(there: NDArray[np.float64]) -> bool:
    return len(there) > 0 and there.min() == there.max() and there[0] not in (0.0, 1.0)


def _whole(there: NDArray[np.float64]) -> bool:
    return bool((there == np.round(there)).all())


def _positive(classes: tuple[tuple[str, int], ...], *, numeric: bool) -> Scalar | None:
    """The class called yes, true or so, or 1 beside 0 or -1; else the rarer one."""
    if len(classes) < 2:
        return None
    names = {name for name, _ in classes}
    said = "1" if names in ({"0", "1"}, {"-1", "1"}) else next((name for name in names if name.lower() in _YES), None)
    name = said if said is not None else min(classes, key=lambda pair: pair[1])[0]
    return int(name) if numeric else name


def _coarse(column: str, moments: int) -> str:
    many = "1 distinct time" if moments == 1 else f"{moments} distinct times"
    return (
        f'column "{column}" has {many}, too few to judge models on the last of them: rows are not divided by time; '
        f"set data.time to {column} to do so all the same"
    )


def _finest(columns: Columns, others: list[ContractColumn]) -> tuple[str | None, int]:
    """The column of dates, or of numbers since 1970, with the most distinct moments that at least 95% of rows have, unless it
    describes a thing; and how many it has."""
    scores = []
    for column in others:
        there = columns[column.name][~missing_cells(columns[column.name])]
        is_time = column.kind == "date" or _is_unix(column, there)
        if not is_time or not _OF_A_THING.isdisjoint(words(column.name)):
            continue
        if len(there) >= 0.95 * len(columns[column.name]):
            scores.append((len(np.unique(there)), column.name))
    moments, name = max(scores, key=lambda pair: pair[0], default=(0, None))
    return name, moments


def _is_unix(column: ContractColumn, there: NDArray[Any]) -> bool:
    """Whether numbers are times since 1970: as its name and all of its values say."""
    named = column.kind in ("integer", "number") and not _OF_A_TIME.isdisjoint(words(column.name))
    return named and len(there) > 0 and unix_unit(float(there.min()), float(there.max())) is not None


def _label_known(others: list[ContractColumn], time: str | None) -> str | None:
    """A date column named after the label, beside another date column."""
    dates = [c.name for c in others if c.kind == "date"]
    named = [n for n in dates if n != time and not _OF_THE_LABEL.isdisjoint(words(n))]
    return named[0] if named and len(dates) > 1 else None


def _keys(columns: Columns, others: list[ContractColumn]) -> tuple[str, ...]:
    """Columns that identify rows, those with an identifier's name first."""
    found = [(c.name, kind) for c in others for kind in _key_kinds(c, columns[c.name])]
    return tuple(name for name, _ in sorted(found, key=lambda pair: pair[1]))


def _key_kinds(column: ContractColumn, values: NDArray[Any]) -> Iterator[int]:
    """0 for an identifier by name with (nearly) distinct values, 1 for a code that never repeats, 2 for a row number."""
    rows = len(values)
    if column.kind in ("number", "boolean", "date") or missing_cells(values).any() or rows < 2:
        return
    distinct = len(set(values.tolist()))
    named = not _IDENTIFIERS.isdisjoint(words(column.name))
    if named and distinct >= 0.8 * rows:
        yield 0
    elif distinct == rows and values.dtype == object and not any(" " in cell for cell in values[:1000]):
        yield 1
    elif distinct == rows and column.kind == "integer" and bool((np.diff(values) == 1).all()):
        yield 2


def _group(columns: Columns, others: list[ContractColumn]) -> str | None:
    """A column named after an actor (customer, patient, unit …) whose values repeat and hardly ever lack."""
    for column in others:
        said = words(column.name)
        values = columns[column.name]
        if column.kind in ("number", "boolean", "date") or _ACTORS.isdisjoint(said) or not _is_short(said):
            continue
        gone = missing_cells(values)
        if gone.mean() <= 0.05 and 2 < len(set(values[~gone].tolist())) <= len(values) / 2:
            return column.name
    return None


def _is_short(said: tuple[str, ...]) -> bool:
    """'customer', 'customer_id', 'unit_number': the thing itself, not something about it."""
    return len(said) == 1 or (len(said) == 2 and said[1] in _IDENTIFIERS | {"no", "nr", "number", "code"})
