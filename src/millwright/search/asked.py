"""What a search is asked: where it takes place, what it is bound to, and who hears of it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from millwright.models.own_code import OwnCode
from millwright.records.modelling import Trial, TrialConfig
from millwright.search.bench import Clock, SearchProgress
from millwright.search.goal import ANY, Goal
from millwright.stores.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class Place:
    """Where a search takes place, and how long.

    folder: where scratch files may lie meanwhile. threads: at most so many, where there are rows enough to pay for them.
    blobs: where the files of models go. deadline: seconds for everything but the baseline, which always gets its model.
    """

    folder: Path
    threads: int
    blobs: BlobStore
    deadline: float
    clock: Clock = time.monotonic


@dataclass(frozen=True, slots=True)
class Bound:
    """What a search is bound to.

    only: try these configurations and the baseline, instead of the portfolio of the spec; of an ensemble among them each member
    is tried, and they are joined with the weights that they have. bags: whether the models of the folds may answer together,
    which they should where no row is later than another; else one is fitted on all rows. own: the code of those families that
    are a person's own. goal: what the model must be like; of all that are so the best is taken. known: trials of an earlier,
    unfinished search of the same inputs: their fits are not done again and their seconds count. by_fold: keep what each fold's
    model said of its rows (`Trial.on_folds`) where only one may answer too. once_more: whether what is chosen is fitted once
    more, on more rows, before it ships: no more models of folds are made of it then, and those that are there may be larger.
    """

    only: Sequence[TrialConfig] = ()
    bags: bool = False
    own: Sequence[OwnCode] = ()
    goal: Goal = ANY
    known: Sequence[Trial] = ()
    by_fold: bool = False
    once_more: bool = False

    @property
    def ensemble(self) -> TrialConfig | None:
        """The ensemble among those to be tried."""
        return next((config for config in self.only if config.members), None)

    @property
    def is_fixed(self) -> bool:
        """Whether what is tried is given, and each on all folds."""
        return bool(self.only) or self.goal.interpretable


@dataclass(frozen=True, slots=True)
class Heard:
    """Who hears of it: of each trial as it stands after each fit, and in the end; and of how far it is."""

    on_trial: Callable[[Trial], None] = lambda _trial: None
    on_progress: Callable[[SearchProgress], None] = lambda _progress: None


FREE, NOBODY = Bound(), Heard()
