"""What is tried: the default stays what it is, and a family that comes as an extra gets a few settings of its own."""

from collections import Counter

import pytest

from millwright.models import boosting
from millwright.models.net_schedule import scheduled
from millwright.records.spec import SearchSpec
from millwright.search.portfolio import portfolio


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
