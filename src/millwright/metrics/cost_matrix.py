"""What decisions among several classes cost, and which one is expected to cost least."""

from collections.abc import Callable, Sequence

import numpy as np

from millwright.metrics.additive import Finish, additive, mean_of
from millwright.metrics.metric import Array, Metric

Costs = Sequence[Sequence[float]]
"""By the true class, and then by the class that is decided on."""


def expected(output: Array, costs: Costs) -> Array:
    """What it is expected to cost to decide on each class, shape (n, k), from probabilities (n, k): added from the first class
    to the last, as for one row."""
    total = np.zeros_like(output)
    for true, row in enumerate(costs):
        total = total + output[:, true : true + 1] * np.array(row)
    return total


def decided(output: Array, costs: Costs) -> Array:
    """The class of least expected cost of each row, the first of equals, shape (n,) (Elkan 2001); NaN goes to the first."""
    found: Array = expected(output, costs).argmin(axis=1)
    return found


def matrix_cost(costs: Costs) -> Metric:
    """The mean cost of decisions; it reads the class that has the highest output."""
    return _mean_cost(costs, lambda output: output.argmax(axis=1), decides=True)


def decided_cost(costs: Costs) -> Metric:
    """The same of probabilities (n, k), from which the class is decided on that is expected to cost least."""
    return _mean_cost(costs, lambda output: decided(output, costs), decides=False)


def _mean_cost(costs: Costs, choose: Callable[[Array], Array], *, decides: bool) -> Metric:
    table = np.array(costs)

    def losses(y: Array, output: Array) -> tuple[Array, Finish]:
        each = table[y.astype(np.int64), choose(output)]
        return mean_of(np.where(np.isnan(output).any(axis=1), np.nan, each))

    return additive("cost", "min", "Cost of a decision", losses, decides=decides)
