"""What every piece of work of one search needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from millwright.metrics.metric import Metric
from millwright.models.family import Problem
from millwright.records.modelling import Trial, TrialConfig
from millwright.records.record import record
from millwright.search.budget import Budget
from millwright.search.folds import Fold
from millwright.search.worker import Worker
from millwright.stores.blobs import BlobStore

Clock = Callable[[], float]


@record
class SearchProgress:
    """What the search is at: trial `number` of `total` (or its refit), the best score so far, seconds left, and any mishap."""

    number: int
    total: int
    config: str
    refit: bool
    best: float | None
    seconds_left: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """The problem, what is tried on it, where and within which time.

    models: the most that may answer together in the end.
    """

    problem: Problem
    folds: Sequence[Fold]
    configs: Sequence[TrialConfig]
    metric: Metric
    seed: int
    models: int
    worker: Worker
    scratch: Path
    blobs: BlobStore
    budget: Budget
    clock: Clock
    on_progress: Callable[[SearchProgress], None]

    def number(self, config: TrialConfig) -> int:
        """The number of a configuration's trial."""
        return self.configs.index(config) + 1

    def tell(self, config: TrialConfig, trials: Sequence[Trial], *, refit: bool, note: str = "") -> None:
        """Report progress."""
        self.on_progress(
            SearchProgress(
                number=self.number(config),
                total=len(self.configs),
                config=config.name,
                refit=refit,
                best=next((trial.score for trial in ranked(trials, self.metric)), None),
                seconds_left=self.budget.remaining(),
                note=note,
            )
        )


def ranked(trials: Sequence[Trial], metric: Metric) -> list[Trial]:
    """Finished trials, the best first; equal scores keep their order."""
    scored = [(trial.score, trial) for trial in trials if trial.state == "finished" and trial.score is not None]
    return [trial for _score, trial in sorted(scored, key=lambda pair: pair[0], reverse=metric.goal == "max")]
