"""Summed up by block, a ranking gives what a walk down it gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.evaluate.bootstrap import Resamples
from millwright.metrics.by_block import MOST_BLOCKS, areas, precisions
from millwright.metrics.ranking import area_under_curve, average_precision, precision_over_recall, rankings, roc_auc, walked

WAYS = ((areas, area_under_curve), (precisions, precision_over_recall))


@given(
    rows=st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=60),
    seed=st.integers(0, 2**32 - 1),
)
def test_each_weighting_scores_as_if_walked(rows: list[tuple[bool, int, int]], seed: int) -> None:
    y, output, blocks = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    drawn = Resamples.draw(len(y), blocks, 40, seed)
    weights = np.vstack([drawn.weights, np.zeros(drawn.blocks)]).astype(float)
    (ranking,) = rankings(y, output, drawn.codes)
    for way, summary in WAYS:
        scores = way(ranking.codes, ranking.positive, ranking.group, drawn.blocks)
        if scores is not None:
            np.testing.assert_allclose(scores(weights), walked(ranking, summary)(weights), rtol=1e-12, atol=0)
        else:
            assert way is precisions
            assert not y.any()


@pytest.mark.parametrize("metric", [roc_auc, average_precision], ids=lambda metric: metric.name)
def test_more_classes_are_averaged_as_one_weighting_alone_is(metric) -> None:
    random = np.random.default_rng(3)
    y, output, codes = random.integers(0, 3, 200), random.normal(size=(200, 3)).round(1), random.integers(0, 9, 200)
    weights = random.integers(0, 3, (20, 9)).astype(float)
    found = metric.by_block(y, output, codes, 9)(weights)
    alone = [metric.score(y, output, weight[codes]) for weight in weights]
    np.testing.assert_allclose(found, alone, rtol=1e-12)


def test_many_blocks_are_walked() -> None:
    codes = np.arange(MOST_BLOCKS + 1)
    assert areas(codes, np.ones(len(codes)), codes, len(codes)) is None
