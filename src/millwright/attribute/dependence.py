"""Whether the values of a column still belong to their rows: how much columns say of each other, before and now."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.attribute.bins import Binned

Array = NDArray[Any]

SAYS = 0.02
"""Nats that a column must say of another before, for its loss to mean something."""
LOST = 0.25
"""The share of it that is left at most where values are mixed up."""


def mixed_up(columns: Mapping[str, Binned], outcome: Binned) -> dict[str, float]:
    """Columns whose values have lost what they said of all the others, with how much of it is left (0 to 1).

    What two columns say of each other (mutual information; Shannon 1948, less its bias, Miller 1955) is lost for both. The one
    is to blame that has lost it with every column that it was bound to; of a pair bound to nothing else the one that has also
    lost more of what it said of the outcome. A column that said nothing of any other cannot be told this way.
    """
    names = list(columns)
    was, now = (_information(columns, side) for side in ("before", "now"))
    bound = was >= SAYS
    lost = bound & (now < LOST * was)
    found: dict[str, float] = {}
    said = [_of_outcome(column, outcome) for column in columns.values()]
    for i in sorted(range(len(names)), key=lambda i: -float((was[i] * lost[i]).sum()) - said[i]):
        if lost[i].any() and (lost[i] == bound[i]).all() and (lost[i].sum() > 1 or bound[i].sum() == 1):
            found[names[i]] = float((now[i] * bound[i]).sum() / (was[i] * bound[i]).sum())
            lost[:, i] = bound[:, i] = lost[i] = bound[i] = False
    return found


def _information(columns: Mapping[str, Binned], side: str) -> Array:
    """The mutual information of each pair of columns, shape (c, c), nats, less what chance alone gives."""
    codes = [(getattr(column, side), column.bins) for column in columns.values()]
    found = np.zeros((len(codes), len(codes)))
    for i, (one, k) in enumerate(codes):
        for j, (other, m) in enumerate(codes[:i]):
            found[i, j] = found[j, i] = _of_pair(np.bincount(one * m + other, minlength=k * m).reshape(k, m).astype(float))
    return found


def _of_outcome(column: Binned, outcome: Binned) -> float:
    """What a column has lost of what it said of the outcome."""
    sides = [_information({"": column, "outcome": outcome}, side)[0, 1] for side in ("before", "now")]
    return max(0.0, float(sides[0] - sides[1]))


def _of_pair(table: Array) -> float:
    rows = float(table.sum())
    if not rows:
        return 0.0
    expected = table.sum(axis=1, keepdims=True) @ table.sum(axis=0, keepdims=True) / rows
    there = table > 0
    plain = float(np.sum(table[there] * np.log(table[there] / expected[there])) / rows)
    k, m = int((table.sum(axis=1) > 0).sum()), int((table.sum(axis=0) > 0).sum())
    return max(0.0, plain - (k - 1) * (m - 1) / (2 * rows))
