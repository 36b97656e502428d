"""The sealed rows that a version was judged on, as it answers them: what its live answers can be held against."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, take
from millwright.errors import NotFound
from millwright.evaluate.blocks import blocks_of
from millwright.loop.opened import Model
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.records.codec import from_json
from millwright.records.data import Snapshot
from millwright.records.modelling import Split
from millwright.registry import steps
from millwright.search.folds import SEALED, load_assignment

Array = NDArray[Any]

MOST_ROWS = 50_000
"""The newest sealed rows; more say nothing more."""


@dataclass(frozen=True, slots=True)
class ReferenceRows:
    """y: what came true, (n,); said: what the version answers, (n,) or (n, k); columns: the rows; blocks: (n,) or None."""

    y: Array
    said: Array
    columns: Columns
    block: str | None
    blocks: Array | None


def reference_rows(shop: Workshop, model: Model) -> ReferenceRows:
    """The newest sealed rows of a version, with labels. Raises NotFound where its run or its snapshot is not here any more."""
    with shop.catalogue.read() as view:
        done = {step.name: step.output for step in steps.of_run(view, model.version.run)}
    if not {"snapshot", "split"} <= done.keys():
        raise NotFound(
            f"the rows that {model.version.name} was judged on are not here: it was not trained in this folder",
            fix="train a version here with `mw train`",
            code="reference.missing",
        )
    scorer = model.payload.scorer
    table = Table(shop, from_json(Snapshot, shop.blobs.get(done["snapshot"])), scorer.contract)
    assignment = load_assignment(from_json(Split, shop.blobs.get(done["split"])), shop.blobs)
    truth = table.task.encode(table.columns[shop.spec.data.target], model.payload.info.classes)
    sealed = np.flatnonzero((assignment == SEALED) & ~np.isnan(truth))
    if table.time is not None:
        sealed = sealed[np.argsort(table.time[sealed], kind="stable")]
    rows = sealed[-MOST_ROWS:]
    columns = take(table.columns, rows)
    block, blocks = blocks_of(shop.spec.evaluate.block, columns, None if table.time is None else table.time[rows])
    return ReferenceRows(y=truth[rows], said=scorer.batch(columns), columns=columns, block=block, blocks=blocks)
