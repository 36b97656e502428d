"""What is tried: the default stays what it is, and a family that comes as an extra gets a few settings of its own."""

import operator
from collections import Counter

import pytest

from millwright.models import boosting
from millwright.models.net_schedule import scheduled
from millwright.records.modelling import Layer
from millwright.records.spec import SearchSpec
from millwright.search.portfolio import portfolio
from millwright.search.portfolio_layers import better_layer, differing, following


def test_extras_are_tried_only_where_they_are_asked_for() -> None:
    usual = portfolio(SearchSpec().families, "binary", 5000, 20)
    assert {config.family for config in usual} == {"baseline", "linear", "lightgbm", "net"}
    asked = portfolio(("catboost", "xgboost"), "multiclass", 5000, 20)
    assert Counter(config.family for config in asked) == {"baseline": 1, "catboost": 3, "xgboost": 3}
    assert len({config.name for config in asked}) == 7
    assert all(config.name.startswith(config.family) for config in asked)


@pytest.mark.parametrize(("family", "setting"), [("xgboost", "colsample_bytree"), ("catboost", "rsm")])
def test_rounds_are_bounded_by_our_names_and_wide_data_gets_thinner_samples(family: str, setting: str) -> None:
    for config in portfolio((family,), "binary", 5000, 20)[1:]:
        assert {"num_iterations", "early_stopping_rounds"} <= set(config.params) & set(boosting.OURS)
        assert float(config.params.get(setting, 1.0)) > 0.6
    assert all(float(config.params[setting]) == 0.6 for config in portfolio((family,), "binary", 5000, 61)[1:])


@pytest.mark.parametrize("rows", [60, 3_000, 30_000, 10_000_000])
@pytest.mark.parametrize("features", [3, 300])
def test_networks_take_as_many_steps_on_tables_of_any_size(rows: int, features: int) -> None:
    _, short, wide = portfolio(("net",), "binary", rows, features)
    assert (short.name, wide.name) == ("net short", "net wide")
    for config, steps in ((short, 1_024), (wide, 2_048)):
        plan = scheduled({**config.params, "num_threads": 1}, values=False)
        assert plan.epoch_rows * features <= max(1_500_000, 256 * features)
        taken = plan.epochs * max(min(rows * 2 // 3, plan.epoch_rows) // plan.batch, 1)
        assert taken < 1.6 * steps
        assert taken > 0.6 * steps or plan.epochs == 256
    assert wide.params["num_iterations"] > short.params["num_iterations"] or short.params["num_iterations"] == 256


def test_a_family_from_elsewhere_is_tried_once_with_its_own_defaults() -> None:
    (_, config) = portfolio(("elsewhere",), "binary", 5000, 20)
    assert (config.name, config.params) == ("elsewhere", {})


def test_families_take_turns_and_a_strangers_comes_first() -> None:
    names = [config.name for config in portfolio(("mine", "lightgbm", "net", "linear"), "binary", 5000, 20)]
    assert names[:6] == ["baseline", "mine", "linear", "lightgbm default", "lightgbm small-trees", "net short"]
    assert names[-1] == "lightgbm cautious"


def test_with_many_rows_networks_wait_for_trees_of_another_kind() -> None:
    asked = (*SearchSpec().families, "catboost", "xgboost")
    few, many = ([config.name for config in portfolio(asked, "binary", rows, 20)] for rows in (19_999, 20_000))
    assert few.index("net short") < few.index("catboost default")
    assert many.index("catboost default") < many.index("lightgbm random-splits") < many.index("net short")
    assert set(few) == set(many)


def test_with_many_rows_trees_that_grow_slowly_learn_faster() -> None:
    few, many = (portfolio(("catboost", "xgboost"), "binary", rows, 20)[1:] for rows in (19_999, 20_000))
    faster = {a.name for a, b in zip(few, many, strict=True) if a.params["learning_rate"] < b.params["learning_rate"] == 0.1}
    assert faster == {"catboost default", "catboost small-trees"}


LAYERS: tuple[Layer, ...] = ("plain",) * 10 + ("rich",) * 60 + ("generated",) * 3


def test_one_setting_is_tried_on_each_layer_of_features_where_they_differ() -> None:
    names = [config.name for config in portfolio(("lightgbm", "linear"), "binary", 5000, 73, LAYERS)]
    assert names[1:7] == [
        "linear",
        "lightgbm default",
        "lightgbm default on plain features",
        "lightgbm default on rich features",
        "lightgbm default on generated features",
        "lightgbm small-trees",
    ]
    usual = portfolio(("lightgbm", "linear"), "binary", 5000, 10, LAYERS[:10])
    assert usual == portfolio(("lightgbm", "linear"), "binary", 5000, 10)
    assert [differing(layers) for layers in (LAYERS[:70], LAYERS[:10], ("rich",))] == [("plain",), (), ()]
    assert portfolio(("linear",), "binary", 5000, 73, LAYERS) == portfolio(("linear",), "binary", 5000, 73)


def test_samples_of_features_are_as_thin_as_those_that_are_seen_ask_for() -> None:
    by_name = {config.name: config for config in portfolio(("lightgbm",), "binary", 5000, 73, LAYERS)}
    assert by_name["lightgbm default"].params["feature_fraction"] == 0.6
    assert by_name["lightgbm default on plain features"].params["feature_fraction"] == 0.9


def test_trees_follow_what_did_better_on_the_same_folds() -> None:
    _, every, plain, _rich, _generated, *others = portfolio(("lightgbm", "linear"), "binary", 5000, 73, LAYERS)[1:]
    less = operator.lt
    assert better_layer([(every, [0.3, 0.2]), (plain, [0.25])], less) == "plain"
    assert better_layer([(every, [0.3, 0.2]), (plain, [0.25, 0.5])], less) == "all"
    assert better_layer([(every, [0.3, 0.2]), (plain, [0.25])], operator.gt) == "all"
    assert better_layer([(every, [0.3, None]), (plain, [0.3, 0.1])], less) == "all"
    assert better_layer([(plain, [0.1])], less) == "all"
    assert better_layer([], less) == "all"
    small = others[0]
    assert (following(small, "plain").features, following(small, "plain").name) == ("plain", f"{small.name} on plain features")
    assert following(small, "all") is small
    assert following(plain, "rich") is plain
    linear = portfolio(("linear",), "binary", 5000, 73, LAYERS)[1]
    assert following(linear, "plain") is linear
