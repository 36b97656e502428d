"""Two classes, one of them positive."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused
from millwright.metrics.decisions import accuracy, balanced_accuracy, f1
from millwright.metrics.metric import Metric
from millwright.metrics.probability import brier, log_loss
from millwright.metrics.ranking import average_precision, roc_auc
from millwright.records.modelling import PayloadInfo
from millwright.records.spec import DataSpec, TaskName
from millwright.tasks.classes import (
    POSITIVE_NAMES,
    class_codes,
    class_names,
    find_class,
    present,
    refuse_constant,
    refuse_dates,
    refuse_unlabelled,
)
from millwright.tasks.link import sigmoids

Array = NDArray[Any]

HALF = 0.5


class Binary:
    """Outputs are probabilities of the positive class, shape (n,); the raw score is their log odds."""

    name: TaskName = "binary"
    metrics: Sequence[Metric] = (log_loss, roc_auc, average_precision, brier, accuracy, balanced_accuracy, f1)
    probabilities: bool = True
    stratifies: bool = True

    def classes(self, target: Array, spec: DataSpec) -> tuple[str, ...]:
        """(negative, positive). Where the spec names no positive class it is 1, true or yes, else the rarer one."""
        refuse_dates(target, spec.target)
        refuse_unlabelled(target, spec.target)
        names = class_names(target)
        refuse_constant(names, spec.target)
        if len(names) > 2:
            raise _too_many(names, spec.target)
        positive = _positive(names, target, spec)
        return (names[0] if names[1] == positive else names[1], positive)

    def encode(self, target: Array, classes: tuple[str, ...]) -> Array:
        return class_codes(target, classes)

    def raw_width(self, classes: tuple[str, ...]) -> int:  # noqa: ARG002  (other tasks need it)
        return 1

    def link(self, raw: Array) -> Array:
        return sigmoids(raw[:, 0])

    def answer(self, output: Sequence[float], info: PayloadInfo) -> dict[str, Any]:
        """{"probability": of the positive class, "decision": at least the threshold, "label": the class decided on}."""
        probability = output[0]
        decision = probability >= (HALF if info.threshold is None else info.threshold)
        return {"probability": probability, "decision": decision, "label": info.classes[decision]}

    def answers(self, output: Array, info: PayloadInfo) -> dict[str, Array]:
        """Columns probability, decision and label."""
        decision = output >= (HALF if info.threshold is None else info.threshold)
        labels = np.array(info.classes, dtype=object)[decision.astype(int)]
        return {"probability": output, "decision": decision, "label": labels}

    def outputs_of(self, answers: Sequence[dict[str, Any]], info: PayloadInfo) -> Array:  # noqa: ARG002
        return np.array([answer["probability"] for answer in answers], dtype=np.float64)


def _positive(names: tuple[str, ...], target: Array, spec: DataSpec) -> str:
    if spec.positive is not None:
        return _named(names, spec)
    for usual in POSITIVE_NAMES:
        for name in names:
            if name.lower() == usual:
                return name
    second = class_codes(target, names)[present(target)].mean()
    return names[1] if second <= HALF else names[0]


def _named(names: tuple[str, ...], spec: DataSpec) -> str:
    found = find_class(spec.positive, names) if spec.positive is not None else None
    if found is None:
        raise DataRefused(
            f"no row has the positive value {spec.positive!r}; the values are {names[0]} and {names[1]}",
            where=f"column '{spec.target}'",
            fix=f"set data.positive to {names[0]} or {names[1]}",
            code="target.positive",
        )
    return found


def _too_many(names: tuple[str, ...], target: str) -> DataRefused:
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return DataRefused(
        f"a binary target has two values, this one has {len(names)}: {shown}",
        where=f"column '{target}'",
        fix="set data.task to multiclass or regression",
        code="target.classes",
    )
