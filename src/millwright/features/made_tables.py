"""What generated features know of training rows: which pairs of codes there are, how frequent they are, what their outcomes
were, and what a number is on average where a category has a code.

Later rows get what all training rows say. While models are fitted, each row gets what other rows of its fold say, and a row
that validates what those say that are fitted on (`means.TargetMeans`): by time, nothing comes from rows later than its fold.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.features.credibility import shrunken_means
from millwright.features.made_row import key_of, spelled
from millwright.records.modelling import Encoder, EncoderKind

Array = NDArray[Any]

MOST_PAIRS = 5_000
"""Pairs of codes that are kept, the most frequent first."""
CROSSES: Sequence[EncoderKind] = ("cross", "cross_frequency", "cross_mean")
LEARNT: Sequence[EncoderKind] = ("cross_frequency", "cross_mean", "less_mean")
"""Kinds whose features depend on which rows they are learnt of."""


def learnt(encoder: Encoder, first: Array, second: Array, of: Array | None) -> Encoder:
    """A candidate with its table, as later rows get it. first, second: the two features (n,); of: what is averaged, (n, k)."""
    if encoder.kind in CROSSES:
        return _PAIRS[encoder.kind](_with_pairs(encoder, first, second), first, second, of)
    if encoder.kind == "less_mean":
        codes = np.unique(second[~np.isnan(second)])
        levels = tuple(str(int(code)) for code in codes.tolist())
        bare = replace(encoder, levels=levels)
        means = _drawn_in(first, _number_codes(bare, second), len(levels))
        return replace(bare, values=tuple(means.tolist()))
    return encoder


def _with_pairs(encoder: Encoder, first: Array, second: Array) -> Encoder:
    known = ~(np.isnan(first) | np.isnan(second))
    keys, at, counts = np.unique(key_of(first[known], second[known]), return_index=True, return_counts=True)
    order = np.lexsort((keys, -counts))[:MOST_PAIRS]
    one, two = first[known][at[order]], second[known][at[order]]
    return replace(encoder, levels=tuple(map(spelled, one.tolist(), two.tolist())))


def pair_codes(encoder: Encoder, first: Array, second: Array) -> Array:
    """The place of each pair among the encoder's levels: -1 where one is missing, their number where it is not among them."""
    listed = [tuple(map(float, level.split())) for level in encoder.levels]
    places = {key_of(*pair): place for place, pair in enumerate(listed)}
    missing = np.isnan(first) | np.isnan(second)
    keys, where = np.unique(np.where(missing, 0.0, key_of(first, second)), return_inverse=True)
    codes: Array = np.array([places.get(key, len(listed)) for key in keys.tolist()], np.int64)[where]
    codes[missing] = -1
    return codes


def shares_of_pairs(codes: Array, levels: int) -> Array:
    """The share of the rows with both features that each pair has, and 0 for any other: shape (levels + 1, 1)."""
    known = codes[codes >= 0]
    shares = np.bincount(known, minlength=levels + 1)[: levels + 1] / max(len(known), 1)
    shares[levels] = 0.0
    return np.asarray(shares[:, None])


def _number_codes(encoder: Encoder, second: Array) -> Array:
    """The place of each code among the encoder's levels, as `pair_codes` of pairs."""
    places = {float(level): place for place, level in enumerate(encoder.levels)}
    codes, where = np.unique(second, return_inverse=True)
    found = [-1 if code != code else places.get(code, len(places)) for code in codes.tolist()]
    return np.asarray(np.array(found, np.int64)[where])


def _drawn_in(numbers: Array, codes: Array, levels: int) -> Array:
    """The mean of a number at each code, drawn towards that of all rows, and at last that of all: (levels + 1,)."""
    known = np.isfinite(numbers) & (codes >= 0)
    largest = float(np.abs(numbers[known]).max(initial=0.0)) or 1.0  # squares of the largest numbers are none
    means = largest * shrunken_means(codes[known], numbers[known][:, None] / largest, levels)[:, 0]
    return np.asarray(np.where(np.isfinite(means), means, 0.0))


def _codes(encoder: Encoder, _first: Array, _second: Array, _of: Array | None) -> Encoder:
    return encoder


def _frequencies(encoder: Encoder, first: Array, second: Array, _of: Array | None) -> Encoder:
    shares = shares_of_pairs(pair_codes(encoder, first, second), len(encoder.levels))
    return replace(encoder, values=tuple(shares.ravel().tolist()))


def _means(encoder: Encoder, first: Array, second: Array, of: Array | None) -> Encoder:
    assert of is not None, "target means are candidates where there are outcomes"
    means = shrunken_means(pair_codes(encoder, first, second), of, len(encoder.levels))
    return replace(encoder, values=tuple(means.ravel().tolist()))


_PAIRS: Mapping[EncoderKind, Callable[[Encoder, Array, Array, Array | None], Encoder]] = {
    "cross": _codes,
    "cross_frequency": _frequencies,
    "cross_mean": _means,
}


class MadeFrom:
    """The features of one such encoder over its training rows."""

    def __init__(self, encoder: Encoder, first: Array, second: Array) -> None:
        """first, second: the two features that it is made of, each (n,)."""
        self._encoder, self._levels = encoder, len(encoder.levels)
        self._first, self._second = first.copy(), second.copy()
        self._codes = pair_codes(encoder, first, second) if encoder.kind in CROSSES else _number_codes(encoder, second)

    def seen_from(self, of: Array, fitted: Array, rows: Array) -> Array:
        """The features of `rows`, (len(rows), k), as the rows `fitted` say them; of: what is averaged, of all rows."""
        codes, here = self._codes[fitted], self._codes[rows]
        if self._encoder.kind == "less_mean":
            means = _drawn_in(self._first[fitted], codes, self._levels)
            found = (self._first[rows] - means[here])[:, None]
        elif self._encoder.kind == "cross_frequency":
            found = shares_of_pairs(codes, self._levels)[here]
        else:
            found = shrunken_means(codes, of[fitted], self._levels)[here]
        found[(here < 0) | ~np.isfinite(found).all(axis=1)] = np.nan
        return np.asarray(found)
