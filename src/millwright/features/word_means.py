"""What the words of a text say of the outcome: one number a class, of however many words.

Each word has a target mean, drawn in as those of levels are; a text gets the sum of how far its words lie from the mean of
all, over the square root of their number, so that a text says more the more of its words agree (the idea of naive Bayes, as a
feature: Wang & Manning 2012). It is cross-fitted as target means are, so words may be many.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.features.credibility import shrunken
from millwright.features.words import words_of
from millwright.records.modelling import Encoder

Array = NDArray[Any]

MOST_WORDS = 5_000
FEWEST_ROWS = 3
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
        means = WordMeans(levels, cells).means(of, np.arange(len(cells)))
        if np.abs(means).max() > _NOTHING * np.abs(of - of.mean(axis=0)).max():
            yield Encoder(
                column=column, kind="word_means", outputs=outputs, levels=levels, values=tuple(means.ravel().tolist())
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

    def means(self, of: Array, fitted: Array) -> Array:
        """How far each word's mean over the rows `fitted` lies from that of all, drawn in, shape (words, k)."""
        held, apart = self._held[fitted], of[fitted] - of[fitted].mean(axis=0)
        rows, words = np.asarray(held.sum(axis=0)), np.diff(held.indptr)
        sums = np.asarray(held.T @ apart)
        return np.stack([shrunken(s, rows, float(words @ a**2)) for s, a in zip(sums.T, apart.T, strict=True)], axis=1)

    def seen_from(self, of: Array, fitted: Array, rows: Array) -> Array:
        """What the words of `rows` say as the rows `fitted` know them, shape (len(rows), k)."""
        if not len(fitted):
            return np.full((len(rows), of.shape[1]), np.nan)
        held = self._held[rows]
        said: Array = np.asarray(held @ self.means(of, fitted)) / np.sqrt(np.maximum(np.diff(held.indptr), 1))[:, None]
        said[self._missing[rows]] = np.nan
        return said


def _places(text: str, places: Mapping[str, int]) -> tuple[int, ...]:
    words: Iterable[str] = dict.fromkeys(words_of(text))
    return tuple(places[word] for word in words if word in places)
