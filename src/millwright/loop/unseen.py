"""How a candidate did on training rows that its models had not seen, and beside the baseline there."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, take
from millwright.evaluate.blocks import blocks_of
from millwright.evaluate.calibration import cost_matrix, decision_threshold
from millwright.evaluate.evaluation import Outputs, SealedRows, against
from millwright.evaluate.out_of_fold import out_of_fold
from millwright.loop.learn import Lesson
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.models.output import outputs
from millwright.records.judging import OutOfFold
from millwright.records.modelling import PayloadInfo
from millwright.search.folds import SEALED

Array = NDArray[Any]

COMPARED_ROWS = 8_000
"""Rows that are compared with the baseline, at equal steps."""


def unseen(shop: Workshop, table: Table, lesson: Lesson, info: PayloadInfo, metric: Metric) -> OutOfFold:
    """Calibration and residuals of the raw scores, and the comparison of calibrated answers with the baseline's."""
    found = out_of_fold(*scores_of(shop, table, lesson)[:2], table.task)
    kept = lesson.candidate.baseline.predictions
    if kept is None:
        return found
    mine, theirs = raw_of(shop, lesson.candidate.out_of_fold), raw_of(shop, kept)
    if len(mine) != len(theirs):  # a model that was only calibrated anew: what it said is of other rows than the baseline's
        return found
    both = np.flatnonzero(np.isfinite(mine).all(axis=1) & np.isfinite(theirs).all(axis=1))
    both = both[:: max(len(both) // COMPARED_ROWS, 1)]
    places = np.flatnonzero(lesson.assignment > SEALED)[both]
    columns, time = take(table.columns, places), None if table.time is None else table.time[places]
    _, codes = blocks_of(block_of(shop, columns, time), columns, time)
    costs = cost_matrix(shop.spec.costs, table.classes)
    rows = SealedRows(
        y=table.y[places],
        mine=Outputs(values=outputs(info.calibrator, mine[both]), threshold=info.threshold, costs=info.costs),
        baseline=Outputs(values=table.task.link(theirs[both]), threshold=decision_threshold(shop.spec.costs), costs=costs),
        blocks=codes,
        weight=None if table.weight is None else table.weight[places],
    )
    asked = shop.spec.evaluate
    return replace(found, against=against("baseline", rows, metric, asked, asked.confidence, seed=shop.spec.split.seed))


def scores_of(shop: Workshop, table: Table, lesson: Lesson) -> tuple[Array, Array, Array | None]:
    """Raw scores of training rows by models that had not seen them, their truth, and how much they count; rows never validated
    left out. Of an imported model there are only its own."""
    training = lesson.assignment > SEALED
    raw = raw_of(shop, lesson.candidate.out_of_fold)
    scored = np.isfinite(raw).all(axis=1)
    weight = None if table.weight is None else table.weight[training][scored]
    return raw[scored], table.y[training][scored], weight


def block_of(shop: Workshop, columns: Columns, time: Array | None) -> str | None:
    """By what rows hang together, where the spec does not say: without a time, by their group."""
    group = shop.spec.data.group
    return shop.spec.evaluate.block or (group if time is None and group in columns else None)


def raw_of(shop: Workshop, digest: str) -> Array:
    """Raw scores that are kept as a blob, (n, width)."""
    found: Array = np.load(io.BytesIO(shop.blobs.get(digest)), allow_pickle=False)
    return found
