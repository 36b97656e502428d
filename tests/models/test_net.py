"""A small network: its gradients, its plan, its exact sums, its file, and what it learns."""

import json
from array import array
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learnt import problems
from threadpoolctl import threadpool_limits

from millwright.errors import DataRefused, PackageRefused
from millwright.metrics.probability import log_loss
from millwright.models.constant import BaselineFamily
from millwright.models.evaluator import load_evaluator
from millwright.models.family import Fitted, Problem
from millwright.models.linear import LinearFamily
from millwright.models.net import NetFamily
from millwright.models.net_evaluator import NetEvaluator
from millwright.models.net_file import FILE, GRID, REACH, NetModel, read, written
from millwright.models.net_inputs import learnt_inputs
from millwright.models.net_layers import begun
from millwright.models.net_schedule import CYCLES, scheduled
from millwright.models.net_training import BIASES, SCALING, WEIGHTS, Adam, losses, slope_of
from millwright.records.spec import Scalar, TaskName
from millwright.tasks.registry import task

QUICK: dict[str, Scalar] = {"num_iterations": 8, "units": 24, "pieces": 6}
ODD = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1e308, -1e308, 5e-324, 255.0, 0.5, -1.0, 3.0, 1e9)


def fit(
    problem: Problem,
    params: dict[str, Scalar] = QUICK,
    valid: Problem | None = None,
    keep_going: Callable[[], bool] = lambda: True,
) -> Fitted:
    return NetFamily().fit(problem, params, valid=valid, seed=3, keep_going=keep_going)


def loss(fitted: Fitted, problem: Problem) -> float:
    raw = load_evaluator(fitted.evaluator, fitted.files).batch(problem.X)
    return log_loss.score(problem.y, task(problem.task).link(raw), np.ones(len(problem.y)))


