"""Balanced fits say true shares again, whichever family; nothing else of the search knows of it."""

from dataclasses import replace

import numpy as np
import pytest

from millwright.models.ensemble import join, parts_of
from millwright.models.evaluator import load_evaluator
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.search.balance import class_weights, fitted_on
from millwright.tasks.registry import task

PARAMS = {"linear": {"C": 10.0}, "lightgbm": {"num_iterations": 60, "num_leaves": 4}, "net": {"num_iterations": 32}}


def rare(kind: str, rows: int = 3_000) -> Problem:
    """Classes of about 4 % and less; what tells them apart is the first column."""
    random = np.random.default_rng(11)
    X = random.normal(size=(rows, 2))
    odds = np.stack([np.zeros(rows), 1.5 * X[:, 0] - 4.0, 1.2 * X[:, 1] - 4.0], axis=1)[:, : 2 if kind == "binary" else 3]
    shares = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    y = (random.random(rows)[:, None] > shares.cumsum(axis=1)).sum(axis=1).astype(float)
    return Problem(X, y, kind, shares.shape[1], ("a", "b"), (), balanced=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
@pytest.mark.parametrize("name", sorted(PARAMS))
def test_probabilities_are_true_again(name: str, kind: str) -> None:
    rows = rare(kind)
    made = fitted_on(family(name), rows, PARAMS[name], valid=None, seed=7, keep_going=lambda: True)
    said = task(kind).link(load_evaluator(made.evaluator, made.files).batch(rows.X))
    share = np.array([(rows.y == code).mean() for code in range(rows.classes)])
    mean = np.array([1 - said.mean(), said.mean()]) if said.ndim == 1 else said.mean(axis=0)
    assert mean == pytest.approx(share, abs=0.03)
    bare = fitted_on(family(name), replace(rows, balanced=False), PARAMS[name], valid=None, seed=7, keep_going=lambda: True)
    assert bare.files != made.files
    assert (made.evaluator, bare.evaluator) == ("ensemble", family_evaluator(name))


def family_evaluator(name: str) -> str:
    return {"linear": "linear", "lightgbm": "lightgbm", "net": "net"}[name]


def test_each_class_counts_alike() -> None:
    rows = replace(rare("multiclass"), weight=np.random.default_rng(1).random(3_000))
    each = class_weights(rows)
    assert rows.weight is not None
    sums = [float((rows.weight * each[rows.y.astype(int)])[rows.y == code].sum()) for code in range(3)]
    assert sums == pytest.approx([sums[0]] * 3)
    assert sum(sums) == pytest.approx(rows.weight.sum())


def test_several_have_one_constant_beside_them() -> None:
    rows = rare("binary")
    made = [fitted_on(family("linear"), rows, {"C": c}, valid=None, seed=7, keep_going=lambda: True) for c in (0.1, 10.0)]
    together = join([(0.25, made[0]), (0.75, made[1])])
    assert [part.evaluator for part in parts_of(together.files)] == ["linear", "linear", "constant"]
    each = [load_evaluator(one.evaluator, one.files).batch(rows.X) for one in made]
    said = load_evaluator(together.evaluator, together.files).batch(rows.X)
    assert said == pytest.approx(0.25 * each[0] + 0.75 * each[1], abs=1e-12)
