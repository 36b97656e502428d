"""What the live version answers to the rows that a candidate is judged on, and to all of them that it has not learnt from."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, take
from millwright.data.dates import wall_clock, zone_of
from millwright.data.duplicates import content_hashes, row_hashes
from millwright.data.read import read_columns
from millwright.errors import MillwrightError, NotFound, Unavailable
from millwright.evaluate.blocks import blocks_of
from millwright.evaluate.evaluation import BY_ALL_ROWS, Outputs, SealedRows, against, champion_level
from millwright.loop.learn import Lesson
from millwright.loop.opened import open_judged, open_model, open_version
from millwright.loop.table import Table
from millwright.loop.unseen import block_of, raw_of
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.models.output import outputs
from millwright.models.scorer import Scorer
from millwright.predictions.layout import to_microseconds
from millwright.records.codec import from_json
from millwright.records.data import Contract, Snapshot
from millwright.records.judging import Comparison
from millwright.records.modelling import PayloadInfo, Split
from millwright.records.release import Version
from millwright.registry import runs, steps
from millwright.search.folds import SEALED, load_assignment

Array = NDArray[Any]

COMPARED_ROWS = 20_000
"""Rows that are compared with the live version beside the sealed ones, at equal steps."""


def answers_of(shop: Workshop, champion: Version, table: Table, places: Array) -> Outputs:
    """What was judged of the live version answers to rows of the table (positions); all missing where it may not be believed or
    cannot read them: the gate then says that it cannot tell."""
    try:
        scorer = _judged(shop, champion)
        values = scorer.batch(take(_as_read_by(shop, table, scorer.contract), places))
    except MillwrightError:
        return Outputs(values=np.full(len(places), np.nan), version=champion.name)
    theirs = scorer.info
    return Outputs(values=values, threshold=theirs.threshold, version=champion.name, costs=theirs.costs)


def _judged(shop: Workshop, champion: Version) -> Scorer:
    """Where a refit's twin is not here, the refit: it may have learnt from these rows, and what is better all the same is."""
    try:
        return open_judged(shop, champion)
    except (NotFound, Unavailable):
        return open_version(shop, champion).scorer


def judged_digest(shop: Workshop, champion: Version) -> str:
    """The digest of the payload that `answers_of` asks: of what was judged, which may be another than what is live."""
    try:
        return open_model(shop, champion).evaluation.payload_digest
    except MillwrightError:
        return champion.payload_digest


def not_learnt(shop: Workshop, champion: Version, table: Table, lesson: Lesson, places: Array) -> Array | None:
    """Positions among `places` (of rows of the table) of those that the live version has not learnt from; None where that is
    all of them, or nobody knows: it was made elsewhere.

    By time nothing has to be looked for: what is sealed is later than what it learnt. Else rows were dealt anew, and it may
    have seen some that are sealed now. They are told by their content and key; of several that are equal the first are those
    that it had, since what came later is added at the end.
    """
    if lesson.split.method == "time":
        return None
    learnt = _learnt_by(shop, champion, table.contract)
    if learnt is None:
        return None
    seen = _as_often(_identities(table.columns, table.contract), learnt)[places]
    return np.flatnonzero(~seen) if seen.any() else None


def _learnt_by(shop: Workshop, champion: Version, contract: Contract) -> Array | None:
    """The identities of the rows that a version learnt from; None where they are not here."""
    with shop.catalogue.read() as view:
        done = {step.name: step.output for step in steps.of_run(view, champion.run)}
    if not {"snapshot", "split"} <= done.keys():
        return None
    try:
        snapshot = from_json(Snapshot, shop.blobs.get(done["snapshot"]))
        assignment = load_assignment(from_json(Split, shop.blobs.get(done["split"])), shop.blobs)
        identities = _identities(read_columns(snapshot, shop.blobs, contract), contract)
    except MillwrightError:  # its rows are gone, or had other columns
        return None
    return identities[assignment > SEALED]