@cache
def digits() -> tuple[Problem, Problem, Problem]:
    """Scanned digits, 8 by 8 grey values: what fits, what validates, what is judged on."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    names = tuple(f"pixel {at}" for at in range(64))
    first, second, third = (Problem(X[at::3], y[at::3].astype(np.float64), "multiclass", 10, names, ()) for at in range(3))
    return first, second, third


@cache
def quick(sample: str) -> NetModel:
    problem, valid = problems(sample)
    return read(fit(problem, QUICK, valid).files)


@pytest.mark.parametrize(("kind", "outputs"), [("binary", 1), ("multiclass", 4), ("regression", 1)])
def test_gradients_are_what_small_steps_say(kind: TaskName, outputs: int) -> None:
    rng = np.random.default_rng(5)
    rows = rng.standard_normal((40, 6), np.float32)
    y = rng.integers(0, max(outputs, 2), 40).astype(np.float32)
    network = begun((6, 9, 7, outputs), rows, rng)
    vector = network.parameters.vector
    network.parameters.layers[-1].weights[:] = rng.standard_normal((7, outputs))
    network.parameters.scaling[:] = rng.uniform(0.5, 1.5, 6)
    network.descend(slope_of(network.trained(rows, 0.0, rng), y, kind))
    found = network.gradient.vector.copy()

    def total() -> float:
        return float(losses(network.outputs(rows), y, kind).astype(np.float64).mean())

    for at in [*range(6), *rng.choice(len(vector), 60, replace=False).tolist()]:
        kept = vector[at]
        ends = []
        for step in (0.01, -0.01):
            vector[at] = kept + np.float32(step)
            ends.append(total())
        vector[at] = kept
        assert found[at] == pytest.approx((ends[0] - ends[1]) / 0.02, rel=0.03, abs=3e-4)


def test_dropped_units_pass_nothing_back_and_the_mean_on() -> None:
    rng = np.random.default_rng(5)
    rows = rng.standard_normal((2_000, 4), np.float32)
    network = begun((4, 32, 3), rows, rng)
    network.parameters.layers[-1].weights[:] = rng.standard_normal((32, 3))
    whole = network.outputs(rows)
    dropped = network.trained(rows, 0.25, rng)
    assert np.abs(dropped - whole).mean() > 0.1
    assert np.allclose(dropped.mean(axis=0), whole.mean(axis=0), atol=0.1)


def test_steps_are_those_of_adam_with_decay_apart() -> None:
    rng = np.random.default_rng(5)
    network = begun((3, 4, 2), rng.standard_normal((20, 3), np.float32), rng)
    plan = scheduled({"learning_rate": 0.1, "weight_decay": 0.5}, values=False)
    adam, vector = Adam(network, plan), network.parameters.vector
    own = network.parameters.spread(SCALING, WEIGHTS, BIASES).astype(np.float64) * 0.1
    decay = network.parameters.spread(SCALING, WEIGHTS, 0.0).astype(np.float64) * 0.1 * 0.5
    expected, mean, square = vector.astype(np.float64), 0.0, 0.0
    for step, rate in enumerate((1.0, 0.5, 0.25, 1.0), 1):
        gradient = rng.standard_normal(len(vector))
        network.gradient.vector[:] = gradient
        adam.step(rate, 0.8)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.95 * square + 0.05 * gradient**2
        expected *= 1.0 - rate * 0.8 * decay
        expected -= rate * own * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.95**step)) + 1e-8)
    assert np.allclose(vector, expected, rtol=1e-4, atol=1e-5)


@given(st.integers(1, 300))
def test_each_cycle_begins_and_ends_at_rest(epochs: int) -> None:
    plan = scheduled({"num_iterations": epochs}, values=False)
    ends = plan.ends
    assert len(ends) == CYCLES
    assert sorted(ends) == list(ends)
    assert ends[-1] == epochs
    for end in ends:
        assert plan.rate_at(end) == pytest.approx(0.0, abs=1e-9)
        assert plan.rate_at(end - 1e-6) == pytest.approx(0.0, abs=1e-4)
    assert max(plan.rate_at(epochs * share / 200) for share in range(200)) <= 1.0
    assert plan.held(0.0) == 1.0
    assert plan.held(epochs) == pytest.approx(0.0)


def test_threads_and_repeats_change_no_byte() -> None:
    problem, valid = problems("adult.parquet")
    made = []
    for threads in (1, 2, 1):
        with threadpool_limits(threads, "blas"):
            made.append(fit(problem, QUICK, valid))
    assert made[0] == made[1] == made[2]
    assert fit(problem, {**QUICK, "num_threads": 2}, valid) == made[0]
    other = NetFamily().fit(problem, QUICK, valid=valid, seed=4, keep_going=lambda: True)
    assert other.files != made[0].files


SAMPLES = ("adult.parquet", "bike_sharing.parquet", "kddcup99.parquet", "bechdel_movies.csv")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_row_and_any_batch_with_any_threads_get_the_same_bits(data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(SAMPLES))
    evaluator, (_, rows) = NetEvaluator(quick(sample)), problems(sample)
    size = data.draw(st.integers(1, 700))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    X = rows.X[rng.integers(0, len(rows.X), size)]
    X = np.where(rng.random(X.shape) < data.draw(st.sampled_from([0.0, 0.1, 1.0])), rng.choice(ODD, X.shape), X)
    alone = np.array([evaluator.row(array("d", values)) for values in X[:20].tolist()])
    with threadpool_limits(data.draw(st.integers(1, 2)), "blas"):
        many = evaluator.batch(np.asfortranarray(X) if data.draw(st.booleans()) else X)
    assert np.isfinite(many).all()
    assert many[:20].tobytes() == alone.tobytes()
    order = rng.permutation(size)
    assert evaluator.batch(X[order]).tobytes() == many[order].tobytes()


def test_sums_are_exact() -> None:
    """The first hidden layer by Python's own whole numbers, which round nothing."""
    model = quick("adult.parquet")
    first, second, *_ = model.layers
    rng = np.random.default_rng(3)
    carried = rng.integers(-(2**17), int(REACH), (50, second.weights.shape[1]))
    exact = [[sum(int(w) * int(a) for w, a in zip(unit, row, strict=True)) for unit in second.weights] for row in carried]
    assert (carried.astype(np.float64) @ second.weights.T.astype(np.float64)).astype(int).tolist() == exact
    assert np.abs(second.weights).max() > 2**18  # and the grid is a fine one
    assert first.weights.shape[1] == model.inputs.dense


def test_whole_numbers_answer_as_the_network_that_was_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    import millwright.models.net as net

    kept = {}

    def watched(network, rows, features, outputs):  # type: ignore[no-untyped-def]
        kept["network"], kept["outputs"] = network, outputs
        return exported(network, rows, features, outputs)

    exported = net.exported
    monkeypatch.setattr(net, "exported", watched)
    problem, _ = problems("bike_sharing.parquet")
    fitted = fit(problem)
    found = load_evaluator("net", fitted.files).batch(problem.X)[:, 0]
    scale, centre = kept["outputs"][:2]
    inputs = read(fitted.files).inputs
    values = inputs.values(inputs.scaled(problem.X).astype(np.float32))
    given_ = np.concatenate([values, np.zeros((len(values), 1), np.float32)], axis=1)
    trained = kept["network"].outputs(given_)[:, 0] * scale + centre
    assert np.abs(found - trained).max() < 1e-3 * problem.y.std()


