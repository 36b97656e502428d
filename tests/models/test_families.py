"""What every family promises, on every sample."""

import subprocess
import sys
from array import array
from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
from boosted import EXTRA
from learnt import TASKS, problems

from millwright.errors import DataRefused, NotFound, PackageRefused
from millwright.metrics.probability import log_loss
from millwright.metrics.values import rmse
from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.families import families, family
from millwright.models.family import Fitted, Problem
from millwright.records.spec import Scalar
from millwright.tasks.registry import task

QUICK: dict[str, dict[str, Scalar]] = {
    "lightgbm": {"num_iterations": 30, "learning_rate": 0.2},
    "xgboost": {"num_iterations": 30, "learning_rate": 0.2},
    "catboost": {"num_iterations": 30, "learning_rate": 0.2},
    "net": {"num_iterations": 12, "units": 32, "pieces": 8, "batch_rows": 64},
}
LEARNING = ("linear", "lightgbm", "net", *EXTRA)
BOOSTED = ("lightgbm", *EXTRA)
ODD = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1e308, -1e308, 1e-36, 5e-324, 1e-35, 255.0, 0.5, -1.0)


def fit(name: str, problem: Problem, valid: Problem | None = None, keep_going: Callable[[], bool] = lambda: True) -> Fitted:
    return family(name).fit(problem, QUICK.get(name, {}), valid=valid, seed=3, keep_going=keep_going)


def evaluator(fitted: Fitted) -> Evaluator:
    return load_evaluator(fitted.evaluator, {f"model/{path}": content for path, content in fitted.files.items()})


def loss(fitted: Fitted, problem: Problem) -> float:
    kind = task(problem.task)
    output = kind.link(evaluator(fitted).batch(problem.X))
    metric = rmse if problem.task == "regression" else log_loss
    return metric.score(problem.y, output, np.ones(len(problem.y)))


@pytest.mark.parametrize("name", ["baseline", *LEARNING])
@pytest.mark.parametrize("sample", TASKS)
def test_a_row_and_a_batch_get_the_same_bits(name: str, sample: str) -> None:
    problem, valid = problems(sample)
    scorer = evaluator(fit(name, problem, valid))
    odd = np.array([[value] * valid.X.shape[1] for value in ODD])
    X = np.vstack([valid.X[:300], odd])
    many = scorer.batch(X)
    assert many.shape == (len(X), scorer.width)
    assert many.dtype == np.float64
    assert np.isfinite(many).all()
    rows = [scorer.row(array("d", values)) for values in X.tolist()]
    assert many.tobytes() == np.array(rows).tobytes()
    assert scorer.batch(X[5:6]).tobytes() == many[5:6].tobytes()
    assert scorer.batch(np.asfortranarray(X)).tobytes() == many.tobytes()
    assert scorer.batch(X[:0]).shape == (0, scorer.width)


@pytest.mark.parametrize("name", LEARNING)
@pytest.mark.parametrize("sample", TASKS)
def test_every_family_beats_the_baseline_on_rows_it_did_not_see(name: str, sample: str) -> None:
    problem, valid = problems(sample)
    assert loss(fit(name, problem, valid), valid) < loss(fit("baseline", problem), valid)


@pytest.mark.parametrize("name", ["baseline", *LEARNING])
def test_the_same_problem_gives_the_same_bytes(name: str) -> None:
    problem, valid = problems("adult.parquet")
    assert fit(name, problem, valid) == fit(name, problem, valid)


def test_threads_change_no_byte() -> None:
    problem, _ = problems("adult.parquet")
    one, two = (
        family("lightgbm").fit(problem, {"num_iterations": 6, "num_threads": n}, valid=None, seed=3, keep_going=lambda: True)
        for n in (1, 2)
    )
    assert one == two


