"""What is drawn of a model is the model: its pieces sum to its raw scores, and its branches hold every row once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.models.evaluator import load_evaluator
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.models.lightgbm_trees import Node
from millwright.models.readable import readable, steps
from millwright.models.readable_words import Meaning, meanings_of, plain
from millwright.records.modelling import Calibrator, Encoder, FeaturePlan
from millwright.search.portfolio_readable import DEPTH, LEAVES
from millwright.search.portfolio_readable import readable as configurations

PLAN = FeaturePlan(
    encoders=(
        Encoder(column="age", kind="number", outputs=("age",)),
        Encoder(column="town", kind="category", outputs=("town",), levels=("Ulm", "Jena", "Bonn")),
        Encoder(column="seen", kind="date", outputs=("seen.hour", "seen.weekday"), parts=("hour", "weekday")),
        Encoder(column="insured", kind="boolean", outputs=("insured",)),
    ),
    features=("age", "town", "seen.hour", "seen.weekday", "insured"),
    categorical=(1,),
)
SIGMOID = Calibrator(kind="sigmoid")


def rows(n=900, seed=3):
    rng = np.random.default_rng(seed)
    X = np.column_stack(
        [rng.normal(40, 12, n), rng.integers(0, 4, n), rng.integers(0, 24, n), rng.integers(0, 7, n), rng.integers(0, 2, n)]
    ).astype(float)
    X[::13, 0] = X[::17, 1] = np.nan
    return X


def problem(task="binary", classes=2):
    X, rng = rows(), np.random.default_rng(4)
    score = 0.05 * np.nan_to_num(X[:, 0]) + 1.2 * (X[:, 1] == 1) - 0.1 * X[:, 2] + X[:, 4] + rng.normal(size=len(X))
    y = score if task == "regression" else np.digitize(score, np.quantile(score, np.arange(1, classes) / classes)).astype(float)
    return Problem(X=X, y=y, task=task, classes=classes, features=PLAN.features, categorical=PLAN.categorical)


def config(kind, task="binary"):
    return next(c for c in configurations(("linear", "lightgbm"), task, 900, 5) if c.name.startswith(kind))


def fitted(kind, on):
    chosen = config(kind, on.task)
    made = family(chosen.family).fit(
        on, {**chosen.params, "num_iterations": 1 if kind == "tree" else 60}, valid=None, seed=1, keep_going=lambda: True
    )
    return load_evaluator(made.evaluator, made.files), made.files


def drawn(shape, value):
    """What the picture of a shape says of a value."""
    if np.isnan(value):
        return shape.missing
    if shape.levels:
        return shape.levels[int(value)][1] if value < len(shape.levels) else None
    if shape.slanted:
        (low, high), (first, last) = shape.edges, shape.values
        return first + (np.clip(value, low, high) - low) / (high - low) * (last - first)
    return shape.values[int(np.searchsorted(shape.edges, value, side="left"))]


def test_a_column_of_which_only_being_there_counts_is_drawn_as_that():
    age = meanings_of(PLAN)[0]
    there = Node(feature=0, threshold=np.inf, left=-1, right=-2, default_left=False, missing="nan")
    assert age.sides(there) == ("age is there", "age is missing")
    shape = steps(age, [(there, 0.5, -1.0)])
    assert (shape.edges, shape.levels, shape.missing) == ((), (("there", 0.5),), -1.0)
    half = Node(feature=0, threshold=3.0, left=-1, right=-2, default_left=True, missing="nan")
    both = steps(age, [(there, 0.5, -1.0), (half, 0.25, -0.25)])
    assert (both.edges, both.values, both.missing) == ((3.0,), (0.75, 0.25), -0.75)


@pytest.mark.parametrize("kind", ["additive", "linear"])
@pytest.mark.parametrize(("task", "classes"), [("binary", 2), ("multiclass", 3), ("regression", 0)])
def test_what_is_drawn_sums_to_the_raw_score_and_each_curve_is_what_the_column_contributes(kind, task, classes):
    on = problem(task, classes)
    evaluator, files = fitted(kind, on)
    models = readable(files, PLAN, SIGMOID, [str(k) for k in range(classes)])
    raw, contributions = evaluator.batch(on.X), evaluator.contributions(on.X)
    assert len(models) == evaluator.width
    for score, model in enumerate(models):
        assert model.kind == kind
        assert model.of == (str(score) if classes > 2 else "")
        total = np.full(len(on.X), model.base)
        for shape in model.shapes:
            place = PLAN.features.index(shape.feature)
            adds = np.array([drawn(shape, value) for value in on.X[:, place]])
            assert adds == pytest.approx(contributions[:, score, place], abs=1e-9)
            total += adds
        assert total == pytest.approx(raw[:, score], abs=1e-9)
        assert sum(shape.weight for shape in model.shapes) == pytest.approx(1.0)


def test_a_tree_is_small_says_the_share_of_its_rows_and_holds_each_once():
    on = problem()
    evaluator, files = fitted("tree", on)
    (model,) = readable(files, PLAN, SIGMOID, ("no", "yes"))
    leaves = [branch for branch in model.branches if branch.answer is not None]
    assert 2 <= len(leaves) <= LEAVES
    assert max(branch.depth for branch in model.branches) <= DEPTH
    assert sum(branch.rows for branch in leaves) == pytest.approx(1.0)
    said = 1.0 / (1.0 + np.exp(-evaluator.batch(on.X)[:, 0]))
    for answer in np.unique(said):
        here = said == answer
        leaf = min(leaves, key=lambda one: abs(one.answer - answer))
        assert leaf.rows == pytest.approx(here.mean())
        assert leaf.answer == pytest.approx((on.y[here].sum() + on.y.mean()) / (here.sum() + 1), abs=1e-9)


def test_a_model_of_many_trees_is_not_drawn():
    on = problem()
    made = family("lightgbm").fit(on, {"num_iterations": 3}, valid=None, seed=1, keep_going=lambda: True)
    assert readable(made.files, PLAN, SIGMOID, ("no", "yes")) == ()


def test_conditions_are_in_words_of_the_columns():
    age, town, hour, _, insured = meanings_of(PLAN)

    def node(feature, **more):
        return Node(
            **{"feature": feature, "threshold": 0.5, "left": -1, "right": -2, "default_left": True, "missing": "none", **more}
        )

    assert age.sides(node(0, threshold=29.5, missing="nan")) == ("age ≤ 29.5 or missing", "age > 29.5")
    assert age.sides(node(0, threshold=29.5, missing="nan", default_left=False)) == ("age ≤ 29.5", "age > 29.5 or missing")
    assert hour.sides(node(2, threshold=16.5))[0] == "seen (hour) ≤ 16.5"
    assert insured.sides(node(4)) == ("insured is no", "insured is yes")
    assert town.sides(node(1, members=(1,))) == ("town is Jena", "town is anything else")
    assert town.sides(node(1, members=(0, 1, 3))) == ("town is anything else", "town is Bonn or missing")
    assert Meaning("x", "x").title == "x"


@given(st.floats(-1e300, 1e300))
@settings(deadline=None)
def test_a_threshold_is_said_so_that_it_is_read_as_the_same_number_nearly(value):
    assert float(plain(value)) == pytest.approx(value, rel=1e-9, abs=1e-30)
