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


def shrunken_means(codes: Array, of: Array, levels: int) -> Array:
    """The mean of each level and at last that of all rows, shape (levels + 1, k).

    codes: int (n,), -1 for missing, `levels` for any other level. of: float64 (n, k). NaN where there are no rows.
    """
    everything = of.mean(axis=0) if len(of) else np.full(of.shape[1], np.nan)
    if not len(of):
        return np.tile(everything, (levels + 1, 1))
    listed = (codes >= 0) & (codes < levels)
    rows, apart = np.bincount(codes[listed], minlength=levels).astype(np.float64), of[listed] - everything
    sums = [np.bincount(codes[listed], weights=column, minlength=levels) for column in apart.T]
    drawn = [shrunken(column, rows, float((each**2).sum())) for column, each in zip(sums, apart.T, strict=True)]
    return np.vstack([everything + np.stack(drawn, axis=1), everything])


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