@pytest.mark.parametrize("name", BOOSTED)
def test_early_stopping_keeps_the_trees_up_to_the_best_round(name: str) -> None:
    problem, valid = problems("german_credit.parquet")
    fast: dict[str, Scalar] = {"num_iterations": 400, "early_stopping_rounds": 10, "learning_rate": 0.3}
    rounds = count(1)
    stopped = family(name).fit(problem, fast, valid=valid, seed=3, keep_going=lambda: bool(next(rounds)))
    assert stopped.iterations is not None
    assert 1 <= stopped.iterations < 100
    assert next(rounds) - 1 == stopped.iterations + 10  # it waited that long for a better one
    refit = family(name).fit(
        problem, fast | {"num_iterations": stopped.iterations}, valid=None, seed=3, keep_going=lambda: True
    )
    assert refit.files == stopped.files


@pytest.mark.parametrize("name", BOOSTED)
def test_rounds_that_were_planned_change_no_tree(name: str) -> None:
    problem, _ = problems("german_credit.parquet")
    calls = count(1)
    cut, planned = (
        family(name).fit(problem, {"num_iterations": rounds}, valid=None, seed=3, keep_going=lambda: next(calls) != 8)
        for rounds in (300, 8)
    )
    assert cut == planned


@pytest.mark.parametrize("name", EXTRA)
def test_the_seed_counts(name: str) -> None:
    problem, _ = problems("german_credit.parquet")
    halves: dict[str, Scalar] = {"num_iterations": 5, "subsample": 0.5}
    one, other = (family(name).fit(problem, halves, valid=None, seed=seed, keep_going=lambda: True) for seed in (1, 2))
    assert one.files != other.files


@pytest.mark.parametrize("name", BOOSTED)
def test_a_class_that_only_the_validation_rows_have_stops_nothing(name: str) -> None:
    hours, later = problems("bike_sharing.parquet")
    first, second = (np.digitize(part.y, np.quantile(hours.y, [0.3, 0.6])).astype(np.float64) for part in (hours, later))
    kept = first != 1
    some = Problem(hours.X[kept], first[kept], "multiclass", 3, hours.features, hours.categorical)
    valid = Problem(later.X, second, "multiclass", 3, hours.features, hours.categorical)
    fitted = fit(name, some, valid)
    assert fitted.iterations is not None
    assert task("multiclass").link(evaluator(fitted).batch(later.X))[:, 1].max() < 0.05


@pytest.mark.parametrize("name", LEARNING)
def test_a_deadline_leaves_a_model(name: str) -> None:
    problem, valid = problems("adult.parquet")
    calls = count()
    cut = fit(name, problem, valid, keep_going=lambda: next(calls) < 4)
    assert cut.iterations in (None, 1 if name == "net" else 5)  # an epoch of a network has many steps
    assert loss(cut, valid) < loss(fit("baseline", problem), valid)


@pytest.mark.parametrize("name", ["baseline", *LEARNING])
@pytest.mark.parametrize("present", [(0, 1, 2, 4), (0, 4)])
def test_a_class_without_rows_is_never_likely(name: str, present: tuple[int, ...]) -> None:
    hours, _ = problems("bike_sharing.parquet")
    band = np.digitize(hours.y, np.quantile(hours.y, [0.2, 0.4, 0.6, 0.8])).astype(np.float64)
    kept = np.isin(band, present)
    some = Problem(hours.X[kept], band[kept], "multiclass", 5, hours.features, hours.categorical)
    output = task("multiclass").link(evaluator(fit(name, some)).batch(hours.X))
    assert output.shape == (len(hours.y), 5)
    assert output[:, 3].max() < 0.01
    assert output[:, 0].mean() > 0.1


def test_problems_that_cannot_be_learnt_are_refused_in_words() -> None:
    problem, _ = problems("adult.parquet")
    none = Problem(problem.X[:0], problem.y[:0], "binary", 2, problem.features, problem.categorical)
    one = Problem(problem.X, problem.y * 0.0, "binary", 2, problem.features, problem.categorical)
    for name in ("baseline", "linear", "lightgbm", "net"):
        with pytest.raises(DataRefused):
            fit(name, none)
    for name in ("linear", "net"):
        with pytest.raises(DataRefused, match="two classes"):
            fit(name, one)
    with pytest.raises(DataRefused, match="LightGBM"):
        family("lightgbm").fit(problem, {"num_leaves": "many"}, valid=None, seed=3, keep_going=lambda: True)


