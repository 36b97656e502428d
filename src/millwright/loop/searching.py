"""The search step: every trial kept as it finishes, so that a killed search goes on where it was."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from millwright.loop.goal import search_goal
from millwright.loop.progress import Listener, at_stage
from millwright.loop.search_limits import most_together, overdrawn, seconds_to_search
from millwright.loop.steps import Steps, inputs_digest
from millwright.loop.table import Table
from millwright.loop.unfinished import more_time, short_of_time
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.metrics.registry import metric
from millwright.models.family import Problem
from millwright.models.own_code import OwnCode, read_own
from millwright.records.codec import digest_of, plain_before
from millwright.records.figures import fixed
from millwright.records.modelling import Candidate, FeaturePlan, Split, Trial, TrialConfig
from millwright.records.running import Run
from millwright.records.spec import SearchSpec
from millwright.registry import trials as catalogue_trials
from millwright.search.asked import Bound, Heard, Place
from millwright.search.bench import SearchProgress, ranked
from millwright.search.folds import SEALED, Fold
from millwright.search.run import search
from millwright.spec.durations import parse_duration
from millwright.tasks.task import Task

Array = NDArray[Any]
Folded = Callable[[], tuple[Problem, tuple[Fold, ...]]]


@dataclass(frozen=True, slots=True)
class Searched:
    """A search on split rows. assignment: (n,), the fold of each row; only: configurations to try instead of the whole
    portfolio; seen: what it depends on beside the plan and the spec, by digest; once_more: whether what is found is fitted once
    more, on all rows, before it ships."""

    shop: Workshop
    run: Run
    table: Table
    split: Split
    assignment: Array
    plan: FeaturePlan
    only: Sequence[TrialConfig]
    seen: Mapping[str, str | int]
    once_more: bool = False

    def done(self, steps: Steps, listen: Listener, folded: Folded) -> tuple[Candidate, tuple[Trial, ...]]:
        """The winner, and all that was tried. folded: makes the training problem and its folds, where the search is yet to do.
        Raises NotFound, SpecError of a person's own estimator."""
        own = own_code(self.shop, self.only)
        inputs = {**self.seen, "plan": digest_of(self.plan), **identity_of(self.shop.spec.search, self.only, own)}
        inputs |= {"once_more": "judged"} if self.once_more else {}
        key = inputs_digest("search", inputs)
        candidate = steps.do(
            "search",
            inputs,
            Candidate,
            lambda: self._search(key, own, listen, steps.begun, *folded()),
            lambda c: _say_search(self.shop, key, c, more_time(self.shop.spec, self.run.id)),
            lambda c: (*c.files.values(), *c.baseline_files.values(), c.out_of_fold),
        )
        together = (candidate.trial,) if candidate.trial.config.members else ()
        return candidate, (*self._known(key), *together)

    def _search(
        self, key: str, own: Sequence[OwnCode], listen: Listener, begun: float, problem: Problem, folds: Sequence[Fold]
    ) -> Candidate:
        """Trials of a killed search are taken up, and their time counts."""
        shop, bags = self.shop, self.split.method != "time"  # where later rows matter more, models of earlier folds are no help
        refits = not bags or "compared" in self.seen
        spec = replace(shop.spec.search, ensemble=shop.spec.search.ensemble or most_together(by_time=refits))
        budget, gone = parse_duration(spec.budget).total_seconds(), time.monotonic() - begun
        left = seconds_to_search(budget, gone)
        goal = search_goal(shop, self.table, self.plan, self.assignment > SEALED)
        self.table.let_go()
        found = search(
            problem,
            folds,
            spec=spec,
            metric=search_metric(shop, self.table.task),
            seed=shop.spec.split.seed,
            place=Place(shop.home.work / self.run.id, shop.threads, shop.blobs, left),
            bound=Bound(only=self.only, bags=bags, own=own, goal=goal, known=self._known(key), once_more=self.once_more),
            heard=Heard(lambda trial: self._keep(key, trial), lambda progress: _tell(listen, progress)),
        )
        late = overdrawn(budget, gone, more_time(shop.spec, self.run.id)) if spec.trials is None else ""
        return replace(found, note="; ".join(filter(None, (found.note, late))))

    def _known(self, key: str) -> tuple[Trial, ...]:
        with self.shop.catalogue.read() as view:
            return tuple(catalogue_trials.of_search(view, key))

    def _keep(self, key: str, trial: Trial) -> None:
        with self.shop.catalogue.write() as tx:
            catalogue_trials.keep(tx, key, self.run.id, trial)


