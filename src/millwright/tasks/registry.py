"""Every kind of problem, by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import NotFound, nearest
from millwright.records.spec import TaskName
from millwright.tasks.binary import Binary
from millwright.tasks.classes import present
from millwright.tasks.count import Count
from millwright.tasks.multiclass import Multiclass
from millwright.tasks.ordinal import Ordinal
from millwright.tasks.regression import Regression
from millwright.tasks.task import Task

MOST_NUMERIC_CLASSES = 20

_ALL: tuple[Task, ...] = (Binary(), Multiclass(), Ordinal(), Regression(), Count())
TASKS: Mapping[str, Task] = MappingProxyType({each.name: each for each in _ALL})


def task(name: str) -> Task:
    """The task of that name. Raises NotFound, naming the nearest."""
    if name not in TASKS:
        fix = nearest(name, TASKS) or f"one of {', '.join(TASKS)}"
        raise NotFound(f'there is no task "{name}"', fix=fix, code="task.unknown")
    return TASKS[name]


def infer_task(target: NDArray[Any]) -> TaskName:
    """The kind of problem that target cells, shape (n,), suggest: two values are binary; text, or a few whole numbers
    that each come back at least ten times on average, are classes; all else is a number."""
    values = target[present(target)]
    distinct = set(values.tolist())
    if len(distinct) == 2:
        return "binary"
    if target.dtype.kind == "O":
        return "multiclass"
    whole = bool(np.all(values == np.floor(values)))
    few = 0 < len(distinct) <= min(MOST_NUMERIC_CLASSES, len(values) / 10)
    return "multiclass" if whole and few else "regression"
