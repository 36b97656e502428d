"""What the words of a text say of the outcome: one number a class, of however many words.

Each word has a weight; a text gets the sum of those of its words, over the square root of their number, so that a text says
more the more of its words agree. Weights are those of a ridge regression (Hoerl & Kennard 1970) of how far outcomes lie from
their mean, in which a word counts the more the rarer it is (inverse document frequency; Spärck Jones 1972): unlike a mean for
each word alone it knows that words which come together say one thing, and not two. It is cross-fitted as target means are, so
words may be many.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.features.words import words_of
from millwright.records.modelling import Encoder

Array = NDArray[Any]

MOST_WORDS = 5_000
FEWEST_ROWS = 3
MOST_FITTED = 200_000
"""Rows that weights are fitted on, at equal steps; more hardly change what so many say of a word."""
PENALTY, _STEPS, _NEAR = 1.0, 30, 1e-3
"""What a weight of 1 costs, in rows, and when its search ends: conjugate gradients (Hestenes & Stiefel 1952)."""
_NOTHING = 1e-6
_REMEMBERED = 50_000


def told_words(counts: Mapping[str, int]) -> tuple[str, ...]:
    """The words of texts that enough rows have, the most frequent first. counts: how many training rows have each text."""
    rows: dict[str, int] = {}
    for text, count in counts.items():
        for word in set(words_of(text)):
            rows[word] = rows.get(word, 0) + count
    told = [word for word, count in rows.items() if FEWEST_ROWS <= count < sum(counts.values())]
    return tuple(sorted(told, key=lambda word: (-rows[word], word))[:MOST_WORDS])


def word_means(column: str, counts: Mapping[str, int], cells: Array, of: Array, classes: Sequence[str]) -> Iterator[Encoder]:
    """The encoder of a text column, as later rows get it; none where its words say nothing. of: what is averaged, (n, k)."""
    levels = told_words(counts)
    names = [f":{name}" for name in classes] if of.shape[1] > 1 else [""]
    outputs = tuple(f"{column}.words_say{name}" for name in names)
    if levels:
        weights = WordMeans(levels, cells).weights(of, np.arange(len(cells)))
        if np.abs(weights).max() > _NOTHING * np.abs(of - of.mean(axis=0)).max():
            yield Encoder(
                column=column, kind="word_means", outputs=outputs, levels=levels, values=tuple(weights.ravel().tolist())
            )


class WordMeans:
    """The words of one text column in its rows, which are counted for any of them."""

    def __init__(self, levels: Sequence[str], cells: Array) -> None:
        from scipy.sparse import csr_array

        places = {word: place for place, word in enumerate(levels)}
        known = lru_cache(maxsize=_REMEMBERED)(lambda text: _places(text, places))
        flat, ends = array("q"), array("q", [0])
        for text in cells.tolist():
            flat.extend(() if text is None else known(text))
            ends.append(len(flat))
        parts = (np.ones(len(flat)), np.frombuffer(flat, np.int64), np.frombuffer(ends, np.int64))
        self._held = csr_array(parts, shape=(len(cells), len(levels)))
        self._missing = np.fromiter((text is None for text in cells.tolist()), np.bool_, len(cells))

    def weights(self, of: Array, fitted: Array) -> Array:
        """What each word adds to how far an outcome lies from the mean of the rows `fitted`, shape (words, k)."""
        from scipy.sparse import diags_array

        fitted = fitted[:: -(-len(fitted) // MOST_FITTED)]
        held, apart = self._held[fitted], of[fitted] - of[fitted].mean(axis=0)
        rows = np.asarray(held.sum(axis=0))
        rarity = np.log((1 + len(fitted)) / (1 + rows)) + 1.0
        rarity /= np.sqrt((rows @ rarity**2) / max(rows.sum(), 1.0)) or 1.0
        X = diags_array(1.0 / np.sqrt(np.maximum(np.diff(held.indptr), 1))) @ held @ diags_array(rarity)
        return np.stack([rarity * _ridge(X, column) for column in apart.T], axis=1)

    def seen_from(self, of: Array, fitted: Array, rows: Array) -> Array:
        """What the words of `rows` say as the rows `fitted` know them, shape (len(rows), k)."""
        if not len(fitted):
            return np.full((len(rows), of.shape[1]), np.nan)
        held = self._held[rows]
        said: Array = np.asarray(held @ self.weights(of, fitted)) / np.sqrt(np.maximum(np.diff(held.indptr), 1))[:, None]
        said[self._missing[rows]] = np.nan
        return said


def _ridge(X: Any, y: Array) -> Array:
    """The weights that leave the least squared error and penalty, (p,). X: sparse, (n, p)."""
    from scipy.sparse.linalg import LinearOperator, cg

    width = X.shape[1]
    normal = LinearOperator((width, width), matvec=lambda v: X.T @ (X @ v) + PENALTY * v, dtype=np.float64)
    found: Array = cg(normal, X.T @ y, maxiter=_STEPS, rtol=_NEAR)[0]
    return found


def _places(text: str, places: Mapping[str, int]) -> tuple[int, ...]:
    words: Iterable[str] = dict.fromkeys(words_of(text))
    return tuple(places[word] for word in words if word in places)
