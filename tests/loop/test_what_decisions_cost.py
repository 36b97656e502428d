"""What decisions turned out to cost, once their labels have come."""

import numpy as np
import pytest

from millwright.loop.late_labels import metrics_of
from millwright.records.modelling import Calibrator, PayloadInfo
from millwright.records.spec import CostSpec, TaskName


def info(task: TaskName, costs: tuple[tuple[float, ...], ...] = ()) -> PayloadInfo:
    return PayloadInfo(
        project="wine",
        task=task,
        target="kind",
        classes=("a", "b", "c") if task == "multiclass" else (),
        evaluator="constant",
        model_files=(),
        calibrator=Calibrator(kind="none"),
        costs=costs,
    )


def test_of_several_classes_they_are_counted_as_the_model_decides() -> None:
    """The middle row is most probably an a, and is taken for a c, since a missed c costs ten."""
    costs = ((0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (10.0, 1.0, 0.0))
    *_, cost = metrics_of(info("multiclass", costs), CostSpec(matrix={"c": {"a": 10.0}}))
    assert (cost.name, cost.goal) == ("cost", "min")
    output = np.array([[0.9, 0.1, 0.0], [0.6, 0.0, 0.4], [0.0, 0.2, 0.8]])
    found = [cost.score(np.array([0.0, true, 1.0]), output, np.ones(3)) for true in (0, 2)]
    assert found == pytest.approx([2 / 3, 1 / 3])


@pytest.mark.parametrize(
    ("made", "costs", "there"),
    [
        (info("binary"), CostSpec(false_positive=1.0, false_negative=5.0), True),
        (info("binary"), None, False),
        (info("multiclass"), None, False),
        (info("regression"), CostSpec(false_positive=1.0, false_negative=5.0), False),
    ],
)
def test_where_nobody_says_what_they_cost_none_is_told(made: PayloadInfo, costs: CostSpec | None, there: bool) -> None:
    assert any(metric.name == "cost" for metric in metrics_of(made, costs)) == there
