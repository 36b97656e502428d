"""How far back a retrain looks: at all rows, at the newest, or at whichever does better on validation rows."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE
from millwright.data.dates import wall_clock
from millwright.loop.learn import cross_fitted_problem, may_generate, plan_of, split_of
from millwright.loop.order import Kept, Order
from millwright.loop.prove import Proof
from millwright.loop.searching import only_digest, own_code, search_metric
from millwright.loop.steps import Steps
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.predictions.layout import to_microseconds
from millwright.records.codec import digest_of
from millwright.records.record import record
from millwright.records.running import Run
from millwright.search.asked import Bound, Place
from millwright.search.folds import SEALED, Fold, load_assignment, make_folds
from millwright.search.portfolio import portfolio
from millwright.search.run import search
from millwright.spec.durations import parse_duration

Array = NDArray[Any]


@record
class Compared:
    """All rows against the newer half, on the same validation rows; `since`: where the newer half begins, if it won.

    everything, newer_half: the scores; None where the budget was not enough to fit both.
    """

    metric: str
    everything: float | None
    newer_half: float | None
    half: int
    since: int | None

    @property
    def sentence(self) -> str:
        """The comparison in one line."""
        if self.everything is None or self.newer_half is None:
            return "no time was left to compare all rows with the newer half: all rows are taken; raise search.budget"
        won = "the newer half is taken" if self.since is not None else "all rows are taken"
        figures = f"{self.everything:.4f} with all rows, {self.newer_half:.4f} with the newer half"
        return f"{self.metric} on the newest validation rows: {figures}: {won}"


def window_start(shop: Workshop, run: Run, steps: Steps, proof: Proof, order: Order | None) -> int | None:
    """Since when rows count, in microseconds of the contract's wall clock; None: all do."""
    if order is not None and order.since is not None and shop.spec.data.time is not None:
        return wall_clock(to_microseconds(order.since), ZoneInfo(proof.contract.zone))
    window = order.window if order else "expanding"
    if order is None or window == "expanding" or shop.spec.data.time is None:
        return None
    table = Table(shop, proof.snapshot, proof.contract, holdout=order.holdout)
    if window != "auto":
        return _newest(table) - int(parse_duration(window).total_seconds() * 1e6)
    found = steps.do(
        "window",
        {
            "snapshot": proof.snapshot.digest,
            "contract": digest_of(proof.contract),
            "split": digest_of(shop.spec.split),
            "only": only_digest(order.kept.only),
            **({} if order.kept.made is None else {"made": digest_of(order.kept.made)}),
            "sealed": order.holdout,
        },
        Compared,
        lambda: _compare(shop, run, table, order.kept),
        lambda c: c.sentence,
    )
    return found.since


def _newest(table: Table) -> int:
    """When the newest labelled row happened."""
    assert table.time is not None
    usable = ~np.isnan(table.y) & (table.time != MISSING_DATE)
    return int(table.time[usable].max(initial=0))


def _compare(shop: Workshop, run: Run, table: Table, kept: Kept) -> Compared:
    """One configuration, fitted on both windows and scored on the newest fold: two folds of one trial."""
    split = split_of(shop, table)
    assignment = load_assignment(split, shop.blobs)
    training = assignment > SEALED
    newest = make_folds(assignment, split, time=table.time, known=table.known, groups=table.groups)[-1]
    assert table.time is not None
    times = table.time[training]
    half = int(np.median(times[newest.train]))
    newer = Fold(newest.train[times[newest.train] >= half], newest.valid)
    plan = plan_of(shop, table, training, kept.made if may_generate(shop.spec.search, kept.only) else ())
    problem, folds = cross_fitted_problem(shop, table, plan, split, training, (newest, newer))
    config = kept.only or portfolio(shop.spec.search.families, problem.task, len(problem.y), len(problem.features))[-1:]
    metric = search_metric(shop, table.task)
    found = search(
        problem,
        folds,
        spec=shop.spec.search,
        metric=metric,
        seed=shop.spec.split.seed,
        place=Place(shop.home.work / run.id, shop.threads, shop.blobs, parse_duration(shop.spec.search.budget).total_seconds()),
        bound=Bound(only=config, own=own_code(shop, config)),
    )
    return compared(metric, found.trial.fold_scores, half)


def compared(metric: Metric, scores: Sequence[float], half: int) -> Compared:
    """What the scores on both windows say; fewer than two say nothing."""
    if len(scores) != 2:
        return Compared(metric=metric.name, everything=None, newer_half=None, half=half, since=None)
    everything, newer_half = scores
    better = metric.better(newer_half, everything)
    return Compared(metric=metric.name, everything=everything, newer_half=newer_half, half=half, since=half if better else None)
