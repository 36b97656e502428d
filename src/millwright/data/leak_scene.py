"""What the leak rules look at: the columns a model could use, the target, and how well each column alone predicts it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, take
from millwright.data.one_column import Measure, TargetCells, missing_cells, strength
from millwright.records.data import Contract, Severity
from millwright.records.spec import VALUES, Scalar, TaskName

MOST_ROWS = 50_000
_SEED = 20130102
_MEASURES: Mapping[TaskName, Measure] = {
    "binary": "AUC",
    "multiclass": "balanced accuracy",
    "ordinal": "balanced accuracy",
    "regression": "R²",
    "count": "R²",
}


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One reason to think that a column cannot be known when the prediction is made, with the figure behind it."""

    column: str
    kind: Literal["leak", "known_later"]
    reason: str
    severity: Severity = "stop"


@dataclass(frozen=True)
class Scene:
    """A table as the leak rules see it. `suspects` are the columns with the role of a feature, in file order."""

    columns: Columns
    suspects: tuple[str, ...]
    labelled: NDArray[np.bool_]
    target: TargetCells
    time: NDArray[np.int64] | None
    known_leaks: tuple[str, ...] = ()

    @cached_property
    def strengths(self) -> dict[str, float]:
        """How well each suspect alone predicts the target on rows it was not fitted to (NaN with too few rows)."""
        return {name: strength(self.columns[name][self.labelled], self.target) for name in self.suspects}

    @cached_property
    def gaps(self) -> dict[str, NDArray[np.bool_]]:
        """Which rows have no value, for each suspect."""
        return {name: missing_cells(self.columns[name]) for name in (*self.suspects, *self.known_leaks)}

    def says(self, name: str) -> str:
        """The strength of a column in words: 'AUC 0.93'."""
        return f"{self.target.measure} {self.strengths[name]:.2f}"


def scene(
    columns: Columns, contract: Contract, target: str, task: TaskName, positive: Scalar | None = None, most: int = MOST_ROWS
) -> Scene:
    """The scene of a table in canonical cells; of more than `most` rows, an even random sample."""
    roles = {column.name: column.role for column in contract.columns if column.name in columns}
    rows = _sample(columns[target], most)
    names = [name for name, role in roles.items() if role in ("feature", "known_later", "time")]
    chosen = take({name: columns[name] for name in (*names, target)}, rows)
    labelled = ~missing_cells(chosen[target])
    if task in VALUES:
        labelled &= np.isfinite(np.asarray(chosen[target], dtype=np.float64))
    time = next((chosen[name] for name, role in roles.items() if role == "time"), None)
    return Scene(
        columns=chosen,
        suspects=tuple(name for name, role in roles.items() if role == "feature"),
        labelled=labelled,
        target=target_cells(chosen[target][labelled], target, task, positive),
        time=time if time is not None and time.dtype == np.int64 else None,
        known_leaks=tuple(name for name, role in roles.items() if role == "known_later"),
    )


def target_cells(values: NDArray[Any], name: str, task: TaskName, positive: Scalar | None = None) -> TargetCells:
    """The target's cells of labelled rows as codes; of a binary target, 1 is the positive (else the rarer) class."""
    if task in VALUES:
        return TargetCells(name=name, measure="R²", codes=np.asarray(values, dtype=np.float64))
    classes, codes, counts = np.unique(class_names(values), return_inverse=True, return_counts=True)
    if task == "binary" and len(classes) == 2:
        wanted = _class_at(classes, positive, int(counts.argmin()))
        codes = (codes == wanted).astype(np.int64)
        classes = classes[[1 - wanted, wanted]]
    measure = _MEASURES[task] if len(classes) == 2 or task != "binary" else "balanced accuracy"
    return TargetCells(name=name, measure=measure, codes=codes.astype(np.float64), classes=tuple(map(str, classes)))


def class_names(values: NDArray[Any]) -> NDArray[Any]:
    """Cells that are not missing, as the names of classes: whole numbers without their '.0'."""
    if values.dtype != np.float64:
        return np.asarray(values.astype(str))
    numbers, place = np.unique(values, return_inverse=True)
    names = [str(int(n)) if np.isfinite(n) and n == int(n) else repr(float(n)) for n in numbers]
    return np.asarray(names, dtype=object).astype(str)[place] if names else np.empty(0, dtype=str)


def class_name(value: Scalar) -> str:
    """A class as a person writes it in the spec, in the form that `class_names` gives: True is '1'."""
    if isinstance(value, bool | float) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _class_at(classes: NDArray[Any], positive: Scalar | None, otherwise: int) -> int:
    wanted = None if positive is None else class_name(positive)
    return list(classes).index(wanted) if wanted in classes else otherwise


def _sample(values: NDArray[Any], most: int) -> NDArray[np.int64]:
    rows = len(values)
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(_SEED).choice(rows, size=most, replace=False))
