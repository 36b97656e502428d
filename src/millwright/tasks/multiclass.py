"""Three or more classes."""

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused, PackageRefused
from millwright.metrics.cost_matrix import expected
from millwright.metrics.decisions import accuracy, balanced_accuracy, f1
from millwright.metrics.metric import Metric
from millwright.metrics.probability import brier, log_loss
from millwright.metrics.ranking import roc_auc
from millwright.records.modelling import PayloadInfo
from millwright.records.spec import DataSpec, TaskName
from millwright.tasks.classes import class_codes, class_names, refuse_constant, refuse_dates, refuse_unlabelled
from millwright.tasks.link import softmaxes

Array = NDArray[Any]

MOST_CLASSES = 200


def check_costs(costs: Sequence[Sequence[float]], classes: int) -> None:
    """Raise PackageRefused unless there are none, or a number from 0 up for each pair of classes."""
    fits = len(costs) == classes and all(len(row) == classes and all(0.0 <= cost < inf for cost in row) for row in costs)
    if costs and not fits:
        raise PackageRefused(f"the costs of decisions are not those of {classes} classes")


class Multiclass:
    """Outputs are probabilities of each class, shape (n, k); the raw scores are their logs up to a constant."""

    name: TaskName = "multiclass"
    metrics: Sequence[Metric] = (log_loss, accuracy, balanced_accuracy, f1, roc_auc, brier)
    probabilities: bool = True
    stratifies: bool = True

    def classes(self, target: Array, spec: DataSpec) -> tuple[str, ...]:
        refuse_dates(target, spec.target)
        refuse_unlabelled(target, spec.target)
        names = class_names(target)
        refuse_constant(names, spec.target)
        if len(names) > MOST_CLASSES:
            raise DataRefused(
                f"{len(names)} classes are more than the {MOST_CLASSES} that can be told apart",
                where=f"column '{spec.target}'",
                fix="set data.task to regression, or group rare classes",
                code="target.classes",
            )
        return names

    def encode(self, target: Array, classes: tuple[str, ...]) -> Array:
        return class_codes(target, classes)

    def raw_width(self, classes: tuple[str, ...]) -> int:
        return len(classes)

    def link(self, raw: Array) -> Array:
        return softmaxes(raw)

    def answer(self, output: Sequence[float], info: PayloadInfo) -> dict[str, Any]:
        """{"probabilities": {class: probability}, "label": the most probable class, the first of equals}. Where costs are known
        "label" is the class of least expected cost, and "expected_cost" says how much that is."""
        shares = dict(zip(info.classes, output, strict=True))
        if not info.costs:
            best = max(range(len(output)), key=output.__getitem__)
            return {"probabilities": shares, "label": info.classes[best]}
        costs = [0.0] * len(output)
        for share, row in zip(output, info.costs, strict=True):
            costs = [so_far + share * cost for so_far, cost in zip(costs, row, strict=True)]
        best = min(range(len(costs)), key=costs.__getitem__)
        return {"probabilities": shares, "label": info.classes[best], "expected_cost": costs[best]}

    def answers(self, output: Array, info: PayloadInfo) -> dict[str, Array]:
        """A column "probability of CLASS" for each class, and label."""
        shares = {f"probability of {name}": output[:, code] for code, name in enumerate(info.classes)}
        names = np.array(info.classes, dtype=object)
        if not info.costs:
            return {**shares, "label": names[output.argmax(axis=1)]}
        costs = expected(output, info.costs)
        best = costs.argmin(axis=1)
        return {**shares, "label": names[best], "expected_cost": np.take_along_axis(costs, best[:, None], axis=1)[:, 0]}

    def outputs_of(self, answers: Sequence[dict[str, Any]], info: PayloadInfo) -> Array:
        rows = [[answer["probabilities"][name] for name in info.classes] for answer in answers]
        return np.array(rows, dtype=np.float64).reshape(len(answers), len(info.classes))
