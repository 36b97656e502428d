"""Quantiles keep their share on rows not seen, never cross, and are judged by the pinball loss."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.errors import DataRefused, PackageRefused
from millwright.evaluate.bootstrap import Resamples
from millwright.evaluate.quantiles import Quantiled, fit_quantiles, judged_quantiles, pinball, plain_quantiles
from millwright.records.modelling import Calibrator, PayloadInfo, QuantileBands
from millwright.tasks.quantiles import check_quantiles, level_name
from millwright.tasks.registry import task

LEVELS = (0.1, 0.5, 0.9)


def info(bands: QuantileBands | None) -> PayloadInfo:
    return PayloadInfo(
        project="p", task="regression", target="y", evaluator="e", model_files=(), calibrator=Calibrator(kind="identity"),
        quantiles=bands,
    )  # fmt: skip


def rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Truths that spread more the larger the predicted value is."""
    random = np.random.default_rng(seed)
    said = random.uniform(1, 20, n)
    return said + said * random.normal(size=n) / 4, said


def test_they_hold_their_share_in_every_band_and_beat_one_for_all() -> None:
    bands = fit_quantiles(*rows(6_000, 1), LEVELS)
    assert bands is not None
    assert len(bands.offsets) == 10
    y, said = rows(6_000, 2)
    answered = task("regression").answers(said, info(bands))
    each = tuple(answered[f"quantile {level_name(level)}"] for level in LEVELS)
    plain = plain_quantiles(rows(6_000, 1)[0], LEVELS)
    found = judged_quantiles(y, Quantiled(LEVELS, each, plain), Resamples.draw(len(y), None, 200, 7), 0.95)
    for one in found:
        assert one.below.value == pytest.approx(one.level, abs=0.02)
        assert (one.better_by.low or 0.0) > 0
    for low, high in ((1, 6), (14, 20)):
        part = (said > low) & (said < high)
        assert [(y[part] <= quantile[part]).mean() for quantile in each] == pytest.approx(LEVELS, abs=0.035)


def test_weights_move_them() -> None:
    y, said = np.concatenate([np.zeros(500), np.ones(500)]), np.zeros(1_000)
    weight = np.where(y > 0, 4.0, 0.25)
    plain, weighted = fit_quantiles(y, said, (0.3,)), fit_quantiles(y, said, (0.3,), weight)
    assert plain is not None
    assert weighted is not None
    assert (plain.offsets[0][0], weighted.offsets[0][0]) == (0.0, 1.0)
    assert plain_quantiles(y, (0.3,), weight) == (1.0,)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 9_999), n=st.integers(60, 400), kind=st.sampled_from(["regression", "count"]))
def test_a_row_and_a_batch_say_the_same_and_none_cross(seed: int, n: int, kind: str) -> None:
    random = np.random.default_rng(seed)
    said = random.gamma(1.0, 4.0, n)
    bands = fit_quantiles(random.poisson(said).astype(float), said, (0.05, 0.25, 0.5, 0.95))
    about, ours = replace(info(bands), task=kind), task(kind)  # type: ignore[arg-type]
    many = ours.answers(said, about)
    for at in range(0, n, 7):
        one = ours.answer([float(said[at])], about)["quantiles"]
        assert one == {level: many[f"quantile {level}"][at] for level in one}
        assert list(one.values()) == sorted(one.values())
        assert kind == "regression" or min(one.values()) >= 0.0


def test_too_few_rows_are_refused_and_no_levels_are_none() -> None:
    with pytest.raises(DataRefused, match="too few to tell quantiles"):
        fit_quantiles(*rows(40, 1), (0.01,))
    assert fit_quantiles(*rows(40, 1), ()) is None
    assert "quantiles" not in task("regression").answer([1.0], info(None))


@pytest.mark.parametrize(
    "bands",
    [
        QuantileBands(levels=(0.9, 0.1), edges=(), offsets=((0.0, 1.0),)),
        QuantileBands(levels=(0.1, 0.9), edges=(), offsets=((1.0, 0.0),)),
        QuantileBands(levels=(0.1,), edges=(2.0,), offsets=((1.0,),)),
        QuantileBands(levels=(0.1,), edges=(), offsets=((float("nan"),),)),
    ],
)
def test_damaged_bands_are_refused(bands: QuantileBands) -> None:
    with pytest.raises(PackageRefused):
        check_quantiles(bands)


def test_the_pinball_loss_is_least_at_the_quantile() -> None:
    y = np.random.default_rng(3).exponential(size=4_000)
    losses = [pinball(0.8).value(y, np.full(len(y), at)) for at in np.linspace(0.2, 4, 60)]
    assert np.linspace(0.2, 4, 60)[int(np.argmin(losses))] == pytest.approx(np.quantile(y, 0.8), abs=0.1)
