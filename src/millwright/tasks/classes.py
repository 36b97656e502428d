"""Class names of a target, and their codes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused
from millwright.records.spec import Scalar

Array = NDArray[Any]

POSITIVE_NAMES = ("1", "true", "yes", "y", "t", "positive", "pos", "+")


def present(target: Array) -> Array:
    """Which target cells hold a value: shape (n,), bool. Infinity is no value."""
    if target.dtype.kind == "O":
        filled: Array = np.array([cell is not None for cell in target], dtype=bool)
        return filled
    return np.isfinite(target)


def class_name(value: float | str) -> str:
    """A class as people write it: text as it is, whole numbers without a point."""
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))


def class_names(target: Array) -> tuple[str, ...]:
    """The distinct values of a target as names, in order: numbers by size, text by letter."""
    values: Sequence[float | str] = sorted(set(target[present(target)].tolist()))
    return tuple(map(class_name, values))


def class_codes(target: Array, classes: Sequence[str]) -> Array:
    """Codes 0..k-1 as float64, shape (n,); NaN where the cell is missing or its class is unknown."""
    codes = {name: float(code) for code, name in enumerate(classes)}
    there = present(target)
    if target.dtype.kind == "O":
        by_value = {value: codes.get(class_name(value), float("nan")) for value in set(target[there].tolist())}
        return np.array([by_value.get(cell, float("nan")) for cell in target.tolist()], dtype=np.float64)
    found = np.full(len(target), np.nan)
    distinct, place = np.unique(target[there], return_inverse=True)
    of_each = np.array([codes.get(class_name(value), float("nan")) for value in distinct.tolist()], dtype=np.float64)
    found[there] = of_each[place]
    return found


def find_class(wanted: Scalar, classes: Sequence[str]) -> str | None:
    """The class that a person means by `wanted`: true is also 1, yes and True; 1.0 is also 1."""
    names = _spellings(wanted)
    exact = [name for name in classes if name in names]
    loose = [name for name in classes if name.lower() in names]
    return next(iter(exact or loose), None)


def _spellings(wanted: Scalar) -> tuple[str, ...]:
    if isinstance(wanted, bool):
        return ("True", "true", "1", "yes", "t", "y") if wanted else ("False", "false", "0", "no", "f", "n")
    if isinstance(wanted, (int, float)):
        return (class_name(float(wanted)), str(wanted))
    lower = wanted.lower()
    return (wanted, lower, *({"true": ("1",), "false": ("0",)}.get(lower, ())), *_as_number(wanted))


def _as_number(text: str) -> tuple[str, ...]:
    try:
        return (class_name(float(text)),)
    except (ValueError, OverflowError):
        return ()


def refuse_dates(target: Array, name: str) -> None:
    """Raise DataRefused where the target is a date: no task here predicts one."""
    if target.dtype.kind == "i":
        raise DataRefused(
            "a date cannot be predicted",
            where=f"column '{name}'",
            fix="make a number of it, for example days until that date",
            code="target.date",
        )


def refuse_unlabelled(target: Array, name: str) -> None:
    """Raise DataRefused where no row has a target."""
    if not present(target).any():
        raise DataRefused(
            "no row has a value to learn from",
            where=f"column '{name}'",
            fix="name the right column under data.target",
            code="target.empty",
        )


def refuse_constant(classes: Sequence[str], name: str) -> None:
    """Raise DataRefused where every row has the same target."""
    if len(classes) == 1:
        raise DataRefused(
            f"every row has the same value, {classes[0]}: there is nothing to learn",
            where=f"column '{name}'",
            fix="bring rows of the other kind, or name another column under data.target",
            code="target.constant",
        )
