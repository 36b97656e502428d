"""What did well on the folds becomes a model: the bag of its folds' models, or one that is fitted on all rows in the time that
is left."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from millwright.models.family import Fitted
from millwright.records.modelling import MadeFit, MadeModel, Trial
from millwright.search.bags import Price, answers_as_bag, bag
from millwright.search.bench import Bench, ranked
from millwright.search.budget import Limits
from millwright.search.executor import Ahead
from millwright.search.growing import is_growing
from millwright.search.messages import Done, Job, Lost
from millwright.search.race import started
from millwright.search.repeats import grown
from millwright.stores.blobs import BlobStore

MORE_MAY_FOLLOW = 0.67
"""The share of the time that is left for a refit that is not the last."""
ENOUGH = 0.5
"""The share of its rounds that a model of all rows must have to be taken for better than those of samples of them."""


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model whose files are in the blob store. made: from what, for whoever makes it again."""

    trial: Trial
    evaluator: str
    files: dict[str, str]
    importance: tuple[tuple[str, float], ...]
    made: tuple[MadeModel, ...]
    iterations: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it was boosted for as long as the folds found best, and not cut short by the deadline."""
        return self.is_at_least(1.0)

    def is_at_least(self, share: float) -> bool:
        """Whether it was boosted for this share of that."""
        wanted, had = self.trial.iterations, self.iterations
        return wanted is None or had is None or had >= share * wanted


class Refits:
    """The models of one search's trials: each is made at most once."""

    def __init__(self, bench: Bench, trials: Sequence[Trial]) -> None:
        """trials: all of the search, to be told of."""
        self._bench, self._trials = bench, trials
        self._done: dict[tuple[int, bool], Model | None] = {}
        self._grown: dict[int, Trial] = {}
        self.notes: dict[int, str] = {}
        """By the number of a trial: why it was not fitted once more."""

    def grow(self, trials: Sequence[Trial]) -> None:
        """Give those that are to answer, as bags, further models in the time that is left."""
        if not self._grown:
            self._grown = {trial.number: trial for trial in grown(self._bench, trials)}

    def of(self, trial: Trial, share: float, bagged: bool | None = None) -> Model | None:
        """The model of a trial, within this share of the time that is left; None where there is none to be had. bagged: whether
        it is that of its folds; where not said, if it is small enough."""
        as_bag = self._is_bag(trial, bagged)
        if (trial.number, as_bag) not in self._done:
            self._done[trial.number, as_bag] = self._bagged(trial) if as_bag else self._on_all_rows(trial, share)
        return self._done[trial.number, as_bag]

    def begin(self, trials: Sequence[Trial], shares: Sequence[float], bagged: bool | None = None) -> None:
        """Of trials that will be asked for with these shares, begin side by side with those that are fitted on all rows."""
        bench = self._bench
        wanted = [pair for pair in zip(trials, shares, strict=True) if not self._is_bag(pair[0], bagged)]
        limits = bench.budget.for_refit(wanted[0][1]) if wanted else None
        if bench.worker.width > 1 and len(wanted) > 1 and limits is not None:
            first, *then = [_refit_ahead(bench, trial, share) for trial, share in wanted]
            bench.worker.ahead(replace(first.job, seconds=limits.soft), limits, then)

    def best(self, baseline: Model) -> Model:
        """The best trial that a model can be made of in the time that is left; in the end the baseline, which is there.

        One that cannot be fitted once more is there as well: as the models of its folds, where they are small enough.
        """
        order = ranked(self._trials, self._bench.metric)
        self.grow(order[:1])
        for place, trial in enumerate(order):
            if trial == baseline.trial:
                break
            is_last = order[place + 1 :] in ([], [baseline.trial])
            model = self.of(trial, 1.0 if is_last else MORE_MAY_FOLLOW)
            if model is not None:
                return model
            if trial.fits and Price.of_all(self._bench, trial.fits).is_small(self._bench):
                return self._bagged(trial)
        return baseline

    def instead(self, best: Model) -> str:
        """Why the models of its folds answer for a trial that would have been fitted once more; empty where that is not so."""
        why = self.notes.get(best.trial.number)
        if why is None or is_growing(self._bench.folds):
            return ""
        return f"the models of its folds answer, for it was not fitted once more on all rows: {why}"

    def _is_bag(self, trial: Trial, bagged: bool | None) -> bool:
        return answers_as_bag(self._bench, trial.fits) if bagged is None else bagged

    def _on_all_rows(self, trial: Trial, share: float) -> Model | None:
        """One that is fitted on all rows; where the folds have samples, theirs instead if the time is too short for that."""
        model = self._fitted(trial, share)
        if not is_growing(self._bench.folds) or (model is not None and model.is_at_least(ENOUGH)):
            return model
        return self._bagged(trial)

    def _bagged(self, trial: Trial) -> Model:
        trial = self._grown.get(trial.number, trial)
        return kept(trial, bag(self._bench, trial.fits), self._bench.blobs, (made_model(trial),))

    def _fitted(self, trial: Trial, share: float) -> Model | None:
        bench = self._bench
        self._tell(trial)
        limits = bench.budget.for_refit(share)
        lost = started(bench, limits) if limits else None
        limits = bench.budget.for_refit(share)
        if lost or limits is None:
            self._say(trial, lost.reason if lost else "no time is left")
            return None
        answer = self._asked(trial, limits)
        if isinstance(answer, Lost):
            self._say(trial, answer.reason)
            return None
        files = {name: (bench.scratch / file).read_bytes() for name, file in answer.files}
        fitted = Fitted(files, answer.evaluator, answer.iterations, answer.importance)
        return refitted(trial, fitted, bench.blobs, answer.stopped_at)

    def _asked(self, trial: Trial, limits: Limits) -> Done | Lost:
        job = replace(_refit_of(trial), seconds=limits.soft, threads=self._bench.alone)
        return self._bench.worker.ask(job, limits.hard)

    def _say(self, trial: Trial, reason: str) -> None:
        self.notes[trial.number] = reason
        self._tell(trial, f"not refitted: {reason}")

    def _tell(self, trial: Trial, note: str = "") -> None:
        best = next((trial.score for trial in ranked(self._trials, self._bench.metric)), None)
        self._bench.tell(trial.number, len(self._trials), trial.config, best, refit=True, note=note)


