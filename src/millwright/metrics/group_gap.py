"""How far apart a model's answers to groups of rows lie: demographic parity, as the difference between two groups.

The measure is the demographic parity difference (Dwork et al. 2012, "Fairness through awareness"; Agarwal et al. 2018): of a
classifier the largest difference in the share of rows that get a decision, of a regression that in the mean value. What is true
of the rows is not asked.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def group_gap(output: Array, groups: Mapping[str, Array], *, threshold: float | None) -> float | None:
    """The largest difference between two groups; None where fewer than two have an answer.

    output: shape (n,), or (n, k) for k classes; NaN where there is none. groups: rows (positions) by name. threshold: from
    which probability on the positive class is decided; None for values.
    """
    known: Array = ~np.isnan(output.reshape(len(output), -1).sum(axis=1))
    said = _said(output, threshold)
    means = [said[rows[known[rows]]].mean(axis=0) for rows in groups.values() if known[rows].any()]
    return float(np.ptp(np.array(means), axis=0).max()) if len(means) > 1 else None


def _said(output: Array, threshold: float | None) -> Array:
    """What is averaged over a group, shape (n, k): decisions for each class, or the value."""
    if output.ndim == 2:
        said: Array = np.equal(output.argmax(axis=1)[:, None], np.arange(output.shape[1])).astype(float)
        return said
    decided: Array = output if threshold is None else output >= threshold
    return decided.astype(float).reshape(-1, 1)
