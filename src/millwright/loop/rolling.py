"""How far back a retrain looks: at all rows, or at the newest of them, whichever does better on rows that are newer still.

Klinkenberg and Joachims, "Detecting concept drift with support vector machines" (ICML 2000): windows of several sizes are
learnt from, and the one is taken whose model errs least on the newest batch. All rows are given up only for a window that is
better by more than one standard error, blocks of that batch paired: more rows are worth much where nothing has changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE
from millwright.data.dates import wall_clock
from millwright.loop.learn import cross_fitted_problem, may_generate, plan_of, split_of
from millwright.loop.order import Kept, Order
from millwright.loop.searching import only_digest, own_code, search_metric
from millwright.loop.steps import Steps
from millwright.loop.table import WEEK, Table
from millwright.loop.unseen import raw_of
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.models.families import BOOSTED
from millwright.models.family import Problem
from millwright.predictions.layout import to_microseconds
from millwright.records.codec import digest_of
from millwright.records.figures import fixed
from millwright.records.modelling import Trial, TrialConfig
from millwright.records.record import record
from millwright.records.running import Run
from millwright.search.asked import Bound, Heard, Place
from millwright.search.folds import SEALED, Fold, load_assignment
from millwright.search.portfolio import portfolio
from millwright.search.run import search
from millwright.search.time_blocks import known_before
from millwright.search.trial import Judge, split_by_fold
from millwright.spec.durations import parse_duration

Array = NDArray[Any]

MOST_JUDGED = 0.25
"""The largest share of the rows that may be learnt from that windows are judged on."""
HALVINGS = 5
"""The smallest window has a thirty-second of the rows."""
LARGER_STEPS = 3
"""By so much a boosted model learns faster where it only tells windows apart: a third of the trees."""
LARGEST_STEP = 0.3
BLOCKS = 10
"""Parts of the judged rows, in order of time, over which two windows are paired."""


@record
class Tried:
    """A window that was learnt from. since: where it begins, in microseconds of the contract's wall clock; rows: those of it
    that taught; score: on the newest rows."""

    since: int
    rows: int
    score: float


@record
class Windows:
    """What became of the windows, the largest first, judged on so many rows; `since`: where the one begins that is taken, None
    where that is all rows. tried: empty where there was no time, or there were too few rows, to try any."""

    metric: str
    judged: int
    tried: tuple[Tried, ...]
    since: int | None
    short_of_time: bool = False

    @property
    def sentence(self) -> str:
        """The comparison in one line."""
        if self.short_of_time:
            fix = "raise retrain.budget, or search.budget where that is empty"
            return f"no time was left to compare all rows with the newest: all rows are taken; {fix}"
        if len(self.tried) < 2:
            return "too few rows to try the newest alone: all rows are taken"
        everything, *newer = self.tried
        figures = ", ".join(f"{fixed(one.score)} with the newest {one.rows:,}" for one in newer)
        taken = next((one for one in newer if one.since == self.since), None)
        won = f"the newest {taken.rows:,} are taken" if taken else "all rows are taken"
        all_rows = f"{fixed(everything.score)} with all {everything.rows:,} rows"
        return f"{self.metric} on the {self.judged:,} rows after them: {all_rows}, {figures}: {won}"


def window_start(shop: Workshop, run: Run, steps: Steps, table: Table, order: Order | None) -> int | None:
    """Since when rows count, in microseconds of the contract's wall clock; None: all do. table: of all rows."""
    if order is not None and order.since is not None and shop.spec.data.time is not None:
        return wall_clock(to_microseconds(order.since), ZoneInfo(table.contract.zone))
    window = order.window if order else "expanding"
    if order is None or window == "expanding" or shop.spec.data.time is None:
        return None
    if window != "auto":
        return _newest(table) - int(parse_duration(window).total_seconds() * 1e6)
    found = steps.do(
        "window",
        {
            "snapshot": table.snapshot.digest,
            "contract": digest_of(table.contract),
            "split": digest_of(shop.spec.split),
            "only": only_digest(order.kept.only),
            **({} if order.kept.made is None else {"made": digest_of(order.kept.made)}),
            "sealed": order.holdout,
        },
        Windows,
        lambda: _compare(shop, run, table, order.kept),
        lambda c: c.sentence,
    )
    return found.since


def _newest(table: Table) -> int:
    """When the newest labelled row happened."""
    assert table.time is not None
    usable = ~np.isnan(table.y) & (table.time != MISSING_DATE)
    return int(table.time[usable].max(initial=0))


