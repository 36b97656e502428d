"""With costs of several classes the one of least expected cost is decided on, row by row and in a batch to the bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.errors import DataRefused, PackageRefused
from millwright.evaluate.calibration import cost_matrix
from millwright.evaluate.evaluation import Outputs
from millwright.metrics.cost_matrix import decided, matrix_cost
from millwright.metrics.registry import metric
from millwright.records.modelling import Calibrator, PayloadInfo
from millwright.records.spec import CostSpec
from millwright.tasks.multiclass import check_costs
from millwright.tasks.registry import task

CLASSES = ("1", "b", "c")
COSTS = ((0.0, 1.0, 1.0), (9.0, 0.0, 2.5), (1.0, 1.0, 0.0))


def info(costs: tuple[tuple[float, ...], ...]) -> PayloadInfo:
    return PayloadInfo(
        project="p", task="multiclass", target="y", classes=CLASSES, evaluator="e", model_files=(),
        calibrator=Calibrator(kind="softmax"), costs=costs,
    )  # fmt: skip


def shares(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(3), n)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 9_999))
def test_a_row_and_a_batch_decide_alike(seed: int) -> None:
    said, kind = shares(50, seed), task("multiclass")
    many = kind.answers(said, info(COSTS))
    for at, row in enumerate(said.tolist()):
        one = kind.answer(row, info(COSTS))
        assert (one["label"], one["expected_cost"]) == (many["label"][at], many["expected_cost"][at])
        by_hand = [sum(p * COSTS[true][answered] for true, p in enumerate(row)) for answered in range(3)]
        assert one["expected_cost"] == pytest.approx(min(by_hand))
    assert "expected_cost" not in kind.answers(said, info(()))


def test_decisions_by_cost_cost_less_than_by_share() -> None:
    said, random = shares(4_000, 1), np.random.default_rng(2)
    y = (random.random(4_000)[:, None] > said.cumsum(axis=1)).sum(axis=1).astype(float)
    cost, right = matrix_cost(COSTS), metric("accuracy")
    by_cost, by_share = Outputs(values=said, costs=COSTS), Outputs(values=said)
    assert cost.value(y, by_cost.seen_by(cost)) < cost.value(y, by_share.seen_by(cost)) - 0.2
    assert right.value(y, by_cost.seen_by(right)) == pytest.approx((decided(said, COSTS) == y).mean())
    assert by_cost.seen_by(metric("log_loss")) is said
    broken = Outputs(values=np.where(np.arange(4_000)[:, None] == 3, np.nan, said), costs=COSTS)
    assert np.isnan(cost.value(y, broken.seen_by(cost)))


def test_the_spec_names_classes_and_the_rest_costs_1() -> None:
    costs = CostSpec(matrix={"b": {"1": 9.0, "c": 2.5}})
    assert cost_matrix(costs, CLASSES) == COSTS
    assert cost_matrix(CostSpec(), CLASSES) == ()
    with pytest.raises(DataRefused, match="no row has the class 'd'"):
        cost_matrix(CostSpec(matrix={"b": {"d": 1.0}}), CLASSES)


@pytest.mark.parametrize("costs", [((0.0, 1.0),), ((0.0,) * 3,) * 2, ((0.0, -1.0, 1.0),) * 3, ((0.0, float("nan"), 1.0),) * 3])
def test_damaged_costs_are_refused(costs: tuple[tuple[float, ...], ...]) -> None:
    with pytest.raises(PackageRefused):
        check_costs(costs, 3)
