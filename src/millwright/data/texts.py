"""What texts are made of: letters, digits, spaces, signs, characters beyond ASCII, or nothing."""

import re
from collections.abc import Sequence

from millwright.records.data import TextSummary

CLASSES = ("empty", "letters", "digits", "spaces", "signs", "beyond_ascii")
_FINDERS = tuple(re.compile(pattern) for pattern in (r"\A\s*\Z", r"[^\W\d_]", r"\d", r"\s", r"[^\w\s]|_", r"[^\x00-\x7f]"))


def class_bits(text: str) -> int:
    """Which of CLASSES the text has, as bits."""
    return sum(1 << at for at, finder in enumerate(_FINDERS) if finder.search(text))


def summary_of(counts: Sequence[int]) -> TextSummary:
    """The summary of rows counted by class, in the order of CLASSES."""
    return TextSummary(**dict(zip(CLASSES, counts, strict=True)))
