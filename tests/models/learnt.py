"""Real samples as problems to learn, split in two halves."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sample_tables import TARGETS, table

from millwright.data.columns import take
from millwright.features.batch import BatchEncoder
from millwright.features.fit import fit_plan
from millwright.models.family import Problem
from millwright.records.spec import TaskName

TASKS: dict[str, TaskName] = dict.fromkeys(TARGETS, "binary")
TASKS |= {"bike_sharing.parquet": "regression", "employee_salaries.csv": "regression", "kddcup99.parquet": "multiclass"}


@cache
def problems(name: str) -> tuple[Problem, Problem]:
    """Training and validation rows of a sample, every second row each."""
    columns, contract = table(name)
    y, classes = _target(columns[TARGETS[name]], TASKS[name])
    even, odd = (np.arange(len(y)) % 2 == side for side in (0, 1))
    plan = fit_plan(take(columns, even), contract)
    X = BatchEncoder(plan).encode(columns)
    known = ~np.isnan(y)
    first, second = (
        Problem(X[side & known], y[side & known], TASKS[name], classes, plan.features, plan.categorical) for side in (even, odd)
    )
    return first, second


def _target(cells: NDArray[Any], task: TaskName) -> tuple[NDArray[Any], int]:
    if task == "regression":
        return cells.astype(np.float64), 0
    if cells.dtype != object:
        return np.where(np.isnan(cells), np.nan, (cells > np.nanmin(cells)).astype(np.float64)), 2
    names, codes = np.unique(cells.astype(str), return_inverse=True)
    return codes.astype(np.float64), len(names)
