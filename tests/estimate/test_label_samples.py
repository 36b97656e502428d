"""Labels by request, by simulation: the interval holds at every look, the alarm is rare where nothing changed, and it comes."""

import numpy as np
import pytest
from estimate_worlds import ends, features, happened, holds, model, sigmoid
from hypothesis import given
from hypothesis import strategies as st

from millwright.estimate.before_labels import Labelled, Unlabelled
from millwright.estimate.betting import mean_sequence
from millwright.estimate.expected import expected_losses, row_losses
from millwright.estimate.label_sample import read_sample, sample_rows
from millwright.estimate.powered import powered_mean
from millwright.metrics.metric import Array
from millwright.metrics.ranking import roc_auc

REPEATS = 100
MOST_AT_5_PERCENT = 13
"""Of 100 events of 5 % more than 13 happen in fewer than one of 1,000 tests."""

LABELS = 200
WEIGHTS = np.array([1.5, 1.0, 0.8])


def asked(random: np.random.Generator, rows: int, *, turned: bool = False, shifted: bool = False) -> tuple[Array, Array]:
    """Truth and scores of a model with an AUC of 0.86, which is 0.59 where the concept turned."""
    X = random.normal(size=(rows, 3)) + ([0.5, -0.3, 0.3] if shifted else 0.0)
    odds = X @ WEIGHTS - 0.3
    return (random.random(rows) < sigmoid(0.18 * odds if turned else odds)).astype(float), sigmoid(odds)


def expected_of(said: Array) -> Array:
    return np.asarray(said * (1 - said) ** 2 + (1 - said) * said**2)


def alarms(*, turned: bool = False, shifted: bool = False) -> int:
    """Of 100 samples, those with an alarm at any of the looks after each of 200 labels, at a margin of a tenth of the loss."""
    found = 0
    for seed in range(REPEATS):
        y, said = asked(np.random.default_rng(seed), LABELS, turned=turned, shifted=shifted)
        reading = read_sample((y - said) ** 2, expected_of(said), level=0.9)
        found += bool((reading.low > 0.015).any())
    return found


def test_an_interval_of_a_mean_holds_at_all_looks_together() -> None:
    missed = 0
    for seed in range(REPEATS):
        draws = np.random.default_rng(seed).beta(1, 6, 150)
        low, high = mean_sequence(draws, np.zeros(150), np.ones(150))
        missed += bool(((low > 1 / 7) | (high < 1 / 7)).any())
    assert missed <= MOST_AT_5_PERCENT


def test_it_narrows_as_draws_come() -> None:
    low, high = mean_sequence(np.random.default_rng(0).beta(1, 6, 1000), np.zeros(1000), np.ones(1000))
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) <= 0).all()
    assert high[-1] - low[-1] < 0.04 < high[100] - low[100]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_it_stays_within_what_could_be(draws: list[float]) -> None:
    low, high = mean_sequence(np.array(draws), np.zeros(len(draws)), np.ones(len(draws)))
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert (low <= high).all()


def test_a_concept_that_turned_is_found_with_200_labels() -> None:
    y, said = asked(np.random.default_rng(0), 50_000, turned=True)
    assert roc_auc.value(y, said) == pytest.approx(0.59, abs=0.02)
    assert alarms(turned=True) >= 0.95 * REPEATS


def test_looking_after_every_label_raises_hardly_an_alarm_where_nothing_changed() -> None:
    assert alarms() <= MOST_AT_5_PERCENT


def test_harder_inputs_are_no_other_concept() -> None:
    assert alarms(shifted=True) <= MOST_AT_5_PERCENT


def test_labels_that_come_sooner_where_they_are_bad_raise_no_alarm() -> None:
    """Of all labels only those of large losses have come: read in any order they would prove what is not so."""
    found = 0
    for seed in range(REPEATS):
        random = np.random.default_rng(seed)
        y, said = asked(random, LABELS)
        losses = (y - said) ** 2
        late = (losses < 0.3) & (random.random(LABELS) < 0.7)
        reading = read_sample(np.where(late, np.nan, losses), expected_of(said), level=0.9)
        found += bool((reading.low > 0.015).any())
    assert found <= MOST_AT_5_PERCENT


