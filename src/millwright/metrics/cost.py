"""What wrong decisions cost, in the unit of the spec."""

import numpy as np

from millwright.metrics.additive import Finish, additive, mean_of
from millwright.metrics.metric import Array, Metric

HALF = 0.5


def decision_cost(false_positive: float, false_negative: float) -> Metric:
    """The mean cost of a decision: of acting on what was negative, and of not acting on what was positive (Elkan 2001)."""

    def costs(y: Array, output: Array) -> tuple[Array, Finish]:
        acts = output >= HALF
        each = np.where(acts & (y == 0), false_positive, np.where(~acts & (y == 1), false_negative, 0.0))
        return mean_of(np.where(np.isnan(output), np.nan, each))

    return additive("cost", "min", "Cost of a decision", costs, decides=True)
