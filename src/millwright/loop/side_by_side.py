"""Two versions on the same labelled rows of the log: one answered them, the other is asked now."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, take
from millwright.evaluate.blocks import blocks_of
from millwright.evaluate.bootstrap import Resamples, difference_of, enough_resamples, interval_of
from millwright.loop.asked_again import asked_again
from millwright.loop.opened import Model
from millwright.loop.quality import seen_by, truth_and_output
from millwright.loop.workshop import Workshop
from millwright.metrics.registry import metric
from millwright.records.judging import Comparison

Array = NDArray[Any]

LEVEL = 0.99
"""Of the interval of the difference: it is looked at again and again while labels come in."""

FEWEST = 30
"""Labelled rows; with fewer there is nothing to compare on."""


def compare_on(
    shop: Workshop,
    columns: dict[str, Array],
    mine: Model,
    theirs: Model,
    against: Literal["champion", "before"],
    *,
    by: str = "",
    level: float = LEVEL,
) -> Comparison | None:
    """A metric (by its name; the main one) of `mine` on the rows it answered, and of `theirs` on the same rows; a positive
    difference is better.

    columns: rows of a window. None where there are too few labels, or where a feature of `theirs` was hidden in the log.
    """
    labelled = (columns["label_known_at"] != MISSING_DATE) & (columns["payload_digest"] == mine.payload.payload_digest)
    if labelled.sum() < FEWEST or hidden_features(shop, theirs):
        return None
    rows = take(columns, labelled)
    y, answered = truth_and_output(mine.payload, rows)
    asked = asked_again(theirs.payload, rows["request"])
    known = ~np.isnan(y)
    if known.sum() < FEWEST or mine.payload.info.classes != theirs.payload.info.classes:
        return None
    _, codes = blocks_of(None, {}, rows["event_at"][known])
    main = metric(by or mine.evaluation.metric)
    drawn = Resamples.draw(int(known.sum()), codes, enough_resamples(shop.spec.evaluate.resamples, level), shop.spec.split.seed)
    ours = drawn.scores(main, y[known], seen_by(main, answered[known], mine.payload.info.threshold))
    others = drawn.scores(main, y[known], seen_by(main, asked[known], theirs.payload.info.threshold))
    return Comparison(
        against=against,
        version=theirs.version.name,
        metric=main.name,
        mine=interval_of(ours, level),
        theirs=interval_of(others, level),
        difference=difference_of(ours.better_by(others, main.goal), level),
    )


def hidden_names(shop: Workshop) -> frozenset[str]:
    """Columns whose values the log holds hashed."""
    return frozenset({*shop.spec.log.redact, *shop.spec.data.pii})


def hidden_features(shop: Workshop, model: Model) -> tuple[str, ...]:
    """What a version is asked with and the log holds hashed, so that it cannot be asked again: features, and the time, which
    gives features too."""
    hidden = hidden_names(shop)
    return tuple(c.name for c in model.payload.scorer.contract.columns if c.role in ("feature", "time") and c.name in hidden)
