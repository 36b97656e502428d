"""What a search chose, fitted once more on all rows of a problem: no fold is left out, and nothing is left to stop early on.

Each model is fitted once, for as many iterations as its fits on the folds found best: where the models of several folds
answered as their mean, one does now, which has learnt from more rows than any of them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from millwright.models.ensemble import join
from millwright.models.family import Fitted
from millwright.records.modelling import MadeFit, MadeModel, Recipe
from millwright.search.messages import Job, Lost
from millwright.search.remake import digests_of, fitted_of
from millwright.search.worker import Worker

_LONG = 30 * 86_400.0
_KILL, _KILL_MORE = 1.2, 5.0
"""A fit is killed after so many times the seconds in which it was asked to stop, and so many more."""
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class OnceMore:
    """What answers, and how it is made again: of each model one fit on all rows, and none on folds."""

    fitted: Fitted
    recipe: Recipe


def fit_once_more(
    worker: Worker, scratch: Path, recipe: Recipe, seconds: float | None, tell: Told, threads: int | None = None
) -> OnceMore | str:
    """The models of a recipe on all rows of the problem that the worker has; or, in words, why they cannot be had.

    scratch: where the worker leaves its files; seconds: in which all must be done; None: the clock has no say. tell: called
    before each fit. threads: of each fit, for no other is done beside it; None: those of the recipe.
    """
    ends = time.monotonic() + (_LONG if seconds is None else seconds)
    made: list[tuple[MadeModel, Fitted]] = []
    for number, model in enumerate(recipe.models):
        tell(f"{model.config.name} on all rows")
        found = _fit(worker, scratch, model, _job(number, model, ends - time.monotonic(), threads))
        if isinstance(found, str):
            return f"{model.config.name}: {found}"
        made.append(found)
    fitted = made[0][1] if len(made) == 1 else join([(model.weight, one) for model, one in made])
    return OnceMore(fitted, replace(recipe, models=tuple(model for model, _ in made)))


def _job(number: int, model: MadeModel, seconds: float, threads: int | None) -> Job:
    return Job(number=number, config=model.config, fold=None, iterations=rounds_of(model), seconds=seconds, threads=threads)


def _fit(worker: Worker, scratch: Path, model: MadeModel, job: Job) -> tuple[MadeModel, Fitted] | str:
    """A model on all rows and how it was made; or why there is none."""
    if job.seconds <= 0:
        return "no time was left"
    hard = _KILL * job.seconds + _KILL_MORE
    answer = worker.start(hard) or worker.ask(job, hard)
    if isinstance(answer, Lost):
        return answer.reason
    if answer.stopped_at is not None:
        return "no time was left for all of its iterations"
    fitted = fitted_of(answer, scratch)
    refit = MadeFit(fold=None, iterations=answer.iterations, files=digests_of(fitted.files))
    return replace(model, fits=(), iterations=job.iterations, refit=refit), fitted


def rounds_of(model: MadeModel) -> int | None:
    """Iterations on all rows: as many as it was asked for on all rows before, or the mean of the folds; None where its family
    has none."""
    if model.refit is not None:
        return model.iterations
    counts = [fit.iterations for fit in model.fits if fit.iterations is not None]
    return max(1, round(sum(counts) / len(counts))) if counts else None