def test_a_label_more_never_takes_a_loss_away() -> None:
    """The lower end with a label missing lies below the one with it, whatever it says: looking early cannot prove too much."""
    for seed in range(20):
        random = np.random.default_rng(seed)
        y, said = asked(random, LABELS, turned=seed % 2 == 0)
        losses = (y - said) ** 2
        some = np.where(random.random(LABELS) < 0.3, np.nan, losses)
        early, late = (read_sample(each, expected_of(said)).low for each in (some, losses))
        assert (early <= late[: len(early)] + 1e-9).all()


def test_the_last_label_that_has_come_is_the_last_that_is_read() -> None:
    reading = read_sample(np.array([0.1, np.nan, 0.2, np.nan]), np.full(4, 0.2))
    assert (len(reading.low), reading.gap.n) == (3, 2)
    assert reading.gap.value == pytest.approx(-0.05)
    assert read_sample(np.full(3, np.nan), np.full(3, 0.2)).gap.value is None


def test_what_is_expected_sharpens_the_mean_and_the_interval_holds() -> None:
    held, narrower = 0, 0
    for seed in range(REPEATS):
        random = np.random.default_rng(seed)
        expected = random.uniform(0, 0.5, 5000)
        losses = np.clip(expected + random.normal(0, 0.1, 5000), 0, 1)
        few = random.permutation(5000)[:100]
        spread = {"rows": 5000, "mean": float(expected.mean())}
        powered = powered_mean(losses[few], expected[few], variance=float(expected.var()), **spread)
        alone = powered_mean(losses[few], expected[few], variance=0.0, **spread)
        held += holds(powered, losses.mean())
        narrower += np.ptp(ends(powered)) < 0.8 * np.ptp(ends(alone))
    assert held >= REPEATS - MOST_AT_5_PERCENT
    assert narrower > 0.95 * REPEATS


@given(st.integers(2, 300), st.integers(1, 100), st.integers(0, 2**20), st.booleans())
def test_a_sample_has_no_row_twice_and_as_many_open_ones_as_asked_for(rows: int, wanted: int, seed: int, spread: bool) -> None:
    random = np.random.default_rng(seed)
    open_rows = random.random(rows) < 0.7
    open_rows[0] = True
    by = random.normal(size=rows) if spread else None
    drawn = sample_rows(rows, wanted, seed, open_rows=open_rows, by=by)
    assert len(set(drawn.tolist())) == len(drawn)
    assert (drawn >= 0).all()
    assert (drawn < rows).all()
    if by is None:
        assert open_rows[drawn].sum() == min(wanted, open_rows.sum())
    assert drawn.tolist() == sample_rows(rows, wanted, seed, open_rows=open_rows, by=by).tolist()


@pytest.mark.parametrize("by_score", [False, True])
def test_every_row_is_as_likely_to_be_drawn(by_score: bool) -> None:
    values = np.arange(50.0) ** 2
    times, first = np.zeros(50), np.zeros(50)
    for seed in range(2000):
        drawn = sample_rows(50, 10, seed, by=values if by_score else None)
        times[drawn] += 1
        first[drawn[0]] += 1
    assert times == pytest.approx(np.full(50, 400), abs=90)  # five standard deviations
    assert first == pytest.approx(np.full(50, 40), abs=35)


def test_what_is_expected_of_rows_follows_their_inputs() -> None:
    random = np.random.default_rng(4)
    X, new = features(random, 6000), features(random, 3000, shifted=True)
    y, truth = happened(random, X), happened(random, new)
    found = expected_losses("binary", Labelled(y, model(X), X), Unlabelled(model(new), new))
    true = row_losses("binary", truth, model(new), 1.0)
    assert found.asked.mean() == pytest.approx(true.mean(), abs=0.01)
    assert np.corrcoef(found.asked, true)[0, 1] > 0.15
    values = 2 * X[:, 0] + random.normal(size=6000)
    capped = expected_losses("regression", Labelled(values, 2 * X[:, 0], X), Unlabelled(2 * new[:, 0], new))
    assert capped.unit == pytest.approx(np.quantile(np.abs(values - 2 * X[:, 0]), 0.99))
    assert capped.reference.max() == 1.0
    assert (capped.asked <= 1).all()
