"""Thousands of rows are scored quicker and get the same bits; whatever scores them has to prove it."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from learnt import problems
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models import bulk, tree_table, twins
from millwright.models.bulk import BULK_FROM, TRIED_ROWS, WORTH_FROM, BulkEvaluator
from millwright.models.bulk import _seconds as measured
from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.families import family
from millwright.models.lightgbm_native import LightGBMEvaluator
from millwright.models.onnx_evaluator import OnnxEvaluator
from millwright.models.tree_bits import TreeBits

SAMPLES = ("german_credit.parquet", "kddcup99.parquet", "bike_sharing.parquet")


@pytest.fixture(autouse=True)
def pace(monkeypatch: pytest.MonkeyPatch) -> dict[type, int]:
    """How long evaluators take to be tried; others longer."""
    taken: dict[type, int] = {TreeBits: 1, OnnxEvaluator: 2}
    monkeypatch.setattr(bulk, "_seconds", lambda evaluator, X: taken.get(type(evaluator), 3) if len(X) == TRIED_ROWS else 0)
    return taken


@cache
def learnt(sample: str, kind: str = "lightgbm") -> tuple[Evaluator, BulkEvaluator, NDArray[Any]]:
    """A model, the way of many rows to it, and enough rows, some of them with values missing or unheard of."""
    problem, valid = problems(sample)
    model = family(kind).fit(problem, {"num_iterations": 20}, valid=None, seed=1, keep_going=lambda: True)
    evaluator = load_evaluator(model.evaluator, dict(model.files))
    X = np.resize(valid.X, (WORTH_FROM + 7, valid.X.shape[1])).copy()
    odd = np.random.default_rng(5).random(X.shape) < 0.1
    X[odd] = np.random.default_rng(6).choice([np.nan, 0.0, 1e6], int(odd.sum()))
    return evaluator, BulkEvaluator(evaluator, model.evaluator, dict(model.files)), X


@pytest.mark.parametrize("sample", SAMPLES)
def test_many_rows_get_the_bits_of_few(sample: str) -> None:
    evaluator, many, X = learnt(sample)
    assert many.batch(X).tobytes() == evaluator.batch(X).tobytes()
    assert isinstance(many.twin, TreeBits), "it is the quickest one that scored them"
    assert many.batch(X[:10]).tobytes() == evaluator.batch(X[:10]).tobytes()


def test_a_twin_is_made_once_enough_rows_came(pace: dict[type, int]) -> None:
    evaluator, _, X = learnt(SAMPLES[0])
    many = BulkEvaluator(evaluator, "lightgbm", dict(_files(SAMPLES[0])))
    part = X[:BULK_FROM]
    for _ in range(WORTH_FROM // BULK_FROM - 1):
        many.batch(X[: BULK_FROM - 1])
        many.batch(part)
        assert many.twin is None
    assert many.batch(part).tobytes() == evaluator.batch(part).tobytes()
    assert isinstance(many.twin, TreeBits)


def test_the_quickest_on_these_rows_scores_them(pace: dict[type, int]) -> None:
    evaluator, _, X = learnt(SAMPLES[0])
    for kind, took in ((OnnxEvaluator, 0), (LightGBMEvaluator, -1)):
        pace[kind] = took
        many = BulkEvaluator(evaluator, "lightgbm", dict(_files(SAMPLES[0])))
        assert many.batch(X).tobytes() == evaluator.batch(X).tobytes()
        assert isinstance(many.twin, kind) if kind is OnnxEvaluator else many.twin is None


def test_the_time_of_an_evaluator_is_the_best_of_some() -> None:
    evaluator, _, X = learnt(SAMPLES[0])
    assert 0 < measured(evaluator, X[:1]) < measured(evaluator, X)


def test_a_twin_that_differs_by_one_bit_is_not_believed_again() -> None:
    evaluator, _, X = learnt(SAMPLES[0])
    many = BulkEvaluator(evaluator, "lightgbm", dict(_files(SAMPLES[0])))
    many.batch(X)

    class Liar:
        width = 1
        asked = 0

        def batch(self, X: NDArray[Any]) -> NDArray[Any]:
            self.asked += 1
            return np.nextafter(evaluator.batch(X), 9.0)

    liar: Any = Liar()
    many.twin = liar
    for _ in range(2):
        assert many.batch(X).tobytes() == evaluator.batch(X).tobytes()
    assert (liar.asked, many.twin) == (1, None)


def test_without_one_twin_another_scores_and_without_any_the_evaluator(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluator, _, X = learnt(SAMPLES[0])
    monkeypatch.setattr(tree_table, "MOST_BYTES", 0)
    many = BulkEvaluator(evaluator, "lightgbm", dict(_files(SAMPLES[0])))
    assert many.batch(X).tobytes() == evaluator.batch(X).tobytes()
    assert isinstance(many.twin, OnnxEvaluator)
    monkeypatch.setattr(twins, "find_spec", lambda name: None)
    many = BulkEvaluator(evaluator, "lightgbm", dict(_files(SAMPLES[0])))
    assert many.batch(X).tobytes() == evaluator.batch(X).tobytes()
    assert many.twin is None


def test_other_models_and_trees_that_cannot_be_written_have_no_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluator, many, X = learnt(SAMPLES[0], "linear")
    assert many.batch(X).tobytes() == evaluator.batch(X).tobytes()
    assert many.twin is None

    def refuse(*_: object) -> bytes:
        raise PackageRefused("not these trees")

    monkeypatch.setattr(twins, "read_trees", refuse)
    monkeypatch.setattr("millwright.models.onnx_model.onnx_model", refuse)
    trees, _, X = learnt(SAMPLES[0])
    many = BulkEvaluator(trees, "lightgbm", dict(_files(SAMPLES[0])))
    assert many.batch(X).tobytes() == trees.batch(X).tobytes()


@cache
def _files(sample: str) -> tuple[tuple[str, bytes], ...]:
    problem, _ = problems(sample)
    model = family("lightgbm").fit(problem, {"num_iterations": 20}, valid=None, seed=1, keep_going=lambda: True)
    return tuple(model.files.items())
