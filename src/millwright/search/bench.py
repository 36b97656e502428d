"""What every piece of work of one search needs."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.metrics.metric import Metric
from millwright.models.family import Problem
from millwright.records.modelling import Trial, TrialConfig
from millwright.records.record import record
from millwright.search.budget import Budget
from millwright.search.ensemble import Shelf
from millwright.search.executor import Executor
from millwright.search.folds import Fold
from millwright.search.goal import ANY, Goal
from millwright.search.growing import is_growing, weights
from millwright.search.trial import Judge
from millwright.stores.blobs import BlobStore
from millwright.tasks.registry import task

Array = NDArray[Any]
Clock = Callable[[], float]


@record
class SearchProgress:
    """What the search is at: trial `number` of `total` (or its refit), the best score so far, seconds left, any mishap, and the
    cost so far where an hour has a price."""

    number: int
    total: int
    config: str
    refit: bool
    best: float | None
    seconds_left: float
    note: str = ""
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """The problem, where it is worked on and within which limits.

    folds: those that settings are compared on. further: of other divisions of the same rows, for more models of what answers;
    the training process counts on from `folds`.
    models: the most that may answer together in the end. bags: whether the models of the folds may answer together, in place of
    one that is fitted on all rows. fits: where these and what they said are kept while it is searched. goal: what a model must
    be like beside good. by_fold: whether what each fold's model said is kept where only one may answer too. once_more: whether
    what answers is fitted on all rows after the search, for which it leaves time. estimates: of a row's time, by the files of a
    model. alone: the threads of a fit beside which no other is done.
    """

    problem: Problem
    folds: Sequence[Fold]
    further: Sequence[Fold]
    metric: Metric
    seed: int
    models: int
    bags: bool
    worker: Executor
    scratch: Path
    blobs: BlobStore
    fits: BlobStore
    budget: Budget
    clock: Clock
    on_progress: Callable[[SearchProgress], None]
    goal: Goal = ANY
    by_fold: bool = False
    once_more: bool = False
    alone: int = 1
    estimates: dict[tuple[str, ...], float] = field(default_factory=dict)

    @property
    def estimates_time(self) -> bool:
        """Whether a row's time decides and is estimated: fits are counted, and no choice may depend on a clock then."""
        return self.budget.fits is not None and self.goal.is_timed

    @property
    def counts(self) -> tuple[float, ...]:
        """How much the score of each fold counts, and what a fit on it takes, 1 on the mean; see `search.growing`."""
        return weights(self.folds)

    @property
    def judge(self) -> Judge:
        """How raw scores become a score."""
        return Judge(self.metric, task(self.problem.task).link)

    def shelf(self, rows: Sequence[Array], raw: tuple[tuple[Array, ...], ...]) -> Shelf:
        """What models said (`raw`, by model and fold) of these rows of the problem, fold by fold."""
        y, weight = self.problem.y, self.problem.weight
        counts = () if weight is None else tuple(weight[part] for part in rows)
        folds = self.counts[: len(rows)] if is_growing(self.folds) else ()
        return Shelf(self.judge, tuple(y[part] for part in rows), raw, counts, folds)

    def tell(self, number: int, total: int, config: TrialConfig, best: float | None, *, refit: bool, note: str = "") -> None:
        """Report progress."""
        left = self.budget.remaining()
        self.on_progress(
            SearchProgress(
                number=number,
                total=total,
                config=config.name,
                refit=refit,
                best=best,
                seconds_left=left,
                note=note,
                cost=self.budget.cost(),
            )
        )

    def keep(self, array: Array) -> str:
        """The blob of an array."""
        file = io.BytesIO()
        np.save(file, array, allow_pickle=False)
        return self.blobs.put(file.getvalue())

    @property
    def divisions(self) -> Sequence[Fold]:
        """All folds, as the training process counts them."""
        return (*self.folds, *self.further)


def ranked(trials: Sequence[Trial], metric: Metric) -> list[Trial]:
    """Finished trials, the best first; equal scores keep their order."""
    scored = [(trial.score, trial) for trial in trials if trial.state == "finished" and trial.score is not None]
    return [trial for _score, trial in sorted(scored, key=lambda pair: pair[0], reverse=metric.goal == "max")]
