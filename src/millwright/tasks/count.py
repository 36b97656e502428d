"""A number of things: whole, from 0 up."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused
from millwright.metrics.metric import Metric
from millwright.metrics.values import mae, poisson_deviance, r2, rmse, rmsle
from millwright.records.modelling import PayloadInfo
from millwright.records.spec import DataSpec, TaskName
from millwright.tasks.classes import present
from millwright.tasks.interval import ends_around, ends_around_many
from millwright.tasks.link import mean_of_log
from millwright.tasks.quantiles import quantiles_of, quantiles_of_many
from millwright.tasks.regression import Regression

Array = NDArray[Any]


class Count(Regression):
    """Outputs are means, above 0, shape (n,); the raw score is their logarithm (Poisson regression: McCullagh & Nelder 1989,
    chapter 6)."""

    name: TaskName = "count"
    metrics: Sequence[Metric] = (poisson_deviance, rmse, mae, r2, rmsle)

    def classes(self, target: Array, spec: DataSpec) -> tuple[str, ...]:
        """(); raises DataRefused where the target is no whole number from 0 up, constant or missing everywhere."""
        super().classes(target, spec)
        wrong = np.flatnonzero(present(target) & ~((target >= 0) & (target == np.floor(target))))
        if len(wrong):
            raise DataRefused(
                f"a count is a whole number from 0 up, and this is {target[wrong[0]]:g}",
                where=f"column '{spec.target}', row {int(wrong[0]) + 1:,}",
                fix="set data.task to regression, or correct the column",
                code="target.count",
            )
        return ()

    def link(self, raw: Array) -> Array:
        return np.fromiter(map(mean_of_log, raw[:, 0].tolist()), dtype=np.float64, count=len(raw))

    def answer(self, output: Sequence[float], info: PayloadInfo) -> dict[str, Any]:
        """{"value": the mean}, with "low" and "high", from 0 up, where the payload has a prediction interval."""
        value = output[0]
        more, ends = quantiles_of(value, info, 0.0), ends_around(value, info)
        if ends is None:
            return {"value": value, **more}
        return {"value": value, "low": max(value + ends[0], 0.0), "high": max(value + ends[1], 0.0), **more}

    def answers(self, output: Array, info: PayloadInfo) -> dict[str, Array]:
        """Column value, with low and high where the payload has a prediction interval, and its quantiles."""
        more, ends = quantiles_of_many(output, info, 0.0), ends_around_many(output, info)
        if ends is None:
            return {"value": output, **more}
        return {"value": output, "low": np.maximum(output + ends[0], 0.0), "high": np.maximum(output + ends[1], 0.0), **more}
