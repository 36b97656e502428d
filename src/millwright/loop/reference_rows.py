"""Rows with labels that a version did not learn from, as it answers them: what answers without labels are held against.

They are the sealed rows that it was judged on, and its own live answers whose labels have had time to come.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, take
from millwright.errors import NotFound, Unavailable
from millwright.evaluate.blocks import GRAINS, blocks_of
from millwright.loop.opened import Model, open_judged
from millwright.loop.quality import maturity_of, truth_and_output
from millwright.loop.side_by_side import hidden_features
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.predictions.layout import to_microseconds
from millwright.predictions.logged import logged_columns
from millwright.predictions.window import Logs, Wanted, window
from millwright.records.codec import from_json
from millwright.records.data import Snapshot
from millwright.records.modelling import Split
from millwright.registry import steps
from millwright.search.folds import SEALED, load_assignment

Array = NDArray[Any]

MOST_ROWS = 50_000
"""The newest of them; more say nothing more."""


@dataclass(frozen=True, slots=True)
class ReferenceRows:
    """y: what came true, (n,); said: what the version answers, (n,) or (n, k); X: features, (n, f), none where the log holds
    some of them hashed; times: microseconds, (n,), or None; blocks: (n,) or None. sealed, live: how many are which."""

    y: Array
    said: Array
    X: Array
    block: str | None
    blocks: Array | None
    sealed: int
    live: int


def reference_rows(shop: Workshop, model: Model, until: datetime) -> ReferenceRows:
    """The newest labelled rows of a version that happened before `until`. Raises NotFound where there are none."""
    sealed, live = _sealed(shop, model), _live(shop, model, until)
    found = [rows for rows in (sealed, live) if rows is not None and len(rows[0])]
    if not found:
        raise NotFound(
            f"no labelled rows of {model.version.name} are here: it was trained elsewhere, and none of its answers has a label",
            fix="tell labels to /v1/labels, or train a version here with `mw train`",
            code="reference.missing",
        )
    y, said, X, times = (np.concatenate(parts)[-MOST_ROWS:] for parts in zip(*found, strict=True))
    timed = shop.spec.data.time is not None or live is not None
    block = shop.spec.evaluate.block if shop.spec.evaluate.block in GRAINS else None
    name, blocks = blocks_of(block, {}, times if timed else None)
    count = 0 if live is None else min(len(live[0]), len(y))
    return ReferenceRows(y=y, said=said, X=X, block=name, blocks=blocks, sealed=len(y) - count, live=count)


_Rows = tuple[Array, Array, Array, Array]
"""Truth, answers, features and times."""


def _sealed(shop: Workshop, model: Model) -> _Rows | None:
    rows = sealed_rows(shop, model)
    if rows is None:
        return None
    truth, columns, times = rows
    try:
        said = open_judged(shop, model.version).batch(columns)
    except (NotFound, Unavailable):  # a refit's twin is not here: it itself has learnt from these rows
        return None
    return truth, said, features_of(shop, model, columns), times


def sealed_rows(shop: Workshop, model: Model) -> tuple[Array, dict[str, Array], Array] | None:
    """What came true, canonical cells and times of the newest sealed rows of a version, in order of time; None where they
    are not here."""
    with shop.catalogue.read() as view:
        done = {step.name: step.output for step in steps.of_run(view, model.version.run)}
    if not {"snapshot", "split"} <= done.keys():
        return None
    table = Table(shop, from_json(Snapshot, shop.blobs.get(done["snapshot"])), model.payload.scorer.contract)
    assignment = load_assignment(from_json(Split, shop.blobs.get(done["split"])), shop.blobs)
    truth = table.task.encode(table.columns[shop.spec.data.target], model.payload.info.classes)
    rows = np.flatnonzero((assignment == SEALED) & ~np.isnan(truth))
    times = np.zeros(len(truth), dtype=np.int64) if table.time is None else table.time
    rows = rows[np.argsort(times[rows], kind="stable")][-MOST_ROWS:]
    return truth[rows], take(table.columns, rows), times[rows]


def _live(shop: Workshop, model: Model, until: datetime) -> _Rows | None:
    """Its own answers that are old enough to have their labels."""
    start, ripe = model.version.created_at, shop.clock.now() - maturity_of(shop)
    end = min(until, ripe)
    if end <= start:
        return None
    _, rows = window(Logs.of(shop.home.root), shop.project, start, end, as_of=shop.clock.now(), wanted=Wanted(labelled=True))
    mine = (rows["label_known_at"] != MISSING_DATE) & (rows["payload_digest"] == model.payload.payload_digest)
    rows = take(rows, np.flatnonzero(mine & (rows["event_at"] < to_microseconds(end)))[-MOST_ROWS:])
    y, said = truth_and_output(model.payload, rows)
    X = features_of(shop, model, logged_columns(rows["request"], model.payload.scorer.contract))
    known = ~np.isnan(y)
    return y[known], said[known], X[known], rows["event_at"][known]


def features_of(shop: Workshop, model: Model, columns: Mapping[str, Array]) -> Array:
    """The features of rows, shape (n, f); no columns where the log holds some of them hashed."""
    if hidden_features(shop, model):
        return np.empty((len(next(iter(columns.values()), ())), 0))
    return model.payload.scorer.matrix(columns)


def feature_names(shop: Workshop, model: Model) -> tuple[str, ...]:
    """The names of `features_of`."""
    return () if hidden_features(shop, model) else model.payload.scorer.plan.features
