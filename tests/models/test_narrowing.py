"""A model that was fitted on some of the features takes all of them, and says what it says of those it has seen."""

from array import array
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from boosted import EXTRA
from learnt import problems

from millwright.errors import DataRefused
from millwright.models.contributions import Explains
from millwright.models.ensemble import join
from millwright.models.evaluator import load_evaluator
from millwright.models.families import family
from millwright.models.family import Fitted, Problem
from millwright.models.lightgbm_text import FILE
from millwright.models.narrowing import NARROWED, narrowed, places_of, seeing, widened
from millwright.records.modelling import Layer
from millwright.records.spec import Scalar

ALL = [*EXTRA, *(name for name in NARROWED if name not in ("xgboost", "catboost"))]
SAMPLES = ("adult.parquet", "kddcup99.parquet", "bike_sharing.parquet")
FEW: Mapping[str, Scalar] = {"num_iterations": 8}


@cache
def layered(sample: str) -> tuple[Problem, Problem]:
    """Every third feature is generated, every third rich."""
    layers: tuple[Layer, ...] = ("rich", "plain", "generated")
    first, second = problems(sample)
    of = tuple(layers[place % 3] for place in range(len(first.features)))
    return replace(first, layers=of), replace(second, layers=of)


@cache
def fitted(sample: str, name: str) -> Fitted:
    rows, valid = layered(sample)
    return seeing(family(name), "plain").fit(rows, FEW, valid=valid, seed=1, keep_going=lambda: True)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("sample", SAMPLES)
def test_it_says_of_all_features_what_it_says_of_those_it_was_fitted_on(sample: str, name: str) -> None:
    rows, valid = layered(sample)
    places = places_of(rows.layers, "plain")
    few, checked = narrowed(rows, places), narrowed(valid, places)
    alone = family(name).fit(few, FEW, valid=checked, seed=1, keep_going=lambda: True)
    model = load_evaluator(fitted(sample, name).evaluator, fitted(sample, name).files)
    X = valid.X[:300]
    raw = model.batch(np.ascontiguousarray(X))
    assert raw.tobytes() == load_evaluator(alone.evaluator, alone.files).batch(checked.X[:300]).tobytes()
    assert raw.tolist() == [model.row(array("d", row)) for row in X.tolist()]
    noise = np.where(np.isin(np.arange(X.shape[1]), places), X, 77.0)
    assert model.batch(noise).tobytes() == raw.tobytes()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("sample", SAMPLES)
def test_what_it_explains_and_names_are_the_features_it_has_seen(sample: str, name: str) -> None:
    rows, valid = layered(sample)
    made, seen = fitted(sample, name), set(places_of(rows.layers, "plain"))
    model = load_evaluator(made.evaluator, made.files)
    assert isinstance(model, Explains)
    assert model.used()
    assert model.used() <= seen
    parts = model.contributions(valid.X[:50])
    assert (parts[:, :, [place for place in range(len(rows.features)) if place not in seen]] == 0.0).all()
    assert np.allclose(parts.sum(axis=2), model.batch(valid.X[:50]), atol=1e-6)
    assert {feature for feature, _ in made.importance} == {rows.features[place] for place in seen}


def test_models_of_other_features_are_joined_as_models_of_trees() -> None:
    rows, valid = layered("adult.parquet")
    each = [
        seeing(family("lightgbm"), seen).fit(rows, FEW, valid=valid, seed=1, keep_going=lambda: True)
        for seen in ("all", "plain", "generated")
    ]
    together = join([(0.5, each[0]), (0.25, each[1]), (0.25, each[2])])
    assert together.evaluator == "lightgbm"
    X = valid.X[:200]
    said = [load_evaluator(one.evaluator, one.files).batch(X) for one in each]
    whole = load_evaluator("lightgbm", together.files).batch(X)
    assert np.allclose(whole, 0.5 * said[0] + 0.25 * said[1] + 0.25 * said[2])
    assert len({one.tobytes() for one in said}) == 3


def test_what_sees_all_or_nothing_is_the_familys_own_fit() -> None:
    rows, valid = layered("bike_sharing.parquet")
    own = family("lightgbm").fit(rows, FEW, valid=valid, seed=1, keep_going=lambda: True)
    plain = tuple("plain" for _ in rows.features)
    rich = tuple("rich" for _ in rows.features)
    for layers in (plain, rich, ()):
        problem = replace(rows, layers=layers)
        found = seeing(family("lightgbm"), "plain").fit(problem, FEW, valid=valid, seed=1, keep_going=lambda: True)
        assert found.files == own.files


def test_constraints_that_a_text_keeps_stand_at_their_features() -> None:
    rows, _ = layered("bike_sharing.parquet")
    places = places_of(rows.layers, "plain")
    settings = {**FEW, "monotone_constraints": ",".join("1" for _ in places)}
    made = seeing(family("lightgbm"), "plain").fit(rows, settings, valid=None, seed=1, keep_going=lambda: True)
    (line,) = [line for line in made.files[FILE].decode().splitlines() if line.startswith("monotone_constraints=")]
    assert line.partition("=")[2].split() == ["1" if at in places else "0" for at in range(len(rows.features))]


def test_a_model_of_another_kind_is_refused() -> None:
    with pytest.raises(DataRefused, match="on some of the features"):
        widened(Fitted({}, "constant", None), (0,), 3)
