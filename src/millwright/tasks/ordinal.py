"""Levels that have an order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused, nearest
from millwright.metrics.decisions import accuracy, balanced_accuracy
from millwright.metrics.metric import Metric
from millwright.metrics.ordered import rank_error, ranked_probability_score
from millwright.metrics.probability import brier, log_loss
from millwright.records.modelling import PayloadInfo
from millwright.records.spec import DataSpec, TaskName
from millwright.tasks.classes import class_names, refuse_constant, refuse_dates, refuse_unlabelled
from millwright.tasks.multiclass import Multiclass

Array = NDArray[Any]


class Ordinal(Multiclass):
    """Outputs are probabilities of each level, shape (n, k), the lowest first; the raw scores are their logs up to a constant.

    The order is in how a model is judged, chosen and answers, not in how one family fits it: each gives the probabilities of
    the levels free of any assumption about how they follow from each other.
    """

    name: TaskName = "ordinal"
    metrics: Sequence[Metric] = (ranked_probability_score, log_loss, accuracy, rank_error, balanced_accuracy, brier)

    def classes(self, target: Array, spec: DataSpec) -> tuple[str, ...]:
        """The levels of the spec, the lowest first, whether or not each occurs: a retrain keeps a level without rows.

        Raises DataRefused where the target has a value that is no level, is a date, constant or missing everywhere.
        """
        refuse_dates(target, spec.target)
        refuse_unlabelled(target, spec.target)
        levels, there = spec.level_names, class_names(target)
        for name in there:
            if name not in levels:
                raise _no_level(name, levels, spec.target)
        refuse_constant(there, spec.target)
        return levels

    def answer(self, output: Sequence[float], info: PayloadInfo) -> dict[str, Any]:
        """As of several classes, and {"expected_rank": the mean place of the level, from 1 for the lowest}."""
        rank = 0.0
        for place, share in enumerate(output, start=1):
            rank += place * share
        return {**super().answer(output, info), "expected_rank": rank}

    def answers(self, output: Array, info: PayloadInfo) -> dict[str, Array]:
        """As of several classes, and a column expected_rank, added up from the lowest level as for one row."""
        rank = np.zeros(len(output))
        for place in range(output.shape[1]):
            rank = rank + (place + 1) * output[:, place]
        return {**super().answers(output, info), "expected_rank": rank}


def _no_level(name: str, levels: Sequence[str], target: str) -> DataRefused:
    said = nearest(name, levels)
    fix = f"correct the rows ({said}), or name it" if said else "name it"
    return DataRefused(
        f"the value {name[:40]!r} is not one of the levels {', '.join(levels[:8])}",
        where=f"column '{target}'",
        fix=f"{fix} at its place under data.levels",
        code="target.levels",
    )
