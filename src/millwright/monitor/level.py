"""How one look's level is shared out: Bonferroni, weighted by what the model looks at.

Seven tenths go to the columns, the rest to what concerns the model as a whole. Of a column's share half is the same for all
and half follows its importance: weights that are set before the data are seen cost nothing (Genovese, Roeder & Wasserman,
"False discovery control with p-value weighting", Biometrika 93, 2006).
"""

from collections.abc import Mapping, Sequence

LEVEL = 0.01
"""The chance of one or more false findings in one look."""

COLUMNS = 0.7
"""The columns' part of a look's level."""

DRIFT = 0.7
MISSING = 0.2
NEW_VALUES = 0.05
"""Parts of a column's level: for drift, for missing values, and twice for what it never had: unseen levels or values out of
range, and one single value."""

_MODEL_TESTS, _MAIN = 5, 0.95
_FURTHER_TESTS = 5
"""What concerns the model as a whole: five tests that need all the power there is share nineteen twentieths, five of
changes that are large where they matter share the rest."""


def of_columns(level: float, columns: Sequence[str], importance: Mapping[str, float]) -> dict[str, float]:
    """What each column may spend on all its checks; together their part of `level`."""
    total = sum(max(importance.get(name, 0.0), 0.0) for name in columns)
    even = COLUMNS * level / max(len(columns), 1)
    if total <= 0:
        return dict.fromkeys(columns, even)
    return {name: even / 2 + COLUMNS * level / 2 * max(importance.get(name, 0.0), 0.0) / total for name in columns}


def of_each_model_test(level: float) -> float:
    """What each of label shift, decay, volume, label feed and errors may spend."""
    return (1 - COLUMNS) * level * _MAIN / _MODEL_TESTS


def of_each_further_test(level: float) -> float:
    """What each of refusals, copies, clocks, an older reference and crowding callers may spend."""
    return (1 - COLUMNS) * level * (1 - _MAIN) / _FURTHER_TESTS