def own_code(shop: Workshop, only: Sequence[TrialConfig] = ()) -> tuple[OwnCode, ...]:
    """The files of the project's folder that hold estimators to be tried. Raises NotFound, SpecError; see `read_own`."""
    kept = [config.family for one in only for config in one.fitted]
    return read_own(shop.base, kept or shop.spec.search.families)


def search_metric(shop: Workshop, task: Task) -> Metric:
    """The metric that the search makes better."""
    name = shop.spec.search.metric
    return task.metrics[0] if name == "auto" else metric(name)


def only_digest(only: Sequence[TrialConfig]) -> str:
    """The identity of configurations that a search is bound to."""
    return digest_of([plain_before(config, members=(), features="all") for config in only])


def identity_of(spec: SearchSpec, only: Sequence[TrialConfig], own: Sequence[OwnCode]) -> dict[str, str]:
    """What is asked of a search, by digest. Where trials run is no part of it: the same search may go on elsewhere."""
    anywhere = replace(spec, executor="local", workers=None, ray_address="", price_per_hour=0.0, max_cost=None, rows=None)
    anywhere = replace(anywhere, refit=True)
    later = {"rows": None, "executor": "local", "workers": None, "ray_address": "", "price_per_hour": 0.0}
    later |= {"max_cost": None, "refit": True}
    asked = {"monotone": {}, "interactions": (), "imbalance": "none", "quantiles": spec.quantiles, "generate": spec.generate}
    spoken = digest_of(plain_before(anywhere, ensemble=None, trials=None, goal=None, **asked, **later))
    kept = {"only": only_digest(only)} if only else {}
    return {"search": spoken, **kept, **{code.family: code.digest for code in own}}


def _tell(listen: Listener, progress: SearchProgress) -> None:
    left = max(progress.seconds_left, 0.0)
    said, total = _said(progress), progress.total
    listen(at_stage("search", said, trials=progress.number, trials_total=total, best=progress.best, at_most=left))


def _said(progress: SearchProgress) -> str:
    """What it is at, in words."""
    at = f"fitting the best once more: {progress.config}" if progress.refit else progress.config
    paid = "" if progress.cost is None else f"; cost so far {progress.cost:.4g}"
    return (f"{at}: {progress.note}" if progress.note else at) + paid


def _say_search(shop: Workshop, key: str, candidate: Candidate, more: str) -> str:
    """The winner, and whether there was too little time to be sure of it. more: what to raise, for more time."""
    with shop.catalogue.read() as view:
        tried = catalogue_trials.of_search(view, key)
    trial, folds = candidate.trial, len(candidate.baseline.fold_scores)
    part = f", {len(trial.fold_scores)} of {folds} folds" if 0 < len(trial.fold_scores) < folds else ""
    said = f"best: {trial.config.name}, {candidate.metric} {fixed(trial.score)} on validation{part}"
    if candidate.note:
        said = f"{said}; {candidate.note}"
    if candidate.trial.config.members:
        return said
    best = ranked([candidate.trial, *tried], metric(candidate.metric))[0]
    if best.score != candidate.trial.score and candidate.goal is None:
        short = f"but no time was left to fit it once more: raise {more}"
        return f"{said}; {best.config.name} had {fixed(best.score)}, {short}"
    short = short_of_time(tried)
    return f"{said}; {short}: raise {more}" if short else said