def _compare(shop: Workshop, run: Run, table: Table, kept: Kept) -> Windows:
    """One configuration, fitted on each window and scored on the newest rows: folds of one trial."""
    split, metric = split_of(shop, table), search_metric(shop, table.task)
    training = load_assignment(split, shop.blobs) > SEALED
    windows = tuple(_windows(table, training))
    judged = len(windows[0].fold.valid) if windows else 0
    if len(windows) < 2:
        return Windows(metric=metric.name, judged=judged, tried=(), since=None)
    plan = plan_of(shop, table, training, kept.made if may_generate(shop.spec.search, kept.only) else ())
    problem, folds = cross_fitted_problem(shop, table, plan, split, training, [one.fold for one in windows])
    found = _fitted(shop, run, problem, folds, metric, _config(shop, problem, kept))
    if found is None or found.on_folds is None or len(found.fold_scores) != len(folds):
        return Windows(metric=metric.name, judged=judged, tried=(), since=None, short_of_time=True)
    tried = [
        Tried(since=window.since, rows=len(window.fold.train), score=score)
        for window, score in zip(windows, found.fold_scores, strict=True)
    ]
    said, _ = split_by_fold(raw_of(shop, found.on_folds), folds)
    losses = block_losses(Judge(metric, table.task.link), problem.y[folds[0].valid], said)
    return Windows(metric=metric.name, judged=judged, tried=tuple(tried), since=chosen(metric, tried, losses))


def _fitted(
    shop: Workshop, run: Run, problem: Problem, folds: Sequence[Fold], metric: Metric, config: TrialConfig
) -> Trial | None:
    """The configuration as a trial on these folds. The models of folds count as a bag, so that none is fitted on all rows."""
    told: list[Trial] = []
    search(
        problem,
        folds,
        spec=shop.spec.search,
        metric=metric,
        seed=shop.spec.split.seed,
        place=Place(shop.home.work / run.id, shop.threads, shop.blobs, parse_duration(shop.spec.search.budget).total_seconds()),
        bound=Bound(only=(config,), bags=True, own=own_code(shop, (config,)), by_fold=True),
        heard=Heard(on_trial=told.append),
    )
    return next((trial for trial in reversed(told) if trial.config.name == config.name), None)


@dataclass(frozen=True, slots=True)
class _Window:
    """Where a window begins, and its rows with those that it is judged on."""

    since: int
    fold: Fold


def _windows(table: Table, training: Array) -> Iterator[_Window]:
    """All rows before the newest, then the newer half of them and so on, as long as there are enough to learn from."""
    assert table.time is not None
    time = table.time[training]
    known = None if table.known is None else table.known[training]
    enough = table.enough(table.y[training])
    start = _judged_from(time, enough)
    valid, early = np.flatnonzero(time >= start), np.flatnonzero((time < start) & known_before(start, time, known))
    valid, early = (rows[np.argsort(time[rows], kind="stable")] for rows in (valid, early))
    for halving in range(HALVINGS + 1):
        rows = len(early) >> halving
        if rows < enough or not len(valid):
            return
        since = int(time[early[-rows]])
        yield _Window(since, Fold(early[time[early] >= since], valid))


def _judged_from(time: Array, enough: int) -> int:
    """The moment from which windows are judged: a week before the newest row, earlier where that has too few rows, but no more
    than a share of them all."""
    ordered = np.sort(time)
    newest = len(ordered) - int(np.searchsorted(ordered, ordered[-1] - WEEK))
    count = min(max(newest, enough), int(MOST_JUDGED * len(ordered)))
    return int(ordered[len(ordered) - max(count, 1)])


def _config(shop: Workshop, problem: Problem, kept: Kept) -> TrialConfig:
    """What is fitted on the windows: the live model's settings, of an ensemble those of the member that counts most; in larger
    steps, since nothing of it is kept but which window did best."""
    if not kept.only:
        return quicker(portfolio(shop.spec.search.families, problem.task, len(problem.y), len(problem.features))[-1])
    live = kept.only[0]
    return quicker(max(live.members, key=lambda member: member.weight).config if live.members else live)


def quicker(config: TrialConfig) -> TrialConfig:
    """The configuration with larger steps, and so fewer trees, where it grows some and says how large they are."""
    step = config.params.get("learning_rate")
    if config.family not in BOOSTED or not isinstance(step, float) or step >= LARGEST_STEP:
        return config
    larger = min(LARGER_STEPS * step, LARGEST_STEP)
    patience = config.params.get("early_stopping_rounds")
    fewer = {"early_stopping_rounds": max(round(patience * step / larger), 10)} if isinstance(patience, int) else {}
    return replace(config, params={**config.params, "learning_rate": larger, **fewer})


def block_losses(judge: Judge, y: Array, said: Sequence[Array]) -> Array:
    """How badly each window's model did on each part of the judged rows, (windows, blocks): the metric, lower being better."""
    sign = 1.0 if judge.metric.goal == "min" else -1.0
    parts = np.array_split(np.arange(len(y)), BLOCKS)
    return np.array([[sign * judge.score(y[part], raw[part]) for part in parts] for raw in said])


def chosen(metric: Metric, tried: Sequence[Tried], losses: Array) -> int | None:
    """Where the window begins that is taken: of those that beat all rows by more than a standard error the best; None: all."""
    better = [
        (one.score, one.since)
        for one, gain in zip(tried[1:], losses[0] - losses[1:], strict=True)
        if np.isfinite(gain).all() and gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain))
    ]
    if not better:
        return None
    best = (max if metric.goal == "max" else min)(score for score, _ in better)
    return next(since for score, since in better if score == best)
