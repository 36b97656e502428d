"""What is asked of columns holds in every answer, to the bit: it is no matter of how much data there is."""

from itertools import pairwise

import numpy as np
import pytest

from millwright.models.evaluator import load_evaluator
from millwright.models.families import EXTRAS, family
from millwright.models.family import Array, Constraints, Problem
from millwright.models.honours import why_left_out

FAST = {
    "linear": {},
    "lightgbm": {"num_iterations": 60, "num_leaves": 15},
    "xgboost": {"num_iterations": 40, "max_depth": 4},
    "catboost": {"num_iterations": 40, "depth": 4},
}


def problem(task: str, constraints: Constraints, seed: int = 3) -> Problem:
    """Rows that say the opposite of what is asked in places, with gaps, and columns that act together."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(900, 3))
    score = X[:, 0] + np.sin(4 * X[:, 0]) - 2.0 * X[:, 1] * X[:, 2]
    noisy = score + random.normal(size=len(X))
    y = {"binary": (noisy > 0).astype(float), "count": random.poisson(np.exp(noisy / 3)).astype(float)}.get(task, noisy)
    X[random.random(X.shape) < 0.05] = np.nan
    return Problem(X, y, task, 2 if task == "binary" else 0, ("a", "b", "c"), (), constraints=constraints)  # type: ignore[arg-type]


def fitted(name: str, rows: Problem) -> object:
    if name in EXTRAS:
        pytest.importorskip(name)
    made = family(name).fit(rows, FAST[name], valid=None, seed=7, keep_going=lambda: True)
    return load_evaluator(made.evaluator, made.files)


def swept(X: Array, feature: int, values: Array) -> list[Array]:
    """The rows, over and over, with one feature set to each value."""
    found = []
    for value in values:
        rows = X.copy()
        rows[:, feature] = value
        found.append(rows)
    return found


@pytest.mark.parametrize("task", ["binary", "regression", "count"])
@pytest.mark.parametrize("name", sorted(FAST))
def test_scores_rise_and_fall_as_is_asked(name: str, task: str) -> None:
    rows = problem(task, Constraints(monotone=(1, -1, 0)))
    assert why_left_out(family(name), rows) is None
    evaluator = fitted(name, rows)
    for feature, way in ((0, 1.0), (1, -1.0)):
        each = [evaluator.batch(X)[:, 0] for X in swept(rows.X[:40], feature, np.linspace(-3, 3, 200))]  # type: ignore[attr-defined]
        assert all((way * (high - low) >= 0).all() for low, high in pairwise(each))
        assert any((high != low).any() for low, high in pairwise(each)) or (name, feature) == ("linear", 1)
    free = fitted(name, problem(task, Constraints()))
    each = [free.batch(X)[:, 0] for X in swept(rows.X[:40], 0, np.linspace(-3, 3, 200))]  # type: ignore[attr-defined]
    assert name == "linear" or not all((high >= low).all() for low, high in pairwise(each))


@pytest.mark.parametrize("task", ["binary", "regression", "count"])
@pytest.mark.parametrize("name", sorted(FAST))
def test_what_the_rows_say_the_opposite_of_is_not_learnt(name: str, task: str) -> None:
    rows = problem(task, Constraints(monotone=(-1, 0, 0)))
    each = [fitted(name, rows).batch(X)[:, 0] for X in swept(rows.X[:40], 0, np.linspace(-3, 3, 9))]  # type: ignore[attr-defined]
    assert all((high <= low).all() for low, high in pairwise(each))


@pytest.mark.parametrize("name", ["lightgbm", "linear", "xgboost"])
def test_columns_of_other_groups_do_not_act_together(name: str) -> None:
    rows = problem("regression", Constraints(together=((0, 1), (2,))))
    evaluator = fitted(name, rows)
    X = rows.X[:60]
    low, high = swept(X, 2, np.array([-1.5, 1.5]))
    apart = evaluator.batch(high)[:, 0] - evaluator.batch(low)[:, 0]  # type: ignore[attr-defined]
    assert np.ptp(apart) < 1e-9  # the third column adds the same whatever the others say
    free = fitted(name, problem("regression", Constraints()))
    apart = free.batch(high)[:, 0] - free.batch(low)[:, 0]  # type: ignore[attr-defined]
    assert name == "linear" or np.ptp(apart) > 0.5


def test_a_family_that_cannot_is_left_out_with_its_reason() -> None:
    rows = problem("binary", Constraints(monotone=(1, 0, 0), together=((0,), (1, 2))))
    said = why_left_out(family("net"), rows)
    assert said is not None
    assert "search.monotone" in said
    assert "search.interactions" in said
    assert (
        why_left_out(family("catboost"), rows) == "left out: it cannot keep columns from acting together (search.interactions)"
    )
    assert why_left_out(family("net"), problem("binary", Constraints())) is None
