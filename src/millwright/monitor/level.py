"""How one look's level is shared out: Bonferroni, weighted by what the model looks at.

Half goes to the columns, half to what concerns the model as a whole. Of a column's share half is the same for all and half
follows its importance: weights that are set before the data are seen cost nothing (Genovese, Roeder & Wasserman, "False
discovery control with p-value weighting", Biometrika 93, 2006).
"""

from collections.abc import Mapping, Sequence

LEVEL = 0.01
"""The chance of one or more false findings in one look."""

DRIFT = 0.625
MISSING = 0.25
NEW_VALUES = 0.125
"""Parts of a column's level: for drift, for missing values, and for unseen levels or values out of range."""

_MODEL_TESTS = 5


def of_columns(level: float, columns: Sequence[str], importance: Mapping[str, float]) -> dict[str, float]:
    """What each column may spend on all its checks; together half of `level`."""
    total = sum(max(importance.get(name, 0.0), 0.0) for name in columns)
    even = level / 2 / max(len(columns), 1)
    if total <= 0:
        return dict.fromkeys(columns, even)
    return {name: even / 2 + level / 4 * max(importance.get(name, 0.0), 0.0) / total for name in columns}


def of_each_model_test(level: float) -> float:
    """What each of label shift, decay, volume, label feed and errors may spend."""
    return level / 2 / _MODEL_TESTS
