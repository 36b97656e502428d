"""Features are made of others where these say something that a model does not see, and nowhere else."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from millwright.features.batch import BatchEncoder
from millwright.features.fit import fit_plan
from millwright.models.family import Problem
from millwright.records.codec import to_json
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import FeaturePlan
from millwright.records.spec import TaskName
from millwright.search.crossing import Ties, cross_fitted
from millwright.search.folds import Fold
from millwright.search.generating import Bounds, Cells, with_generated

Array = NDArray[Any]
ROWS = 1_200
NUMBERS = ("debt", "income", "age", "height")
CONTRACT = Contract(
    columns=(
        *(ContractColumn(name=name, kind="number") for name in NUMBERS),
        ContractColumn(name="city", kind="category"),
        ContractColumn(name="shop", kind="category"),
    )
)


def cells(seed: int = 0) -> dict[str, Array]:
    random = np.random.default_rng(seed)
    columns: dict[str, Array] = {name: random.uniform(1.0, 9.0, ROWS) for name in NUMBERS}
    columns["city"] = np.array([f"c{k}" for k in random.integers(0, 8, ROWS)], object)
    columns["shop"] = np.array([f"s{k}" for k in random.integers(0, 8, ROWS)], object)
    return columns


def generated(
    tmp_path: Path, columns: dict[str, Array], y: Array, task: TaskName = "binary", ties: Ties | None = None
) -> FeaturePlan:
    classes = ("no", "yes") if task == "binary" else ()
    plan = fit_plan(columns, CONTRACT, y=y, classes=classes)
    seen = Cells(columns, CONTRACT, ties or Ties(), y, task, classes)
    return with_generated(plan, seen, Bounds(tmp_path, "8GB", 60.0))


def made(plan: FeaturePlan) -> list[str]:
    return [name for name, layer in zip(plan.features, plan.layers, strict=True) if layer == "generated"]


@pytest.mark.parametrize("ties", [Ties(), Ties(time=np.arange(ROWS)), Ties(groups=np.arange(ROWS) // 4)])
def test_a_ratio_that_decides_is_found_and_the_same_rows_give_the_same_plan(tmp_path: Path, ties: Ties) -> None:
    columns = cells()
    y = 3.0 * columns["debt"] / columns["income"] + np.random.default_rng(1).normal(size=ROWS)
    plan = generated(tmp_path, columns, y, "regression", ties)
    assert made(plan)
    assert all({"debt", "income"} == {*one.columns} for one in plan.encoders if one.layer == "generated")
    assert to_json(generated(tmp_path, columns, y, "regression", ties)) == to_json(plan)
    assert list(tmp_path.iterdir()) == []


def test_a_cross_that_decides_is_found(tmp_path: Path) -> None:
    columns, random = cells(), np.random.default_rng(2)
    of_pair = {(f"c{a}", f"s{b}"): float(random.normal(scale=3.0)) for a in range(8) for b in range(8)}
    y = np.array([of_pair[pair] for pair in zip(columns["city"], columns["shop"], strict=True)]) + random.normal(size=ROWS)
    plan = generated(tmp_path, columns, y, "regression")
    assert "mean by city x shop" in made(plan)


def test_of_outcomes_by_chance_nothing_is_made(tmp_path: Path) -> None:
    y = np.random.default_rng(3).integers(0, 2, ROWS).astype(float)
    plan = generated(tmp_path, cells(), y)
    assert made(plan) == []
    assert "age" in plan.features


def test_rows_that_validate_get_tables_of_rows_that_are_fitted_on(tmp_path: Path) -> None:
    columns, random = cells(), np.random.default_rng(2)
    of_pair = {(f"c{a}", f"s{b}"): float(random.normal(scale=3.0)) for a in range(8) for b in range(8)}
    y = np.array([of_pair[pair] for pair in zip(columns["city"], columns["shop"], strict=True)]) + random.normal(size=ROWS)
    plan = generated(tmp_path, columns, y, "regression")
    place = plan.features.index("mean by city x shop")
    fold = Fold(np.arange(800), np.arange(800, ROWS))

    def valid(outcomes: Array) -> Array:
        problem = Problem(BatchEncoder(plan).encode(columns), outcomes, "regression", 0, plan.features, plan.categorical)
        _, (own,) = cross_fitted(problem, (fold,), plan, columns, Ties())
        assert own.overlay is not None
        return np.asarray(own.overlay.valid[:, own.overlay.places.index(place)])

    later = np.where(np.arange(ROWS) < 800, y, 1e6)
    assert valid(y).tobytes() == valid(later).tobytes()
    assert len(np.unique(valid(y))) > 20
