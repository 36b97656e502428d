"""How the seconds of a search are shared out, so that the last of them is left for fitting the winner once more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from millwright.records.modelling import Trial
from millwright.search.folds import Fold

_REFIT_MARGIN = 1.5
_LEAST = 0.2
_SETTLING = 1.0
_MOST = 0.4
_RESTART, _RESTART_MOST = 0.1, 5.0
_GRACE = 15.0
_CHOOSING = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """After `soft` seconds a family is asked to stop where it is; after `hard` seconds its process is killed."""

    soft: float
    hard: float


def refit_share(folds: Sequence[Fold]) -> float:
    """What a fit on all rows costs beside a whole trial, from the rows that each fits on."""
    rows = max(len(fold.train) + len(fold.valid) for fold in folds)
    return rows / sum(len(fold.train) for fold in folds)


class Budget:
    """A deadline, and what it leaves for the next piece of work."""

    def __init__(self, seconds: float, share: float, clock: Callable[[], float], grace: float = 0.0) -> None:
        """seconds: until the deadline, from now. share: see `refit_share`. grace: seconds that refits get in any case."""
        self._share, self._clock, self._grace = share, clock, clock() + grace
        self._restart = min(_RESTART * seconds, _RESTART_MOST)
        self._ends = clock() + seconds

    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self._ends - self._clock()

    def for_trial(self, best: Sequence[Trial], like: Trial | None) -> Limits | None:
        """What the next trial may take; None where it is not worth starting.

        A trial takes two fifths of what is left at most, and leaves enough for its own refit and for those of `best`. It is
        not started where it would get less than half of what `like`, the last trial of its family, took.
        """
        whole = self.remaining() - (self._reserve(best) if best else 0.0)
        soft = min(_MOST * self.remaining(), 0.95 * self.remaining() / (1.0 + _REFIT_MARGIN * self._share), 0.9 * whole)
        if soft < max(_LEAST, 0.5 * like.seconds if like else 0.0):
            return None
        return Limits(soft, min(1.2 * soft + _SETTLING, whole))

    def for_refit(self, share: float) -> Limits | None:
        """What a refit may take: this share of all that is left, 1 for the last one."""
        hard = self._left() * share
        return Limits(0.85 * hard, hard) if hard > _LEAST else None

    def for_choosing(self) -> float:
        """Seconds that choosing what is fitted once more may take."""
        return _CHOOSING * self._left()

    def _left(self) -> float:
        return max(self.remaining(), self._grace - self._clock())

    def _reserve(self, best: Sequence[Trial]) -> float:
        """Seconds that must be left to fit these once more on all rows, maybe in a process that must first be started."""
        return _REFIT_MARGIN * self._share * sum(trial.seconds for trial in best) + self._restart


def grace(known: Sequence[Trial], share: float, models: int = 1) -> float:
    """What a resumed search gets for its refits even where earlier work used up the deadline: that work is not lost."""
    seconds = sorted((trial.seconds for trial in known if trial.state == "finished"), reverse=True)
    return _GRACE + 2.0 * share * sum(seconds[:models]) if seconds else 0.0
