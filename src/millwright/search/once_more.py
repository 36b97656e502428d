"""What a search chose, fitted once more on all rows of a problem: no fold is left out, and nothing is left to stop early on.

Each model is fitted once, for as many iterations as its fits on the folds found best: where the models of several folds
answered as their mean, one does now, which has learnt from more rows than any of them.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from millwright.metrics.metric import Metric
from millwright.models.ensemble import join
from millwright.models.families import check_installed
from millwright.models.family import Fitted, Problem
from millwright.models.own_code import OwnCode
from millwright.records.codec import sha256
from millwright.records.modelling import MadeFit, MadeModel, Recipe
from millwright.search.folds import Fold
from millwright.search.messages import Job, Lost
from millwright.search.scratch import lay_out
from millwright.search.worker import Worker
from millwright.spec.durations import parse_size
from millwright.stores.durable import make_folder

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
    problem: Problem,
    folds: Sequence[Fold],
    recipe: Recipe,
    *,
    metric: Metric,
    folder: Path,
    memory: str,
    seconds: float | None,
    own: Sequence[OwnCode] = (),
    tell: Told = lambda _what: None,
) -> OnceMore | str:
    """The models of a recipe on all rows of another problem with the same columns; or, in words, why they cannot be had.

    seconds: in which all must be done; None: the clock has no say. folder: where scratch files may lie meanwhile. tell: called
    before each fit. Raises NotFound where a library is missing.
    """
    check_installed(model.config.family for model in recipe.models)
    ends = time.monotonic() + (_LONG if seconds is None else seconds)
    with tempfile.TemporaryDirectory(prefix="once-more-", dir=make_folder(folder)) as scratch:
        place, most = Path(scratch), parse_size(memory)
        lay_out(place, problem, folds, metric=metric.name, threads=recipe.threads, seed=recipe.seed, memory=most, own=own)
        made: list[tuple[MadeModel, Fitted]] = []
        with Worker(place, memory, time.monotonic) as worker:
            for number, model in enumerate(recipe.models):
                tell(f"{model.config.name} on all rows")
                found = _fit(worker, place, number, model, ends - time.monotonic())
                if isinstance(found, str):
                    return f"{model.config.name}: {found}"
                made.append(found)
    models = tuple(model for model, _ in made)
    fitted = made[0][1] if len(made) == 1 else join([(model.weight, one) for model, one in made])
    return OnceMore(fitted, replace(recipe, models=models))


def _fit(worker: Worker, scratch: Path, number: int, model: MadeModel, seconds: float) -> tuple[MadeModel, Fitted] | str:
    """A model on all rows and how it was made; or why there is none."""
    if seconds <= 0:
        return "no time was left"
    rounds, hard = rounds_of(model), _KILL * seconds + _KILL_MORE
    job = Job(number=number, config=model.config, fold=None, iterations=rounds, seconds=seconds)
    answer = worker.start(hard) or worker.ask(job, hard)
    if isinstance(answer, Lost):
        return answer.reason
    if answer.stopped_at is not None:
        return "no time was left for all of its iterations"
    files = {name: (scratch / file).read_bytes() for name, file in answer.files}
    refit = MadeFit(fold=None, iterations=answer.iterations, files={name: sha256(content) for name, content in files.items()})
    fitted = Fitted(files, answer.evaluator, answer.iterations, answer.importance)
    return replace(model, fits=(), iterations=rounds, refit=refit), fitted


def rounds_of(model: MadeModel) -> int | None:
    """Iterations on all rows: as many as it was asked for on all rows before, or the mean of the folds; None where its family
    has none."""
    if model.refit is not None:
        return model.iterations
    counts = [fit.iterations for fit in model.fits if fit.iterations is not None]
    return max(1, round(sum(counts) / len(counts))) if counts else None