def _identities(columns: Columns, contract: Contract) -> Array:
    """A hash of what each row says, its target and key among it."""
    keys = [column.name for column in contract.columns if column.key and column.name in columns]
    return row_hashes(columns, keys, onto=content_hashes(columns, contract))


def _as_often(identities: Array, learnt: Array) -> Array:
    """Which rows are among those that were learnt, each as often as it was: the first of them."""
    order = np.argsort(identities, kind="stable")
    ordered = identities[order]
    rank = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    had = np.sort(learnt)
    times = np.searchsorted(had, ordered, side="right") - np.searchsorted(had, ordered)
    found = np.empty(len(identities), dtype=bool)
    found[order] = rank < times
    return found


def _as_read_by(shop: Workshop, table: Table, contract: Contract) -> Columns:
    """All rows as another version's contract has them: mostly the same, and those are there already."""
    return table.columns if contract == table.contract else read_columns(table.snapshot, shop.blobs, contract)


def since_learnt(
    shop: Workshop,
    table: Table,
    lesson: Lesson,
    info: PayloadInfo,
    sealed: SealedRows,
    metric: Metric,
    champion: Version | None,
    tries: int,
) -> Comparison | None:
    """The candidate against the live version on all rows that the latter has not learnt from: the sealed ones, of which both
    were asked already, and those since its training, answered by models of earlier rows alone (out of fold). None where there
    are no more than the sealed rows.

    By time alone, and where settings were kept: nothing was chosen by how it did on these rows, and a model of earlier rows
    knows nothing later than what it answers, so that each answer is as it would have been then (prequential; Dawid,
    "Statistical theory: the prequential approach", JRSS A 147, 1984).
    """
    if champion is None or sealed.champion is None or lesson.split.method != "time" or not lesson.bound:
        return None
    if table.since is not None and shop.spec.retrain.window == "auto":  # chosen by how it did on some of these rows
        return None
    said = raw_of(shop, lesson.candidate.out_of_fold)
    chosen = _later(shop, table, lesson, champion, said)
    if not len(chosen):
        return None
    later = np.flatnonzero(lesson.assignment > SEALED)[chosen]
    mine = np.concatenate([outputs(info.calibrator, said[chosen]), sealed.mine.values])
    theirs = np.concatenate([answers_of(shop, champion, table, later).values, sealed.champion.values])
    places = np.concatenate([later, np.flatnonzero(lesson.assignment == SEALED)])
    both = _rows(shop, table, places, replace(sealed.mine, values=mine), replace(sealed.champion, values=theirs))
    level = champion_level(shop.spec.evaluate.confidence, tries, BY_ALL_ROWS)
    return against("champion", both, metric, shop.spec.evaluate, level, seed=shop.spec.split.seed)


def _later(shop: Workshop, table: Table, lesson: Lesson, champion: Version, said: Array) -> Array:
    """Positions among the training rows of those since the live version's training that were answered out of fold, at equal
    steps where they are many."""
    assert table.time is not None, "rows are divided by it"
    with shop.catalogue.read() as view:
        known = to_microseconds(runs.get(view, champion.run).as_of)
    since = table.time[lesson.assignment > SEALED] >= wall_clock(known, zone_of(table.contract.zone))
    found = np.flatnonzero(since & np.isfinite(said).all(axis=1))
    return found[:: max(-(-len(found) // COMPARED_ROWS), 1)]


def _rows(shop: Workshop, table: Table, places: Array, mine: Outputs, theirs: Outputs) -> SealedRows:
    """Rows of the table (positions) with what both say of them."""
    columns, time = take(table.columns, places), None if table.time is None else table.time[places]
    block, codes = blocks_of(block_of(shop, columns, time), columns, time)
    weight = None if table.weight is None else table.weight[places]
    return SealedRows(y=table.y[places], mine=mine, baseline=theirs, champion=theirs, blocks=codes, block=block, weight=weight)
