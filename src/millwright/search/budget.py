"""How the seconds of a search are shared out, so that the last of them is left for fitting the winner once more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from millwright.records.modelling import Trial
from millwright.search.folds import Fold

_REFIT_MARGIN = 1.5
_LEAST = 0.2
_SETTLING = 1.0


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

    def __init__(self, seconds: float, share: float, clock: Callable[[], float]) -> None:
        """seconds: until the deadline, from now. share: see `refit_share`."""
        self._share, self._clock = share, clock
        self._ends = clock() + seconds

    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self._ends - self._clock()

    def for_trial(self, best: Trial | None, like: Trial | None) -> Limits | None:
        """What the next trial may take; None where it is not worth starting.

        A trial leaves enough for its own refit, and for that of `best`. It is not started where it would get less than half
        of what `like`, the last trial of its family, took.
        """
        whole = self.remaining() - (reserve(best, self._share) if best else 0.0)
        soft = min(0.95 * self.remaining() / (1.0 + _REFIT_MARGIN * self._share), 0.9 * whole)
        if soft < max(_LEAST, 0.5 * like.seconds if like else 0.0):
            return None
        return Limits(soft, min(1.2 * soft + _SETTLING, whole))

    def for_refit(self, last: bool) -> Limits | None:
        """What a refit may take: all that is left for the last choice, two thirds of it where others could follow."""
        hard = self.remaining() * (1.0 if last else 0.67)
        return Limits(0.85 * hard, hard) if hard > _LEAST else None


def reserve(trial: Trial, share: float) -> float:
    """Seconds that must be left to fit `trial` once more on all rows."""
    return _REFIT_MARGIN * share * trial.seconds + _LEAST
