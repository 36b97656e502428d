"""What a text is made of: its words, runs of them, and pieces of words. One tokeniser, which both encoders and the fit call.

A text is read as follows: at most its first MOST_READ characters; Unicode normalised (NFKC: full-width letters, ligatures and
the like become plain ones) and case-folded; words are the longest runs of letters, digits and underscores. Word runs are
joined by one space. A piece is cut from a word with a space on either side, so that a beginning differs from a middle
(Cavnar & Trenkle 1994). Standard library only: the row path comes through here.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeVar
from weakref import WeakSet

MOST_READ = 2_000
"""Characters of a text that are read: work a row is bounded."""
PIECES = (3, 4, 5)
"""Lengths of pieces of words."""

_WORD = re.compile(r"\w+")
_REMEMBERED, _SHORT = 4_096, 200

T = TypeVar("T")

_memories: WeakSet[Any] = WeakSet()
"""What `remembering` made, as long as it is in use."""


def folded(text: str) -> str:
    """The text as it is compared: cut, normalised, without case.

    >>> folded("Ｏﬃcer II")
    'officer ii'
    """
    text = text[:MOST_READ]
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def remembering(function: Callable[[str], T]) -> Callable[[str], T]:
    """The function, which remembers what it made of the last 4,096 short texts: names and titles come again and again."""
    remembered = lru_cache(maxsize=_REMEMBERED)(function)
    _memories.add(remembered)
    return lambda text: remembered(text) if len(text) <= _SHORT else function(text)


def forget() -> None:
    """Forget all that is remembered of texts, so that a row costs what a row of new ones does."""
    for remembered in list(_memories):
        remembered.cache_clear()


def words_of(text: str) -> list[str]:
    """The words of a text, in order.

    >>> words_of("Don't re-order, ÉTÉ 2013")
    ['don', 't', 're', 'order', 'été', '2013']
    """
    return _WORD.findall(folded(text))


def word_runs(words: list[str]) -> Iterator[str]:
    """Words, and each two that follow each other.

    >>> list(word_runs(["police", "officer", "iii"]))
    ['police', 'officer', 'iii', 'police officer', 'officer iii']
    """
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"


def word_pieces(words: list[str]) -> Iterator[str]:
    """Every 3 to 5 characters in a row of each word between spaces.

    >>> list(word_pieces(["aid"]))
    [' ai', 'aid', 'id ', ' aid', 'aid ', ' aid ']
    """
    for word in words:
        between = f" {word} "
        length = len(between)
        for size in PIECES:
            for start in range(length - size + 1):
                yield between[start : start + size]
