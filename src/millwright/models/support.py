"""Whether a row lies outside of what the model has seen, where the model looks."""

from collections.abc import Iterable

OUT_OF_SUPPORT = "out_of_support"
"""The flag of a row of which a value that the model uses is unlike all that was seen before."""

_TELLING = ("unseen", "range")
"""A text that says no number ("unparsed") is none of them: it counts as missing, and training may have had its like."""


class Support:
    """Reads it from the flags of the contract: a category never seen, or a number out of range, in a column that counts.

    used: the columns that can change the model's answer. A column that it never looks at may hold what it will.
    """

    def __init__(self, used: Iterable[str]) -> None:
        self._telling = frozenset(f"{word}:{column}" for column in used for word in _TELLING)

    def marked(self, flags: tuple[str, ...]) -> tuple[str, ...]:
        """The flags of a row, with OUT_OF_SUPPORT as the last where it lies outside."""
        return flags if self._telling.isdisjoint(flags) else (*flags, OUT_OF_SUPPORT)


def without_mark(flags: str) -> str:
    """The contract's own flags of a row, separated by a space."""
    return flags.removesuffix(f" {OUT_OF_SUPPORT}")
