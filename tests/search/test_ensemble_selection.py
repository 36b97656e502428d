"""Which models are chosen to answer together, and that noise chooses none."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from millwright.metrics.registry import metric
from millwright.search.ensemble import SCORES, Shelf, choose, helpful
from millwright.search.trial import Judge
from millwright.tasks.registry import task

Array = NDArray[Any]


def on_and_on() -> bool:
    return True


def shelf(rng: np.random.Generator, noises: list[list[Array]], truth: list[Array], name: str = "rmse") -> Shelf:
    """Models that give the truth and a noise of their own, fold by fold."""
    raw = tuple(tuple((y + noise)[:, None] for y, noise in zip(truth, own, strict=True)) for own in noises)
    return Shelf(Judge(metric(name), task("regression").link), tuple(truth), raw)


def equally_good(seed: int, models: int, folds: int = 3, rows: int = 400) -> Shelf:
    """Models of which each errs by as much, and by itself."""
    rng = np.random.default_rng(seed)
    truth = [rng.normal(size=rows) for _ in range(folds)]
    return shelf(rng, [[rng.normal(size=rows) for _ in truth] for _ in range(models)], truth)


def test_models_that_err_each_by_itself_are_weighed_alike() -> None:
    weights = choose(equally_good(1, 4, rows=5_000), 4, on_and_on)
    assert weights is not None
    assert sum(weights) == pytest.approx(1.0)
    assert all(0.15 < weight < 0.35 for weight in weights)


@pytest.mark.parametrize("most", [2, 3])
def test_no_more_than_so_many_answer(most: int) -> None:
    weights = choose(equally_good(1, 5), most, on_and_on)
    assert weights is not None
    assert sum(weight > 0 for weight in weights) == most


def test_a_model_that_errs_twice_as_much_weighs_less() -> None:
    rng = np.random.default_rng(4)
    truth = [rng.normal(size=5_000) for _ in range(3)]
    found = shelf(rng, [[scale * rng.normal(size=5_000) for _ in truth] for scale in (1.0, 2.0)], truth)
    weights = choose(found, 2, on_and_on)
    assert weights == pytest.approx((0.8, 0.2), abs=0.06), "the inverse of the variances: 4 to 1"


def test_of_members_the_one_of_most_weight_is_named_first() -> None:
    rng = np.random.default_rng(4)
    truth = [rng.normal(size=4_000)]
    noises = [[size * rng.normal(size=4_000)] for size in (1.0, 2.0, 0.9, 9.0)]
    assert helpful(shelf(rng, noises, truth), 3) == [2, 0, 1]


def test_the_same_model_twice_is_one_model() -> None:
    rng = np.random.default_rng(4)
    truth = [rng.normal(size=300) for _ in range(3)]
    noise = [rng.normal(size=300) for _ in truth]
    assert choose(shelf(rng, [noise, noise], truth), 2, on_and_on) is None


def test_noise_is_seldom_taken_for_better() -> None:
    """Under the null each further model is the best one and some noise: an ensemble can only look better by chance."""
    taken = 0
    for seed in range(100, 130):
        rng = np.random.default_rng(seed)
        truth = [rng.normal(size=120) for _ in range(4)]
        first = [rng.normal(size=120) for _ in truth]
        others = [[noise + 0.6 * rng.normal(size=120) for noise in first] for _ in range(3)]
        taken += choose(shelf(rng, [first, *others], truth), 4, on_and_on) is not None
    assert taken <= 5, "judged on the folds that they were chosen on, every second one looks better"


def test_it_is_judged_on_folds_that_had_no_say() -> None:
    """One model is better by far on the first fold and the last, the other on the second: what one asks for harms another."""
    truth = [np.zeros(200)] * 3
    near, far = np.full(200, 0.1), np.full(200, 3.0)
    found = shelf(np.random.default_rng(0), [[near, far, near], [far, near, far]], truth)
    assert choose(found, 2, on_and_on) is None


def test_the_best_model_has_no_say_in_what_it_is_judged_on_either() -> None:
    """Each of six equally good models is the best somewhere by chance: they answer together although none beats that one."""
    taken = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        truth = [(rng.random(120) < 0.5).astype(float) for _ in range(5)]
        common = [2.5 * rng.normal(size=120) for _ in truth]
        own = [
            [2 * y - 1 + shared + 1.0 * rng.normal(size=120) for y, shared in zip(truth, common, strict=True)] for _ in range(6)
        ]
        raw = tuple(tuple(said[:, None] for said in each) for each in own)
        found = Shelf(Judge(metric("roc_auc"), task("binary").link), tuple(truth), raw)
        best = max(range(6), key=lambda place: float(np.mean(found.scores([float(at == place) for at in range(6)]))))
        ordered = (raw[best], *(one for place, one in enumerate(raw) if place != best))
        taken += choose(Shelf(found.judge, found.y, ordered), 6, on_and_on) is not None
    assert taken >= 8


def test_one_fold_proves_nothing() -> None:
    assert choose(equally_good(1, 4, folds=1), 4, on_and_on) is None
    assert choose(equally_good(1, 1), 4, on_and_on) is None


def test_a_fold_on_which_the_metric_is_not_defined_is_left_out() -> None:
    rng = np.random.default_rng(2)
    y = [(rng.random(2_000) < 0.5).astype(float) for _ in range(2)] + [np.ones(50)]
    raw = tuple(tuple((2 * of - 1 + 2 * rng.normal(size=len(of)))[:, None] for of in y) for _ in range(3))
    found = Shelf(Judge(metric("roc_auc"), task("binary").link), tuple(y), raw)
    weights = choose(found, 3, on_and_on)
    assert weights is not None
    assert np.isnan(found.scores(weights)[2])
    assert np.mean(found.scores(weights)[:2]) > np.mean(found.scores((1.0, 0.0, 0.0))[:2])


def test_time_that_is_up_leaves_the_best_one() -> None:
    assert choose(equally_good(1, 4), 4, lambda: False) is None


def test_large_folds_are_thinned_to_choose_and_judged_whole() -> None:
    found = equally_good(3, 2, rows=SCORES)
    assert sum(len(y) for y in found.thinned(SCORES).y) == pytest.approx(SCORES, abs=3)
    assert choose(found, 2, on_and_on) == choose(found.thinned(SCORES), 2, on_and_on)
    assert found.thinned(10**9).y[0] is not None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(2, 4), st.sampled_from(["rmse", "mae", "r2"]))
def test_what_is_chosen_is_better_on_the_folds_and_the_same_again(seed: int, models: int, most: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    truth = [rng.normal(size=60) for _ in range(3)]
    scales = rng.uniform(0.5, 3.0, models)
    found = shelf(rng, [[scale * rng.normal(size=60) for _ in truth] for scale in scales], truth, name)
    best = min(
        range(models),
        key=lambda at: (-1 if name == "r2" else 1) * np.mean([found.score(_alone(at, models), f) for f in range(3)]),
    )
    order = [best, *(at for at in range(models) if at != best)]
    found = Shelf(found.judge, found.y, tuple(found.raw[at] for at in order))
    weights = choose(found, most, on_and_on)
    assert weights == choose(found, most, on_and_on)
    if weights is not None:
        assert min(weights) >= 0
        assert sum(weights) == pytest.approx(1.0)
        assert 2 <= sum(weight > 0 for weight in weights) <= most
        alone = np.mean(found.scores(_alone(0, models)))
        assert found.judge.metric.better(float(np.mean(found.scores(weights))), float(alone))


def _alone(at: int, models: int) -> tuple[float, ...]:
    return tuple(float(place == at) for place in range(models))


def test_what_would_cost_too_much_together_is_not_taken() -> None:
    def cheap(weights: Sequence[float]) -> bool:
        return sum(price for price, weight in zip((3, 3, 1, 1, 1), weights, strict=True) if weight) <= 5

    weights = choose(equally_good(1, 5), 5, on_and_on, cheap)
    assert weights is not None
    assert cheap(weights)
    assert sum(weight > 0 for weight in weights) == 3
    assert choose(equally_good(1, 5), 5, on_and_on, lambda weights: sum(map(bool, weights)) < 2) is None
