"""Encoders of which most outputs of a cell are 0: which words, pieces of words or list items are in it.

Both encoders call these functions; standard library only.
"""

from collections.abc import Callable, Iterable, Mapping

from millwright.features.lists import items_of
from millwright.features.words import remembering, word_pieces, word_runs, words_of
from millwright.records.modelling import Encoder, EncoderKind

SparseFunction = Callable[[str], Iterable[tuple[int, float]]]
"""From a cell to the places of outputs that are not 0, and their values."""


def is_sparse(encoder: Encoder) -> bool:
    """Whether `sparse_function` knows the kind of this encoder."""
    return encoder.kind in _FUNCTIONS


def sparse_function(encoder: Encoder) -> SparseFunction:
    """What turns a non-missing cell into those outputs of `encoder` that are not 0. Raises KeyError for other encoders."""
    return remembering(_FUNCTIONS[encoder.kind](encoder))


def _words(encoder: Encoder) -> SparseFunction:
    present = {level: (place, 1.0) for place, level in enumerate(encoder.levels)}
    known = present.keys()

    def function(text: str) -> list[tuple[int, float]]:
        return [present[run] for run in known & set(word_runs(words_of(text)))]

    return function


def _pieces(encoder: Encoder) -> SparseFunction:
    present = {level: (place, 1.0) for place, level in enumerate(encoder.levels)}
    known = present.keys()

    def function(text: str) -> list[tuple[int, float]]:
        return [present[piece] for piece in known & set(word_pieces(words_of(text)))]

    return function


def _items(encoder: Encoder) -> SparseFunction:
    present = {level: (place, 1.0) for place, level in enumerate(encoder.levels, 1)}

    def function(text: str) -> list[tuple[int, float]]:
        items = items_of(text, encoder.parts[0])
        return [(0, float(len(items))), *(present[item] for item in items if item in present)]

    return function


_FUNCTIONS: Mapping[EncoderKind, Callable[[Encoder], SparseFunction]] = {"words": _words, "pieces": _pieces, "items": _items}
