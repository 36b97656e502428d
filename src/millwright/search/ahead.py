"""What a race will likely ask next, so that idle training processes need not wait for its decision."""

from collections.abc import Callable, Iterator, Sequence

from millwright.search.bench import Bench
from millwright.search.entries import Entry
from millwright.search.executor import Ahead
from millwright.search.messages import Job

Step = tuple[Entry, int]
"""A configuration and the fold that it is fitted on."""


def likely_after(step: Step, entries: Sequence[Entry], folds: int, *, ranked: Sequence[Entry], opens: bool) -> Iterator[Step]:
    """Steps that will likely come after `step`, the likeliest first. None of them depends on the outcome of another.

    ranked: those with a fit, the best first. opens: whether configurations are begun as long as there are any.
    """
    entry, fold = step
    waiting = [(other, 0) for other in entries if other is not entry and other.state == "open" and not other.fits]
    going = [other for other in ranked if other is not entry and other.state == "open" and len(other.fits) < folds]
    further = sorted(going, key=lambda other: -len(other.fits))
    if opens:
        yield from waiting
    own = [(entry, later) for later in range(fold + 1, folds)]
    if entry.fits:
        yield from own
    yield from ((other, len(other.fits)) for other in further)
    if not entry.fits:
        yield from own  # it may be one that never ends
    yield from ((other, later) for other in further for later in range(len(other.fits) + 1, folds))
    if not opens:
        yield from waiting


def given_after(step: Step, entries: Sequence[Entry], folds: int) -> Iterator[Step]:
    """The same where each is fitted on all folds, one after the other."""
    entry, fold = step
    yield from ((entry, later) for later in range(fold + 1, folds))
    others = (other for other in entries if other.number > entry.number and other.state == "open")
    yield from ((other, later) for other in others for later in range(len(other.fits), folds))


def as_jobs(bench: Bench, steps: Iterator[Step], reserve: Callable[[Entry, float], float], first: int) -> list[Ahead]:
    """Steps as jobs, as many as can be under way at once and as may still be done. first: on how many folds one that begins is
    to be fitted in the time that is left."""
    most = 2 * bench.worker.width - 1
    if bench.budget.fits is not None:
        most = min(most, bench.budget.fits - bench.budget.done)
    return [_as_job(bench, entry, fold, reserve, 1 if entry.fits else first) for entry, fold in _first(most, steps)]


def _first(most: int, steps: Iterator[Step]) -> list[Step]:
    return [step for _, step in zip(range(most), steps, strict=False)]


def _as_job(bench: Bench, entry: Entry, fold: int, reserve: Callable[[Entry, float], float], folds: int) -> Ahead:
    job = Job(number=entry.number, config=entry.config, fold=fold, iterations=None, seconds=0.0)
    pace = entry.pace
    kept = reserve(entry, pace)
    return Ahead(job, lambda: bench.budget.for_fit(kept, pace * bench.counts[fold], folds))
