"""When the models of the folds answer together, and what that costs."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from millwright.records.modelling import FoldFit
from millwright.search.bags import Price, answers_as_bag, together
from millwright.search.bench import Bench
from millwright.search.goal import ANY, MOST_BYTES, MOST_MICROSECONDS

FIT = FoldFit(
    fold=0,
    score=0.5,
    train_score=0.4,
    iterations=10,
    seconds=1.0,
    row_us=20.0,
    size=1_000,
    raw="",
    evaluator="lightgbm",
    files={},
)


def bench(*, fits: int | None = None, **asked: Any) -> Bench:
    return cast(Bench, SimpleNamespace(budget=SimpleNamespace(fits=fits), **{"goal": ANY, "estimates_time": False, **asked}))


def test_five_small_models_answer_together_where_no_row_is_later_than_another() -> None:
    assert answers_as_bag(bench(bags=True), [FIT] * 5)
    assert not answers_as_bag(bench(bags=False), [FIT] * 5)
    assert not answers_as_bag(bench(bags=True), [FIT]), "one model is fitted on all rows rather"


@pytest.mark.parametrize("change", [{"row_us": MOST_MICROSECONDS / 4}, {"size": MOST_BYTES // 4}, {"evaluator": "linear"}])
def test_slow_large_and_linear_ones_are_fitted_once_more(change: dict[str, Any]) -> None:
    fits = [replace(FIT, **change)] * 5
    assert not answers_as_bag(bench(bags=True), fits)
    price = Price.of(bench(bags=True), fits)
    assert (price.microseconds, price.size) == (fits[0].row_us, fits[0].size)


def test_a_bag_costs_what_its_models_do_and_several_what_all_do() -> None:
    one = Price.of(bench(bags=True), [FIT] * 5)
    assert (one.microseconds, one.size) == (100.0, 5_000)
    assert together([one] * 4).is_small(bench())
    assert not together([one] * 5).is_small(bench())
    assert together([one] * 5).is_small(bench(fits=20)), "no measured time decides where fits are counted"
