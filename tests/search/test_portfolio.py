"""What is tried: the default stays what it is, and a family that comes as an extra gets a few settings of its own."""

import pytest

from millwright.models import boosting
from millwright.records.spec import SearchSpec
from millwright.search.portfolio import portfolio


def test_extras_are_tried_only_where_they_are_asked_for() -> None:
    usual = portfolio(SearchSpec().families, "binary", 5000, 20)
    assert {config.family for config in usual} == {"baseline", "linear", "lightgbm"}
    asked = portfolio(("catboost", "xgboost"), "multiclass", 5000, 20)
    assert [config.family for config in asked] == ["baseline", *["catboost"] * 3, *["xgboost"] * 3]
    assert len({config.name for config in asked}) == 7
    assert all(config.name.startswith(config.family) for config in asked)


@pytest.mark.parametrize(("family", "setting"), [("xgboost", "colsample_bytree"), ("catboost", "rsm")])
def test_rounds_are_bounded_by_our_names_and_wide_data_gets_thinner_samples(family: str, setting: str) -> None:
    for config in portfolio((family,), "binary", 5000, 20)[1:]:
        assert {"num_iterations", "early_stopping_rounds"} <= set(config.params) & set(boosting.OURS)
        assert float(config.params.get(setting, 1.0)) > 0.6
    assert all(float(config.params[setting]) == 0.6 for config in portfolio((family,), "binary", 5000, 61)[1:])


def test_a_family_from_elsewhere_is_tried_once_with_its_own_defaults() -> None:
    (_, config) = portfolio(("elsewhere",), "binary", 5000, 20)
    assert (config.name, config.params) == ("elsewhere", {})