REFUSED: dict[str, list[dict[str, Scalar]]] = {
    "xgboost": [{"max_depth": "many"}, {"depht": 3}, {"booster": "dart"}, {"booster": "gblinear"}, {"nthread": 4},
                {"objective": "rank:pairwise"}, {"multi_strategy": "multi_output_tree"}],
    "catboost": [{"depth": "many"}, {"depht": 3}, {"grow_policy": "Lossguide"}, {"iterations": 4}, {"loss_function": "RMSE"},
                 {"thread_count": 2}, {"task_type": "GPU"}],
}  # fmt: skip


@pytest.mark.parametrize("name", EXTRA)
def test_what_cannot_be_learnt_or_kept_by_an_extra_is_refused_in_words(name: str) -> None:
    problem, valid = problems("adult.parquet")
    none = Problem(problem.X[:0], problem.y[:0], "binary", 2, problem.features, problem.categorical)
    with pytest.raises(DataRefused, match="no rows"):
        fit(name, none)
    for params in REFUSED[name]:
        with pytest.raises(DataRefused, match=r"(XGBoost|CatBoost): .*" + next(iter(params))):
            family(name).fit(problem, params, valid=valid, seed=3, keep_going=lambda: True)


@pytest.mark.parametrize("name", EXTRA[:1])
def test_an_error_of_the_library_is_told_without_its_stack(name: str) -> None:
    problem, _ = problems("adult.parquet")
    with pytest.raises(DataRefused) as raised:
        family(name).fit(problem, {"tree_method": "exact"}, valid=None, seed=3, keep_going=lambda: True)
    assert raised.value.what.startswith("XGBoost: Updater ")
    assert raised.value.what.endswith("doesn't support categorical features.")


def test_an_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, _ = problems("adult.parquet")
    for name in ("xgboost", "catboost"):
        monkeypatch.setattr("millwright.models.families.find_spec", lambda _: None)
        with pytest.raises(NotFound) as raised:
            fit(name, problem)
        assert raised.value.code == "family.missing"
        assert raised.value.fix == f'pip install "millwright[{name}]"'


@pytest.mark.parametrize("name", BOOSTED)
def test_column_names_are_free(name: str) -> None:
    problem, _ = problems("ai4i2020.csv")
    assert "Torque [Nm]" in problem.features
    assert {name for name, _ in fit(name, problem).importance} == set(problem.features)


@pytest.mark.parametrize("name", LEARNING)
def test_importances_are_shares(name: str) -> None:
    problem, _ = problems("bike_sharing.parquet")
    shares = dict(fit(name, problem).importance)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares["registered"] > 0.3


def test_a_vector_of_another_length_is_refused_before_it_reaches_native_code() -> None:
    problem, _ = problems("german_credit.parquet")
    for name in ("linear", "lightgbm", "net"):
        scorer = evaluator(fit(name, problem))
        for width in (0, problem.X.shape[1] - 1, problem.X.shape[1] + 1):
            with pytest.raises(ValueError):
                scorer.row(array("d", [0.0] * width))
            with pytest.raises(ValueError):
                scorer.batch(np.zeros((2, width)))
    with pytest.raises(ValueError):
        scorer.row(array("f", [0.0] * problem.X.shape[1]))  # type: ignore[arg-type]


def test_the_families_come_in_by_the_door() -> None:
    assert {"baseline", "linear", "lightgbm", "net", "xgboost", "catboost"} <= set(families())
    with pytest.raises(NotFound, match="linear"):
        family("liner")


def test_an_unknown_evaluator_is_refused() -> None:
    with pytest.raises(PackageRefused, match="lightgbm"):
        load_evaluator("lightgm", {})


def test_the_door_imports_nothing_heavy() -> None:
    code = """
import sys
from millwright.models.families import family
for name in ("baseline", "linear", "lightgbm", "net", "xgboost", "catboost"):
    family(name)
print([m for m in ("pandas", "sklearn", "scipy", "lightgbm", "duckdb", "xgboost", "catboost") if m in sys.modules])
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