def _refit_of(trial: Trial) -> Job:
    return Job(number=trial.number, config=trial.config, fold=None, iterations=trial.iterations, seconds=0.0)


def _refit_ahead(bench: Bench, trial: Trial, share: float) -> Ahead:
    return Ahead(_refit_of(trial), lambda: bench.budget.for_refit(share))


def kept(trial: Trial, fitted: Fitted, blobs: BlobStore, made: tuple[MadeModel, ...]) -> Model:
    """A fitted model with its files in the blob store."""
    files = {name: blobs.put(content) for name, content in sorted(fitted.files.items())}
    return Model(trial, fitted.evaluator, files, fitted.importance, made, fitted.iterations)


def refitted(trial: Trial, fitted: Fitted, blobs: BlobStore, stopped_at: int | None = None) -> Model:
    """The same for a model that was fitted on all rows."""
    model = kept(trial, fitted, blobs, ())
    refit = MadeFit(fold=None, iterations=fitted.iterations, files=model.files, stopped_at=stopped_at)
    return replace(model, made=(replace(made_model(trial), iterations=trial.iterations, refit=refit),))


def made_model(trial: Trial) -> MadeModel:
    """A trial as the one that answers, by the models of its folds."""
    fits = (MadeFit(fold=fit.fold, iterations=fit.iterations, files=fit.files, stopped_at=fit.stopped_at) for fit in trial.fits)
    return MadeModel(weight=1.0, config=trial.config, fits=tuple(fits))
