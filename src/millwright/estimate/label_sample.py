"""A small random sample whose labels are asked for: how it is drawn, and what its labels say as they come in, one by one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.estimate.betting import mean_sequence
from millwright.records.judging import Interval

Array = NDArray[Any]


def sample_rows(rows: int, wanted: int, seed: int, *, open_rows: Array | None = None, by: Array | None = None) -> Array:
    """Positions of a random sample in the order in which they are to be read, shape (k,).

    open_rows: which rows have no label yet, shape (rows,); the sample goes on until it holds `wanted` of them, and so also
    holds labelled ones, without which it would speak of the late rows alone. by: shape (rows,), spreads the sample evenly
    over these values, each row as likely as any other (systematic sampling: Madow 1949).
    """
    random = np.random.default_rng(seed)
    open_rows = np.ones(rows, dtype=bool) if open_rows is None else open_rows
    if by is None:
        order = random.permutation(rows)
        enough = int(np.searchsorted(np.cumsum(open_rows[order]), min(wanted, int(open_rows.sum())))) + 1
        return order[: min(enough, rows)]
    size = min(rows, max(1, round(wanted / max(float(open_rows.mean()), 1e-9))))
    ranked = random.permutation(rows)
    ranked = ranked[np.argsort(by[ranked], kind="stable")]
    places = ((np.arange(size) + random.random()) * rows / size).astype(int)
    return random.permutation(ranked[np.minimum(places, rows - 1)])


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sample's labels say of the mean of loss less expected loss. gap: that mean over the labels that have come, with
    an interval that holds at every moment. low: its lower end after each row of the sample, shape (k,); it errs with at most
    half of 1 - level."""

    gap: Interval
    low: Array


def read_sample(losses: Array, expected: Array, level: float = 0.95) -> Reading:
    """Read labels in the order in which the sample was drawn, up to the last that has come.

    losses: within 0 and 1, NaN where there is no label yet, shape (k,); expected: what was expected of each before, within 0
    and 1. A label that is missing counts as no loss for the lower end and as the largest for the upper one: that can hide an
    alarm and raises none, also where labels come sooner when they are bad, however often one looks.
    """
    told = np.isfinite(losses)
    if not told.any():
        return Reading(Interval(value=None, low=None, high=None, n=0, level=level), np.zeros(0))
    read = int(np.flatnonzero(told)[-1]) + 1
    gaps, expected = (losses - expected)[:read], expected[:read]
    low, high = mean_sequence(gaps, -expected, 1 - expected, level)
    value = float(gaps[told[:read]].mean())
    return Reading(Interval(value=value, low=float(low[-1]), high=float(high[-1]), n=int(told.sum()), level=level), low)