def test_it_learns_what_bends() -> None:
    first, valid, judged = digits()
    fitted = fit(first, {"num_iterations": 30, "pieces": 4, "batch_rows": 64}, valid)
    linear = LinearFamily().fit(first, {"max_iter": 25}, valid=None, seed=3, keep_going=lambda: True)
    assert loss(fitted, judged) < 0.9 * loss(linear, judged)


def test_a_refit_goes_through_the_whole_schedule_in_the_epochs_that_were_best() -> None:
    problem, valid = problems("german_credit.parquet")
    stopped = fit(problem, {**QUICK, "num_iterations": 60}, valid)
    assert stopped.iterations is not None
    assert 1 <= stopped.iterations < 60
    calls = count()
    refit = fit(
        problem, {**QUICK, "num_iterations": stopped.iterations, "batch_rows": 100}, None, lambda: bool(next(calls) + 1)
    )
    assert refit.iterations == stopped.iterations
    assert next(calls) == stopped.iterations * 5  # 500 rows


def test_a_cycle_that_ends_no_better_than_the_one_before_is_the_last() -> None:
    problem, valid = problems("german_credit.parquet")
    steps = count()
    fit(problem, {"num_iterations": 60, "units": 64, "pieces": 16, "batch_rows": 32}, valid, lambda: bool(next(steps) + 1))
    assert next(steps) == 28 * 16  # the third of four cycles; 15 steps and a look at `valid` each epoch


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("steps", [1, 4, 20])
def test_a_deadline_leaves_a_model_and_is_not_asked_again(validated: bool, steps: int) -> None:
    problem, valid = problems("adult.parquet")
    calls = count(1)
    cut = fit(problem, QUICK, valid if validated else None, lambda: next(calls) < steps)
    assert next(calls) == steps + 1
    assert cut.iterations is not None
    assert cut.iterations < 8
    baseline = BaselineFamily().fit(problem, {}, valid=None, seed=3, keep_going=lambda: True)
    assert loss(cut, valid) < loss(baseline, valid) + (0.01 if steps == 1 else 0.0)


def test_what_was_never_seen_adds_nothing_and_what_is_missing_is_the_median() -> None:
    X = np.array([[1.0, 0.0], [2.0, 1.0], [3.0, 2.0], [4.0, 0.0], [5.0, 1.0]] * 20)
    inputs = learnt_inputs(X, (1,), 4)
    assert inputs.places(np.array([[0.0, np.nan], [0.0, 2.0], [0.0, 3.0], [0.0, -1.0], [0.0, np.inf]])).tolist() == [
        [3], [2], [4], [4], [4],
    ]  # fmt: skip
    known, gone = (inputs.values(inputs.scaled(np.array([[value, 0.0]]))) for value in (3.0, np.nan))
    assert known.tolist() == gone.tolist()
    holes = learnt_inputs(np.where(X == 5.0, np.nan, X), (1,), 4)
    assert holes.marked.tolist() == [0]
    assert holes.values(holes.scaled(np.array([[np.nan, 0.0], [1.0, 0.0]])))[:, 1].tolist() == [1.0, 0.0]
    problem = Problem(X, (X[:, 1] > 0.0).astype(np.float64), "binary", 2, ("a", "b"), (1,))
    model = read(fit(problem).files)
    assert not model.table[3].any()  # no row lacked its level
    assert model.table[:3].any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_infinity=False), min_size=3, max_size=40), st.lists(st.floats(), min_size=1, max_size=20))
def test_inputs_are_bounded_whatever_comes(learnt: list[float], asked: list[float]) -> None:
    inputs = learnt_inputs(np.array(learnt)[:, None], (), 8)
    values = inputs.values(inputs.scaled(np.array(asked)[:, None]))
    assert np.isfinite(values).all()
    assert np.abs(values[:, 0]).max() <= 3.0
    assert ((values[:, 1:] >= 0.0) & (values[:, 1:] <= 1.0)).all()


def test_the_file_holds_the_network() -> None:
    model = quick("adult.parquet")
    again = read({FILE: written(model)})
    assert written(again) == written(model)
    for one, other in zip(again.layers, model.layers, strict=True):
        assert one.exponent == other.exponent
        assert (one.weights == other.weights).all()


