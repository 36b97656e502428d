"""Whether the target can be learnt at all."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from millwright.data.column_names import counted, visible
from millwright.data.columns import Columns
from millwright.data.leak_scene import class_name, class_names
from millwright.data.one_column import missing_cells
from millwright.records.data import Check, Contract, Severity
from millwright.records.spec import VALUES, Scalar, TaskName

FEWEST_OF_A_CLASS = 10
FEWEST_ROWS = 50
MOST_CLASSES = 200


def target_checks(
    columns: Columns,
    contract: Contract,
    target: str,
    task: TaskName,
    positive: Scalar | None,
    levels: Sequence[str] = (),
) -> Iterator[Check]:
    """What is wrong with the target; a "stop" where there is nothing to learn. The codes begin with `target:`."""
    values = columns[target]
    gone = missing_cells(values)
    there = values[~gone]
    if not len(there):
        yield _check(
            target, "empty", "stop", 0, f"no row has a value of {target}", "name the column to predict under data.target"
        )
        return
    if gone.any():
        count = int(gone.sum())
        yield _check(target, "missing", "note", count, f"rows without {target}, not learnt from: {count}", "")
    if task in VALUES:
        yield from _number_checks(there, target)
        yield from _count_checks(there, target) if task == "count" and there.dtype == np.float64 else ()
    else:
        names = class_names(there)
        yield from _class_checks(names, target, task, positive)
        yield from _level_checks(names, target, levels) if task == "ordinal" else ()
    yield from _size_checks(len(there), contract, target)


def _number_checks(there: NDArray[np.float64], target: str) -> Iterator[Check]:
    if there.dtype != np.float64:
        said = f"{target} holds text, and a regression needs numbers"
        yield _check(target, "text", "stop", len(there), said, "set data.task to binary or multiclass, or correct the column")
    elif there.min() == there.max():
        said = f"{target} is {there[0]:g} in every row: nothing to learn"
        yield _check(target, "constant", "stop", len(there), said, "bring rows with other values, or name another target")
    elif np.isinf(there).any():
        count = int(np.isinf(there).sum())
        yield _check(
            target,
            "infinite",
            "warning",
            count,
            f"{target} is infinite in {counted(count, 'row')}",
            "correct them at the source",
        )


def _count_checks(there: NDArray[np.float64], target: str) -> Iterator[Check]:
    finite = there[np.isfinite(there)]
    wrong = finite[(finite < 0) | (finite != np.floor(finite))]
    if len(wrong):
        said = f"{target} is no whole number from 0 up in {counted(len(wrong), 'row')}, such as {wrong[0]:g}: no count"
        yield _check(target, "count", "stop", len(wrong), said, "set data.task to regression, or correct the column")


def _class_checks(names: NDArray[np.str_], target: str, task: TaskName, positive: Scalar | None) -> Iterator[Check]:
    classes, counts = np.unique(names, return_counts=True)
    if len(classes) == 1:
        said = f"{target} has one class only, '{visible(classes[0])}', in all {len(names)} rows: nothing to learn"
        yield _check(target, "one_class", "stop", len(names), said, "bring rows of the other class, or name another target")
        return
    if task == "binary" and len(classes) > 2:
        said = f"{target} has {len(classes)} classes, and a binary problem has two"
        yield _check(target, "classes", "stop", len(classes), said, "set data.task to multiclass, or regression for numbers")
    if task == "multiclass" and len(classes) > MOST_CLASSES:
        said = f"{target} has {len(classes)} classes"
        yield _check(target, "classes", "warning", len(classes), said, "if it is a number, set data.task to regression")
    if task == "binary" and positive is not None and class_name(positive) not in classes:
        said = f"the positive class '{positive}' is no value of {target}; it has {', '.join(map(repr, map(str, classes[:5])))}"
        yield _check(target, "positive", "stop", 0, said, "name one of them under data.positive")
    rare = [f"{visible(name)} ({n})" for name, n in zip(classes, counts, strict=True) if n < FEWEST_OF_A_CLASS]
    if rare:
        said = f"classes of {target} with fewer than {FEWEST_OF_A_CLASS} rows: {', '.join(rare[:8])}"
        yield _check(target, "rare", "warning", len(rare), said, "too few to learn or to judge: join them, or bring more rows")


def _level_checks(names: NDArray[np.str_], target: str, levels: Sequence[str]) -> Iterator[Check]:
    unnamed = [name for name in np.unique(names).tolist() if name not in levels]
    if unnamed:
        count = int(np.isin(names, unnamed).sum())
        shown = ", ".join(repr(visible(name)) for name in unnamed[:5])
        said = f"{target} is {shown} in {counted(count, 'row')}, and data.levels does not name it"
        yield _check(target, "levels", "stop", count, said, "name all its values there, the lowest first, or correct the rows")
    bare = [visible(name) for name in levels if name not in names]
    if bare:
        said = f"no row of {target} has the level {', '.join(bare[:8])}"
        yield _check(target, "bare_levels", "warning", len(bare), said, "is it written as in the rows? see data.levels")


def _size_checks(labelled: int, contract: Contract, target: str) -> Iterator[Check]:
    features = sum(column.role == "feature" for column in contract.columns)
    if labelled < FEWEST_ROWS or labelled < features:
        size = f"{counted(labelled, 'labelled row')} for {counted(features, 'column')}"
        yield Check(
            code="rows:few",
            severity="warning",
            columns=(target,),
            count=labelled,
            message=f"{size}: little can be learnt, and chance looks like signal",
            fix="bring more rows",
        )


def _check(target: str, code: str, severity: Severity, count: int, message: str, fix: str) -> Check:
    return Check(code=f"target:{code}", severity=severity, columns=(target,), count=count, message=message, fix=fix)
