"""Target means: shrunken as far as the data ask for, and never made of a row's own outcome."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_fit import encoded, texts

from millwright.features.credibility import shrunken_means
from millwright.features.fit import fit_plan
from millwright.features.means import MOST_CLASSES, TargetMeans, outcomes
from millwright.records.codec import from_json, to_json
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import FeaturePlan

CITIES = Contract(columns=(ContractColumn(name="c", kind="category"),))
HASHED = Contract(columns=(ContractColumn(name="c", kind="category", pii=True),))


def cities(rows: int, levels: int, seed: int = 1) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """A category whose levels differ in their mean, which is their number."""
    number = np.random.default_rng(seed).integers(0, levels, rows)
    return {"c": texts(*(f"city {at}" for at in number.tolist()))}, number.astype(float)


def test_a_level_with_many_rows_keeps_its_mean_and_one_never_seen_has_that_of_all() -> None:
    columns, y = cities(3_000, 12)
    plan = fit_plan(columns, CITIES, y=y + np.random.default_rng(2).normal(0, 0.1, 3_000))
    at = plan.features.index("c.mean")
    found = [row[at] for row in encoded(from_json(FeaturePlan, to_json(plan)), texts("city 0", "city 11", "Atlantis"))]
    assert found == pytest.approx([0.0, 11.0, y.mean()], abs=0.05)


def test_means_are_drawn_to_that_of_all_as_far_as_levels_differ_by_chance() -> None:
    rng = np.random.default_rng(3)
    codes = rng.permutation(np.arange(1_000) % 200)
    noise = shrunken_means(codes, rng.normal(0, 1, (1_000, 1)), 200)
    apart = shrunken_means(codes, rng.normal(0, 1, (1_000, 1)) + codes[:, None] % 7, 200)
    raw = np.bincount(codes, weights=codes % 7) / np.bincount(codes)
    assert np.ptp(noise) < 0.2
    assert np.corrcoef(apart[:-1, 0], raw)[0, 1] > 0.95


def test_the_shrinkage_is_near_the_best_there_is() -> None:
    """Over tables whose levels differ little, some and much, no fixed m comes as near to means that are known."""
    rng, fixed, ours = np.random.default_rng(4), [], []
    for _ in range(60):
        truth = rng.normal(0, rng.choice([0.1, 0.5, 2.0]), 100)
        codes = rng.integers(0, 100, 600)
        y = truth[codes] + rng.normal(0, 1, 600)
        rows, sums = np.bincount(codes, minlength=100), np.bincount(codes, weights=y - y.mean(), minlength=100)
        fixed.append([((y.mean() + sums / (rows + m) - truth) ** 2).mean() for m in (0.3, 1, 3, 10, 30, 100, 1000)])
        ours.append(((shrunken_means(codes, y[:, None], 100)[:-1, 0] - truth) ** 2).mean())
    assert np.log(ours).mean() < np.log(fixed).mean(axis=0).min()


def test_each_of_three_classes_has_its_mean_and_too_many_have_none() -> None:
    columns, number = cities(2_000, 12)
    plan = fit_plan(columns, CITIES, y=number % 3, classes=("red", "green", "blue"))
    assert plan.features == ("c", "c.mean:red", "c.mean:green", "c.mean:blue")
    assert encoded(plan, texts("city 1"))[0][1:] == pytest.approx([0.0, 1.0, 0.0], abs=0.02)
    names = tuple(map(str, range(MOST_CLASSES + 1)))
    assert fit_plan(columns, CITIES, y=number % 11, classes=names).features == ("c",)


def test_few_levels_or_no_outcomes_bring_no_means() -> None:
    columns, number = cities(500, 10)
    assert fit_plan(columns, CITIES, y=number).features == ("c",)
    columns, number = cities(500, 12)
    assert fit_plan(columns, CITIES).features == ("c",)


def test_levels_of_a_personal_column_stay_hashed() -> None:
    columns, y = cities(500, 12)
    plain, personal = (fit_plan(columns, contract, y=y, salt="s") for contract in (CITIES, HASHED))
    assert b"city" not in to_json(personal)
    at = plain.features.index("c.mean")
    asked = texts("city 3", "city 9", "Atlantis")
    assert [row[at] for row in encoded(personal, asked)] == [row[at] for row in encoded(plain, asked)]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_value_of_a_row_is_made_of_outcomes_of_its_part(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    n, classes = 80, data.draw(st.sampled_from([0, 2, 3]))
    columns, number = cities(n, 14, seed=int(rng.integers(1_000)))
    columns["c"][rng.random(n) < 0.1] = None
    y = number % classes if classes else number
    plan = fit_plan(columns, CITIES, y=y, classes=tuple("xyz"[:classes]))
    parts = rng.integers(0, data.draw(st.integers(1, 5)), n)
    rows = rng.permutation(n)[:60]
    part = int(data.draw(st.sampled_from(sorted(set(parts[rows].tolist())))))
    other = np.where(parts == part, rng.integers(0, classes or 99, n), y).astype(float)
    outside = np.where(np.isin(np.arange(n), rows), other, rng.integers(0, classes or 99, n)).astype(float)
    before, after = (TargetMeans(plan, columns, of, classes).cross_fitted(rows, parts) for of in (y, outside))
    own = parts[rows] == part
    np.testing.assert_array_equal(before[own], after[own])


def test_what_is_served_is_what_all_training_rows_say() -> None:
    columns, y = cities(400, 15)
    columns["c"][:9] = None
    plan = fit_plan(columns, CITIES, y=y)
    everyone = np.arange(400)
    found = TargetMeans(plan, columns, y, 0).seen_from(everyone, everyone)
    served = [row[plan.features.index("c.mean")] for row in encoded(plan, columns["c"])]
    assert np.isnan(served[:9]).all()
    np.testing.assert_array_equal(found[:, 0], served)


def test_outcomes_of_two_classes_are_the_share_of_the_second() -> None:
    found = outcomes(np.array([0.0, 1.0]), 2)
    assert found is not None
    assert found.tolist() == [[0.0], [1.0]]