def _broken() -> dict[str, bytes]:
    model = quick("adult.parquet")
    whole, (first, *others) = written(model), model.layers
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 0xFF
    nan = replace(first, biases=first.biases * np.nan)
    huge = replace(others[0], weights=np.full_like(others[0].weights, 2**30))
    objects = BytesIO()
    np.savez(objects, features=np.array([{}], object))
    return {
        "empty": b"",
        "text": json.dumps({"features": 3}).encode(),
        "truncated": whole[: len(whole) // 2],
        "damaged": bytes(damaged),
        "pickled": objects.getvalue(),
        "not finite": written(replace(model, layers=(nan, *others))),
        "sums too large": written(replace(model, layers=(first, huge, *others[1:]))),
        "layers": written(replace(model, layers=(first, *others[1:-1], first))),
        "one layer": written(replace(model, layers=(first,))),
        "another kind": written(replace(model, table=model.table.astype(np.int64))),
        "a place too far": written(replace(model, features=3)),
        "a last line that is not zero": written(replace(model, table=model.table[::-1].copy())),
        "no line of zeros": written(replace(model, table=model.table[:-1])),
        "a scale of 0": written(replace(model, inputs=replace(model.inputs, scales=model.inputs.scales * 0.0))),
        "a piece too far": written(replace(model, inputs=replace(model.inputs, pieced=model.inputs.pieced + 99))),
        "pieces out of order": written(replace(model, inputs=replace(model.inputs, starts=model.inputs.starts[::-1].copy()))),
        "means": written(replace(model, means=model.means[1:])),
        "outputs": written(replace(model, outputs=model.outputs[:3])),
    }


def test_broken_files_are_refused_in_words() -> None:
    with pytest.raises(PackageRefused, match="missing"):
        NetEvaluator.load({})
    for name, content in _broken().items():
        with pytest.raises(PackageRefused, match=r"not a network|do not fit") as raised:
            NetEvaluator.load({FILE: content})
        assert raised.value.where == FILE, name


@pytest.mark.parametrize(
    "params",
    [
        {"units": "many"},
        {"unit": 3},
        {"num_iterations": 0},
        {"dropout": 1.0},
        {"learning_rate": float("nan")},
        {"batch_rows": 2.5},
    ],
)
def test_settings_that_are_none_are_refused(params: dict[str, Scalar]) -> None:
    problem, _ = problems("german_credit.parquet")
    with pytest.raises(DataRefused, match=next(iter(params))):
        fit(problem, params)


def test_what_cannot_be_learnt_is_refused() -> None:
    problem, _ = problems("adult.parquet")
    with pytest.raises(DataRefused, match="no rows"):
        fit(replace(problem, X=problem.X[:0], y=problem.y[:0]))
    with pytest.raises(DataRefused, match="two classes"):
        fit(replace(problem, y=problem.y * 0.0))
    with pytest.raises(DataRefused, match="large"):
        fit(replace(problem, task="regression", y=problem.X[:, 0] * 1e305))
    with pytest.raises(DataRefused, match="converge"):
        fit(problem, {**QUICK, "learning_rate": 10.0, "weight_decay": 1.0, "num_iterations": 200})


def test_values_stay_near_those_that_were_learnt() -> None:
    problem, _ = problems("bike_sharing.parquet")
    low, high = problem.y.min(), problem.y.max()
    found = load_evaluator("net", fit(problem).files).batch(np.where(np.isnan(problem.X), 1e9, problem.X * 1e6))
    assert low - 0.11 * (high - low) < found.min()
    assert found.max() < high + 0.11 * (high - low)
    assert GRID == 16


@pytest.mark.parametrize("sample", SAMPLES)
def test_contributions_add_up_and_are_the_same_alone(sample: str) -> None:
    evaluator, (_, rows) = NetEvaluator(quick(sample)), problems(sample)
    X = np.vstack([rows.X[:60], np.full((1, rows.X.shape[1]), np.nan)])
    found, raw = evaluator.contributions(X), evaluator.batch(X)
    assert found.shape == (61, evaluator.width, X.shape[1] + 1)
    assert np.abs(found.sum(axis=2) - raw).max() <= 1e-9 * max(np.abs(raw).max(), 1.0)
    assert (found[:, :, -1] == found[0, :, -1]).all()
    assert evaluator.contributions(X[7:8]).tobytes() == found[7:8].tobytes()
    unused = sorted(set(range(X.shape[1])) - evaluator.used())
    assert not found[:, :, unused].any()


def test_contributions_say_what_counts() -> None:
    """Of two numbers one says it all; and of a line, each its part."""
    rng = np.random.default_rng(3)
    X = rng.uniform(-1.0, 1.0, (800, 3))
    problem = Problem(X, 3.0 * X[:, 0] - X[:, 1], "regression", 0, ("a", "b", "c"), ())
    evaluator = NetEvaluator(read(fit(problem, {"num_iterations": 40, "units": 32, "pieces": 0, "batch_rows": 64}).files))
    parts = evaluator.contributions(X[:200])[:, 0]
    assert np.corrcoef(parts[:, 0], X[:200, 0])[0, 1] > 0.95
    assert np.corrcoef(parts[:, 1], X[:200, 1])[0, 1] < -0.9
    assert np.abs(parts[:, 2]).mean() < 0.1 * np.abs(parts[:, 0]).mean()
