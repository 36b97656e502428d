"""How far a mean that stands on few rows is to be believed.

It is drawn towards the mean of all: (sum + m * mean of all) / (rows + m) (the m-estimate: Micci-Barreca 2001). m is what the
data say: the variance within levels over that between them, as in credibility theory (Bühlmann & Straub 1970). Levels that
differ by chance alone are drawn all the way, so that an identifier says nothing.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_LEAST, _MOST = 1.0, 1e9


def shrunken(sums: Array, rows: Array, squares: float) -> Array:
    """How far the mean of each level lies from that of all, drawn in: sums of deviations over rows and m more, shape (levels,).

    squares: the sum of all squared deviations.
    """
    return np.asarray(sums / (rows + _credibility(sums, rows, squares)))


def _credibility(sums: Array, rows: Array, squares: float) -> float:
    """Variance within levels over that between them, by moments; sums and squares are of deviations."""
    seen = rows > 0
    n, k = rows.sum(), int(seen.sum())
    if n <= k or k < 2:
        return _MOST
    between = float((sums[seen] ** 2 / rows[seen]).sum())
    within = max(squares - between, 0.0) / (n - k)
    per_level = (n - float((rows**2).sum()) / n) / (k - 1)
    spread = ((between - float(sums.sum()) ** 2 / n) / (k - 1) - within) / per_level
    return min(max(within / spread, _LEAST), _MOST) if spread > 0.0 else _MOST
