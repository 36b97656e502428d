"""Whether a row lies outside of what the model has seen, where the model looks."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns
from millwright.data.enforce_columns import ColumnReport, outside
from millwright.records.data import Contract

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

    def rows(self, columns: Columns, contract: Contract, report: ColumnReport) -> NDArray[Any]:
        """Which of many rows lie outside, shape (n,); report: what the contract says of them."""
        found = np.zeros(report.rows, dtype=bool)
        telling = {flag.partition(":")[2] for flag in self._telling.intersection(report.flags)}
        for column in contract.columns:
            if column.name in telling:
                found |= outside(columns[column.name], column)
        return found


def without_mark(flags: str) -> str:
    """The contract's own flags of a row, separated by a space."""
    return flags.removesuffix(f" {OUT_OF_SUPPORT}")
