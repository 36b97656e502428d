"""What a search chose, made again without a search: the fits that answer, each as it was, and joined with the same weights."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import Unavailable
from millwright.metrics.metric import Metric
from millwright.models.ensemble import join, weighted_sum
from millwright.models.families import check_installed
from millwright.models.family import Fitted, Problem
from millwright.models.own_code import SOURCE, OwnCode
from millwright.records.codec import sha256
from millwright.records.modelling import MadeFit, MadeModel, Recipe
from millwright.search.folds import Fold
from millwright.search.messages import Done, Job, Lost
from millwright.search.scratch import lay_out
from millwright.search.trial import mean_out_of_fold
from millwright.search.worker import Worker
from millwright.spec.durations import parse_size
from millwright.stores.durable import make_folder

Array = NDArray[Any]
Told = Callable[[int, int, str], None]
"""Called before each fit: the how-manieth of how many it is, and what is fitted."""

_LONG = 30 * 86_400.0
"""Seconds. There is no deadline: a fit ends as it did, and a person can stop it."""


@dataclass(frozen=True, slots=True)
class Remade:
    """What a recipe gives. out_of_fold: raw scores (n, width) of the rows by models that had not seen them, NaN where none had
    not. apart: the fits whose model has other bytes than it had, in words."""

    fitted: Fitted
    out_of_fold: Array
    apart: tuple[str, ...]


def remake(
    problem: Problem,
    folds: Sequence[Fold],
    recipe: Recipe,
    *,
    metric: Metric,
    folder: Path,
    memory: str,
    own: Sequence[OwnCode] = (),
    tell: Told = lambda _number, _total, _what: None,
) -> Remade:
    """Fit what the recipe names on these rows, and nothing else. folder: where scratch files may lie meanwhile. own: the code
    of its families that are a person's own.

    Raises NotFound where a library is missing, Unavailable where a fit does not come to its end or a person's own code is not
    what it was.
    """
    _check_own(recipe, own)
    with at_work(problem, folds, recipe, metric=metric, folder=folder, memory=memory, own=own) as (worker, place):
        return _Bench(problem, folds, recipe, worker, place, tell).remade()


@contextmanager
def at_work(
    problem: Problem,
    folds: Sequence[Fold],
    recipe: Recipe,
    *,
    metric: Metric,
    folder: Path,
    memory: str,
    own: Sequence[OwnCode] = (),
) -> Iterator[tuple[Worker, Path]]:
    """A training process that fits as the recipe says, and where it leaves its files, until both are gone. Raises NotFound
    where a library is missing."""
    check_installed(model.config.family for model in recipe.models)
    with tempfile.TemporaryDirectory(prefix="remake-", dir=make_folder(folder)) as scratch:
        place, most = Path(scratch), parse_size(memory)
        lay_out(place, problem, folds, metric=metric.name, threads=recipe.threads, seed=recipe.seed, memory=most, own=own)
        with Worker(place, memory, time.monotonic, own_code=bool(own)) as worker:
            yield worker, place


def fitted_of(done: Done, scratch: Path) -> Fitted:
    """The model that a fit left in the folder."""
    files = {name: (scratch / file).read_bytes() for name, file in done.files}
    return Fitted(files, done.evaluator, done.iterations, done.importance)


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """The files of a fit, as a recipe names them."""
    return {name: sha256(content) for name, content in files.items()}


def _check_own(recipe: Recipe, own: Sequence[OwnCode]) -> None:
    for model in recipe.models:
        code = next((code for code in own if code.family == model.config.family), None)
        if code is not None and model.config.params.get(SOURCE) != code.digest:
            what = f"{code.file} is not what it was when {model.config.name} was fitted"
            raise Unavailable(what, where=code.file, fix="bring back that file, from version control", code="rebuild.own")


class _Bench:
    """Where the fits of one recipe are done."""

    def __init__(
        self, problem: Problem, folds: Sequence[Fold], recipe: Recipe, worker: Worker, scratch: Path, tell: Told
    ) -> None:
        self._problem, self._folds, self._recipe = problem, folds, recipe
        self._worker, self._scratch, self._tell = worker, scratch, tell
        self._done, self._apart = 0, list[str]()

    def remade(self) -> Remade:
        made = [(model.weight, *self._model(number, model)) for number, model in enumerate(self._recipe.models)]
        if len(made) == 1:
            (_weight, fitted, out_of_fold) = made[0]
        else:
            fitted = join([(weight, fitted) for weight, fitted, _ in made])
            out_of_fold = weighted_sum([weight for weight, _, _ in made], [said for _, _, said in made])
        return Remade(fitted, out_of_fold, tuple(self._apart))

    def _model(self, number: int, model: MadeModel) -> tuple[Fitted, Array]:
        """What answers for one configuration, and what it said of rows that it had not seen."""
        said, fitted = [], []
        for fit in model.fits:
            assert fit.fold is not None, "those on all rows are refits"
            found, raw = self._fit(number, model, fit)
            said.append((fit.fold, raw))
            fitted.append(found)
        out = mean_out_of_fold(self._problem, self._folds, said)
        if model.refit is not None:
            return self._fit(number, model, model.refit)[0], out
        return join([(1.0 / len(fitted), one) for one in fitted]), out

    def _fit(self, number: int, model: MadeModel, fit: MadeFit) -> tuple[Fitted, Array]:
        """One fit as it was: it is told to stop where it was told to stop. Of one on all rows there are no scores."""
        self._done += 1
        what = f"{model.config.name} on {'all rows' if fit.fold is None else f'fold {fit.fold + 1}'}"
        self._tell(self._done, self._recipe.count, what)
        job = Job(
            number=number,
            config=model.config,
            fold=fit.fold,
            iterations=model.iterations if fit.fold is None else None,
            seconds=_LONG,
            again=True,
            stop_at=fit.stopped_at,
        )
        answer = self._worker.start(_LONG) or self._worker.ask(job, _LONG)
        if isinstance(answer, Lost):
            fix = "give it the memory that it had (search.memory), and try again"
            raise Unavailable(f"{what} cannot be fitted again: {answer.reason}", fix=fix, code="rebuild.fit")
        found = fitted_of(answer, self._scratch)
        if digests_of(found.files) != fit.files:
            self._apart.append(_apart(what, fit.iterations, answer.iterations))
        raw = np.load(self._scratch / answer.raw, allow_pickle=False) if answer.raw else np.empty((0, 0))
        return found, raw


def _apart(what: str, then: int | None, now: int | None) -> str:
    return f"{what} is another model" + (f" ({now} iterations, and {then} then)" if then != now else "")
