"""A number."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused
from millwright.metrics.metric import Metric
from millwright.metrics.values import mae, poisson_deviance, r2, rmse, rmsle
from millwright.records.modelling import PayloadInfo
from millwright.records.spec import DataSpec, TaskName
from millwright.tasks.classes import class_name, present, refuse_constant, refuse_dates, refuse_unlabelled
from millwright.tasks.interval import ends_around, ends_around_many
from millwright.tasks.quantiles import quantiles_of, quantiles_of_many

Array = NDArray[Any]


class Regression:
    """Outputs are values in the target's unit, shape (n,)."""

    name: TaskName = "regression"
    metrics: Sequence[Metric] = (rmse, mae, r2, rmsle, poisson_deviance)
    probabilities: bool = False
    stratifies: bool = False

    def classes(self, target: Array, spec: DataSpec) -> tuple[str, ...]:
        """(); raises DataRefused where the target is text, a date, constant or missing everywhere."""
        refuse_dates(target, spec.target)
        refuse_unlabelled(target, spec.target)
        if target.dtype.kind == "O":
            raise _text(target[present(target)][0], spec.target)
        values = target[present(target)]
        if values.min() == values.max():
            refuse_constant((class_name(float(values[0])),), spec.target)
        return ()

    def encode(self, target: Array, classes: tuple[str, ...]) -> Array:  # noqa: ARG002
        return np.where(present(target), target, np.nan).astype(np.float64)

    def raw_width(self, classes: tuple[str, ...]) -> int:  # noqa: ARG002  (other tasks need it)
        return 1

    def link(self, raw: Array) -> Array:
        return raw[:, 0].astype(np.float64)

    def answer(self, output: Sequence[float], info: PayloadInfo) -> dict[str, Any]:
        """{"value": v}, with "low" and "high" and "quantiles" where the payload has these."""
        value = output[0]
        more, ends = quantiles_of(value, info), ends_around(value, info)
        if ends is None:
            return {"value": value, **more}
        below, above = ends
        return {"value": value, "low": value + below, "high": value + above, **more}

    def answers(self, output: Array, info: PayloadInfo) -> dict[str, Array]:
        """Column value, with low and high where the payload has a prediction interval."""
        more, ends = quantiles_of_many(output, info), ends_around_many(output, info)
        if ends is None:
            return {"value": output, **more}
        below, above = ends
        return {"value": output, "low": output + below, "high": output + above, **more}

    def outputs_of(self, answers: Sequence[dict[str, Any]], info: PayloadInfo) -> Array:  # noqa: ARG002
        return np.array([answer["value"] for answer in answers], dtype=np.float64)


def _text(example: str, target: str) -> DataRefused:
    return DataRefused(
        f"a number is to be predicted, the column holds text such as {example[:40]!r}",
        where=f"column '{target}'",
        fix="set data.task to multiclass, or make the column numeric",
        code="target.text",
    )
