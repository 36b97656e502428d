"""How the seconds of a search are shared out, so that the last of them are left for what must still be done."""

from collections.abc import Callable
from dataclasses import dataclass

from millwright.records.spec import SearchSpec

_LEAST = 0.2
_SETTLING = 2.0
_MOST = 0.3
_SPARE = 1.5
_RESTART, _RESTART_MOST = 0.1, 5.0
"""What the start of a training process may take, as a share of the budget and in seconds, until one was seen to start."""
_STARTED = 0.02
"""Less is no start: the process was there."""
_RESTARTS = 2.0
"""So many times what a start took is left for another."""
_GRACE = 15.0
_CHOOSING, _CHOOSING_LEAST = 0.1, 0.04
"""The share of what is left that choosing may take; and of the whole budget, if that is no more than half of what is left."""


@dataclass(frozen=True, slots=True)
class Limits:
    """After `soft` seconds a family is asked to stop where it is; after `hard` seconds its process is killed."""

    soft: float
    hard: float


class Budget:
    """A deadline, a most number of fits, and what they leave for the next piece of work."""

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float],
        *,
        used: float = 0.0,
        fits: int | None = None,
        refit_seconds: float | None = None,
        at_once: int = 1,
        price: float = 0.0,
    ) -> None:
        """seconds: from the beginning to the deadline, of which `used` are over. fits: the most on folds, and no choice depends
        on the clock then. refit_seconds: of known work, what fitting it once more may take: it gets its time in any case.
        at_once: so many fits are done side by side. price: of an hour of one of them."""
        self._at_once, self._price = at_once, price
        self.fits, self._clock, self._seconds = fits, clock, seconds
        self._done = 0
        self._ends = clock() + seconds - used
        self._grace = clock() + (0.0 if refit_seconds is None else _GRACE + refit_seconds)
        self._restart, self._longest_start = min(_RESTART * seconds, _RESTART_MOST), 0.0

    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self._ends - self._clock()

    def elapsed(self) -> float:
        """Seconds since the search began, with those that an earlier search of the same inputs took."""
        return self._seconds - self.remaining()

    def share(self, share: float) -> float:
        """Seconds that this share of the whole budget is."""
        return share * self._seconds

    def cost(self) -> float | None:
        """What the search cost so far; None where nobody said what an hour costs."""
        return self.elapsed() / 3600.0 * self._at_once * self._price if self._price else None

    def spent(self) -> float:
        """The share that is used up, from 0 to 1: of the fits where these are bounded, else of the seconds."""
        if self.fits is not None:
            return self._done / max(self.fits, 1)
        return 1.0 - self.remaining() / self._seconds if self._seconds > 0 else 1.0

    @property
    def done(self) -> int:
        """Fits on a fold that were begun."""
        return self._done

    def count(self) -> None:
        """A fit on a fold was begun."""
        self._done += 1

    def stop(self, refit_seconds: float) -> None:
        """The deadline is now; what is fitted once more still gets its time."""
        self._ends = self._clock()
        self._grace = self._ends + _GRACE + refit_seconds

    def started(self, seconds: float) -> None:
        """A training process took so long to start: another one may have to be."""
        if seconds > _STARTED:
            self._longest_start = max(self._longest_start, seconds)
            self._restart = _RESTARTS * self._longest_start

    def is_plenty(self, fits: int, seconds: float) -> bool:
        """Whether so many fits, that take so long together, need no more than half of what is left."""
        if self.fits is not None:
            return 2 * fits <= self.fits - self._done
        return 2 * seconds <= self.remaining() * self._at_once

    def has_room(self, fits: int, seconds: float) -> bool:
        """Whether so many fits, that take so long together, need no more than what is left, and a process may be lost."""
        if self.fits is not None:
            return fits <= self.fits - self._done
        return seconds <= (self.remaining() - self._restart) * self._at_once

    def for_fit(self, reserve: float, likely: float, folds: int = 1, *, last: bool = False) -> Limits | None:
        """What the next fit on a fold may take; None where it is not worth starting.

        reserve: seconds that must be left for refits. likely: seconds that such a fit took before, 0 where none did. A fit of
        which nothing is known takes three tenths of what is left at most, and as the first of several folds so little that the
        others could follow: one that cannot be fitted on all of them is of no use. It may have a library to load first,
        which takes about as long as it took to start, and is no part of the fit. Where fits are counted the clock has no say
        in that, for the same fits must come out on each machine. last: whether nothing else is left to do with the time.
        """
        if self.fits is not None and self._done >= self.fits:
            return None
        whole = self.remaining() - reserve - self._restart
        most = _MOST if folds == 1 or self.fits is not None else min(_MOST, 1.0 / (_SPARE * folds))
        most = 1.0 if last else most
        soft = min(0.9 * whole, max(most * self.remaining(), 1.5 * likely if folds == 1 else 0.0))
        loading = 0.0 if likely else self._restart
        return None if soft < max(_LEAST, 0.7 * likely) else Limits(soft, min(1.2 * soft + _SETTLING + loading, whole))

    def for_refit(self, share: float) -> Limits | None:
        """What a refit may take: this share of all that is left, 1 for the last one."""
        hard = self._left() * share
        return Limits(0.85 * hard, hard) if hard > _LEAST else None

    def for_choosing(self) -> float:
        """Seconds that choosing what answers together may take."""
        left = self._left()
        return max(_CHOOSING * left, min(0.5 * left, _CHOOSING_LEAST * self._seconds))

    def _left(self) -> float:
        return max(self.remaining(), self._grace - self._clock())


def affordable(spec: SearchSpec, seconds: float, workers: int) -> float:
    """The seconds of a search, or as many as so many workers may take for `search.max_cost` where that is less."""
    if spec.max_cost is None or spec.price_per_hour == 0.0:
        return seconds
    return min(seconds, 3600.0 * spec.max_cost / (spec.price_per_hour * workers))
