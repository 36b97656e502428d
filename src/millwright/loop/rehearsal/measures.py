"""What ways are judged by: the main metric, and what mistakes cost where the spec says."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.evaluate.calibration import cost_matrix, decision_threshold
from millwright.metrics.cost_matrix import decided_cost
from millwright.metrics.metric import Metric
from millwright.metrics.registry import metric
from millwright.records.spec import CostSpec, Spec
from millwright.tasks.registry import task

Array = NDArray[Any]


def metrics_of(spec: Spec, classes: Sequence[str] = ()) -> tuple[Metric, ...]:
    """The metrics to judge by: ranking or error first, calibration beside it, and what mistakes cost where the spec says.
    classes: of a target that has them."""
    kind = task(spec.data.task)
    wanted = spec.search.metric
    main = {"binary": "roc_auc", "regression": "rmse"}.get(kind.name, kind.metrics[0].name)
    names = dict.fromkeys([main if wanted == "auto" else wanted, *(["brier"] if kind.name == "binary" else [])])
    found = [metric(name) for name in names]
    if spec.costs is not None and kind.name == "binary":
        found.append(cost_metric(spec.costs))
    if costs := cost_matrix(spec.costs, classes) if kind.probabilities and len(classes) > 2 else ():
        found.append(decided_cost(costs))
    return tuple(found)


def cost_metric(costs: CostSpec) -> Metric:
    """The mean cost of a row's decision at the threshold that the costs set; y in {0, 1}, output a probability, shape (n,)."""
    threshold = decision_threshold(costs)

    def each(y: Array, output: Array) -> Array:
        acts = output >= threshold
        return np.where(acts, np.where(y == 0, costs.false_positive, 0.0), np.where(y == 1, costs.false_negative, 0.0))

    def score(y: Array, output: Array, weight: Array) -> float:
        total = float(weight.sum())
        return float((each(y, output) * weight).sum() / total) if total else float("nan")

    def prepare(y: Array, output: Array, codes: Array, blocks: int, own: Array | None) -> Callable[[Array], Array]:
        counts = np.ones(len(y)) if own is None else own
        sums = np.bincount(codes, weights=each(y, output) * counts, minlength=blocks)
        rows = np.bincount(codes, weights=counts, minlength=blocks)
        return lambda weights: _ratio(weights @ sums, weights @ rows)

    return Metric(name="cost", goal="min", score=score, title="Cost of a decision", prepare=prepare)


def _ratio(total: Array, rows: Array) -> Array:
    return np.where(rows > 0, total / np.where(rows > 0, rows, 1.0), np.nan)
