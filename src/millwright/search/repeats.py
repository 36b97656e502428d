"""More models of what answers: fitted on further divisions of the rows in the time that is left, and averaged with the others.

Repeated cross-fitting: what one division of few rows happens to teach is chance, and the mean over several has less of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from millwright.records.modelling import FoldFit, Trial
from millwright.search.bags import Price, answers_as_bag, together
from millwright.search.bench import Bench
from millwright.search.entries import fit_of, out_of_fold
from millwright.search.executor import Ahead
from millwright.search.messages import Job, Lost
from millwright.search.pace import refit_seconds
from millwright.search.race import started

Step = tuple[Trial, int]
"""A trial and the place of the fold that it is fitted on once more."""

SHARE = 0.5
"""Of what all that answers may cost: the rest buys less and less."""


def grown(bench: Bench, trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """These trials, those of them that answer as bags with more models, as many as time and price allow; division by division.

    What is said of their rows is the mean over the divisions then. Their scores stay those of the folds that all were compared
    on.
    """
    waiting = [trial for trial in trials if answers_as_bag(bench, trial.fits)]
    reserve = sum(refit_seconds(bench, _pace(trial)) for trial in trials if trial not in waiting)
    more: dict[int, list[FoldFit]] = {trial.number: [] for trial in waiting}
    steps = list(_steps(bench, waiting))
    for at, (trial, place) in enumerate(steps):
        if not _has_room(bench, trials, more):
            break
        fit = _fitted(bench, trial, place, reserve, steps[at + 1 :])
        if fit is None:
            break
        more[trial.number].append(fit)
    return _with(bench, trials, more)


def _steps(bench: Bench, trials: Sequence[Trial]) -> Iterator[Step]:
    """Trials and the places of further folds, in order."""
    for repeat in sorted({fold.repeat for fold in bench.further}):
        for trial in trials:
            yield from ((trial, place) for place, fold in enumerate(bench.divisions) if fold.repeat == repeat)


def _pace(trial: Trial) -> float:
    return sum(fit.seconds for fit in trial.fits) / max(len(trial.fits), 1)


def _has_room(bench: Bench, trials: Sequence[Trial], more: dict[int, list[FoldFit]]) -> bool:
    """Whether another model may cost what they cost."""
    prices = [Price.of(bench, (*trial.fits, *more.get(trial.number, ()))) for trial in trials]
    return together(prices).is_small(bench, SHARE)


def _fitted(bench: Bench, trial: Trial, place: int, reserve: float, then: Sequence[Step]) -> FoldFit | None:
    """One more model; None where there is no time for it, it came to nothing, or a person says that it is enough. then: what
    comes after it."""
    limits = bench.budget.for_fit(reserve, _pace(trial))
    if limits is None or started(bench, limits) is not None:
        return None
    limits = bench.budget.for_fit(reserve, _pace(trial))
    if limits is None:
        return None
    bench.tell(trial.number, trial.number, trial.config, trial.score, refit=False, note="once more, on other folds")
    bench.budget.count()
    job = replace(_job(trial, place), seconds=limits.soft)
    bench.worker.ahead(job, limits, _ahead(bench, reserve, then))
    try:
        answer = bench.worker.ask(job, limits.hard)
    except KeyboardInterrupt:
        bench.worker.abandon()
        return None
    return None if isinstance(answer, Lost) else fit_of(bench, place, answer, answer.seconds)


def _job(trial: Trial, place: int) -> Job:
    return Job(number=trial.number, config=trial.config, fold=place, iterations=None, seconds=0.0)


def _ahead(bench: Bench, reserve: float, then: Sequence[Step]) -> list[Ahead]:
    """What comes next, for those who have nothing to do."""
    budget, most = bench.budget, 2 * bench.worker.width - 1
    most = most if budget.fits is None else min(most, budget.fits - budget.done)

    def ahead(trial: Trial, place: int) -> Ahead:
        return Ahead(_job(trial, place), lambda: budget.for_fit(reserve, _pace(trial)))

    return [ahead(*step) for step in then[:most]]


def _with(bench: Bench, trials: Sequence[Trial], more: dict[int, list[FoldFit]]) -> tuple[Trial, ...]:
    return tuple(_extended(bench, trial, more.get(trial.number, [])) for trial in trials)


def _extended(bench: Bench, trial: Trial, more: Sequence[FoldFit]) -> Trial:
    if not more:
        return trial
    fits = (*trial.fits, *more)
    return replace(trial, fits=fits, predictions=bench.keep(out_of_fold(bench, fits)))
