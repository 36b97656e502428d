"""Evaluates a linear model: plus, minus, times and divide in a fixed order, so that a row and a batch agree to the bit."""

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.model_file import model_record
from millwright.records.record import record

FILE = "linear.json"
Array = NDArray[Any]
RowTerm = Callable[[float], Sequence[float]]


@record
class LinearTerm:
    """What one feature adds to the k raw scores.

    A number v adds weights * ((v clipped to [low, high] - centre) / scale). With a `table`, v is a category's code and adds
    table[v]; codes beyond the table add nothing. NaN adds `missing`. mean: what it added to the rows learnt from on average,
    where a fit kept it: contributions are counted from there.
    """

    missing: tuple[float, ...]
    weights: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 0.0
    centre: float = 0.0
    scale: float = 1.0
    table: tuple[tuple[float, ...], ...] = ()
    mean: tuple[float, ...] = ()


@record
class LinearModel:
    """Raw scores = intercepts + the terms of the features, added in their order."""

    intercepts: tuple[float, ...]
    terms: tuple[LinearTerm, ...]


class LinearEvaluator:
    """Raw scores of a linear model. Raises PackageRefused where the model's parts do not fit each other."""

    together_from = 8

    def __init__(self, model: LinearModel) -> None:
        _check(model)
        self.width = len(model.intercepts)
        self._intercepts = [value + 0.0 for value in model.intercepts]
        self._terms = model.terms
        self._row_terms = tuple(_row_term(term, self.width) for term in model.terms)
        self._single_terms = tuple(map(_single_term, model.terms)) if self.width == 1 else ()

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> "LinearEvaluator":
        """From the files of a fitted model. Raises PackageRefused."""
        return cls(model_record(files, FILE, LinearModel))

    def row(self, vector: "array[float]") -> list[float]:
        """Raw scores of one row; see Evaluator. Raises ValueError for a vector of another length."""
        if self.width == 1:
            return [self._single(vector)]
        total = self._intercepts
        for value, term in zip(vector, self._row_terms, strict=True):
            total = [score + added for score, added in zip(total, term(value), strict=True)]
        return list(total)

    def _single(self, vector: "array[float]") -> float:
        """The one raw score of a row: the same sums without a list for each term, in a third of the time."""
        (score,) = self._intercepts
        for value, term in zip(vector, self._single_terms, strict=True):
            score += term(value)
        return score

    def batch(self, X: Array) -> Array:
        """Raw scores, shape (n, width), of features of shape (n, f)."""
        if X.shape[1] != len(self._terms):
            raise ValueError(f"the model takes {len(self._terms)} features, got {X.shape[1]}")
        total = np.tile(np.array(self._intercepts), (len(X), 1))
        for column, term in zip(X.T, self._terms, strict=True):
            total = total + _batch_term(term, column, self.width)
        return total

    def contributions(self, X: Array) -> Array:
        """Each term less its mean over the rows learnt from, and the intercepts with these means as the base; see Explains.

        For independent features these are the Shapley values (Lundberg & Lee 2017, linear SHAP). Without the means (a model
        packed before they were kept) terms count from 0 and the base is the intercepts.
        """
        found, base = np.empty((len(X), self.width, len(self._terms) + 1)), np.array(self._intercepts)
        for place, (column, term) in enumerate(zip(X.T, self._terms, strict=True)):
            mean = np.array(term.mean or (0.0,) * self.width)
            found[:, :, place] = _batch_term(term, column, self.width) - mean
            base = base + mean
        found[:, :, -1] = base
        return found

    def used(self) -> frozenset[int]:
        """The features of which some value adds something; see Explains."""
        return frozenset(place for place, term in enumerate(self._terms) if any(map(any, _rows(term))))


def _row_term(term: LinearTerm, width: int) -> RowTerm:
    return _row_code(term, width) if term.table else _row_number(term)


def _row_number(term: LinearTerm) -> RowTerm:
    missing, weights, low, high = term.missing, term.weights, term.low, term.high
    centre, scale = term.centre, term.scale

    def added(value: float) -> Sequence[float]:
        if value != value:
            return missing
        z = ((low if value < low else high if value > high else value) - centre) / scale
        return [z * weight for weight in weights]

    return added


def _row_code(term: LinearTerm, width: int) -> RowTerm:
    missing, table, size = term.missing, term.table, float(len(term.table))
    nothing = (0.0,) * width

    def added(value: float) -> Sequence[float]:
        if value != value:
            return missing
        return table[int(value)] if 0.0 <= value < size else nothing

    return added


def _single_term(term: LinearTerm) -> Callable[[float], float]:
    """What a term adds to the only raw score."""
    return _single_code(term) if term.table else _single_number(term)


def _single_number(term: LinearTerm) -> Callable[[float], float]:
    (missing,), (weight,), low, high, centre, scale = term.missing, term.weights, term.low, term.high, term.centre, term.scale

    def added(value: float) -> float:
        if value != value:
            return missing
        return ((low if value < low else high if value > high else value) - centre) / scale * weight

    return added


def _single_code(term: LinearTerm) -> Callable[[float], float]:
    (missing,), table, size = term.missing, tuple(value for (value,) in term.table), float(len(term.table))

    def added(value: float) -> float:
        if value != value:
            return missing
        return table[int(value)] if 0.0 <= value < size else 0.0

    return added


def _batch_term(term: LinearTerm, column: Array, width: int) -> Array:
    known = _batch_code(term, column, width) if term.table else _batch_number(term, column)
    return np.where(np.isnan(column)[:, None], np.array(term.missing), known)


def _batch_number(term: LinearTerm, column: Array) -> Array:
    clipped = np.where(column < term.low, term.low, np.where(column > term.high, term.high, column))
    z: Array = (clipped - term.centre) / term.scale
    added: Array = z[:, None] * np.array(term.weights)
    return added


def _batch_code(term: LinearTerm, column: Array, width: int) -> Array:
    table = np.array((*term.table, (0.0,) * width))
    size = len(term.table)
    known = (column >= 0.0) & (column < size)
    added: Array = table[np.where(known, column, size).astype(np.int64)]
    return added


def _check(model: LinearModel) -> None:
    width = len(model.intercepts)
    sound = width > 0 and all(map(math.isfinite, model.intercepts)) and all(_sound(term, width) for term in model.terms)
    if not sound:
        raise PackageRefused("the parts of the linear model do not fit each other", where=FILE)


def _rows(term: LinearTerm) -> tuple[tuple[float, ...], ...]:
    """The weights of a term, one for each raw score in each."""
    return (term.missing, *term.table) if term.table else (term.missing, term.weights)


def _sound(term: LinearTerm, width: int) -> bool:
    rows = (*_rows(term), term.mean or term.missing)
    numbers = (term.low, term.high, term.centre, term.scale, *(value for row in rows for value in row))
    return all(len(row) == width for row in rows) and all(map(math.isfinite, numbers)) and term.scale > 0.0
