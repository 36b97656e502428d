"""A small sample of the benchmark of planted causes: real flights that ship with the package, one cause at a time."""

from functools import cache

import numpy as np
import pytest
from attribution import KINDS, Tally, first_columns, flights
from planted import Planted, World, plant

from millwright.attribute.attribution import attribute
from millwright.attribute.rows import Terms
from millwright.data.columns import take
from millwright.metrics.probability import log_loss
from millwright.records.attributing import Attribution


@cache
def world() -> World:
    columns, y = flights()
    some = np.random.default_rng(3).permutation(len(y))[:18_000]
    return World.of(take(columns, some), y[some], np.random.default_rng(4), (5_000, 5_000, 8_000))


def said_of(planted: Planted) -> Attribution:
    return attribute(world().before, planted.rows, world().answer, Terms(metric=log_loss))


@pytest.mark.parametrize("name", ["unit", "missing", "covariate", "label", "concept_slice", "serving"])
def test_a_cause_planted_in_real_flights_is_told(name: str) -> None:
    planted = plant(name, world(), np.random.default_rng(12))
    found = said_of(planted)
    assert found.leading == KINDS[name] == planted.kind
    assert not planted.columns or set(planted.columns) & set(first_columns(found))
    whole = sum(part.part.value or 0.0 for part in found.kinds)
    assert whole == pytest.approx(found.change.value, abs=1e-9)


def test_flights_in_which_nothing_was_planted_have_nothing_attributed() -> None:
    tally = Tally()
    planted = Planted("nothing", "", (), world().now)
    tally.add(planted, said_of(planted))
    assert tally.right("nothing") == 1
    assert "within noise" in tally.table().splitlines()[0]
