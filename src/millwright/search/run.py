"""The search: a portfolio of settings in a race over the folds, each in the training process, under a deadline that holds."""

import io
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from millwright.errors import NotFound, Unavailable, nearest
from millwright.metrics.metric import Metric
from millwright.models.families import check_installed, families, family
from millwright.models.family import Family, Problem
from millwright.models.honours import why_left_out
from millwright.models.own_code import OwnCode, with_source
from millwright.records.modelling import Candidate, FoldFit, Recipe, Trial, TrialConfig
from millwright.records.spec import SearchSpec
from millwright.search.asked import FREE, NOBODY, Bound, Heard, Place
from millwright.search.bench import Bench
from millwright.search.budget import Budget, affordable
from millwright.search.choosing import taken
from millwright.search.entries import Entry, trial_of
from millwright.search.executors import opened, size_of
from millwright.search.folds import Fold
from millwright.search.front import around, shown
from millwright.search.goal import JUDGED
from millwright.search.growing import is_growing, said
from millwright.search.joining import joined
from millwright.search.portfolio import portfolio
from millwright.search.portfolio_readable import readable
from millwright.search.race import Race
from millwright.search.refits import Model, Refits, refitted
from millwright.search.scratch import lay_out
from millwright.search.trial import OnFold, fit_fold, refit
from millwright.stores.blobs import BlobStore, FileBlobs
from millwright.stores.durable import make_folder

_REFITTED = 5
"""Known trials that are given time to be fitted once more, where an earlier search used up the deadline."""


def search(
    problem: Problem,
    folds: Sequence[Fold],
    *,
    spec: SearchSpec,
    metric: Metric,
    seed: int,
    place: Place,
    bound: Bound = FREE,
    heard: Heard = NOBODY,
) -> Candidate:
    """The configuration that does best on the folds, as the bag of its models or fitted once more on all rows of `problem`.

    problem: the training rows alone; folds index into them, those of further divisions after the others.

    The best mean over the same folds wins, the earlier (simpler) configuration where equal; or, where
    `spec.ensemble` lets several answer together, the weighted sum of some that are better so. A trial that overruns is
    killed, one whose process dies is failed with the reason, and the search goes on; what cannot be refitted gives way to
    the next. The same inputs give the same files unless the deadline cuts a fit short. Raises NotFound for a family that is
    not there, or whose library is not.
    """
    configs = _configs(problem, spec, bound)
    _check_families(configs, [code.family for code in bound.own])
    make_folder(place.folder)
    fits = FileBlobs(place.folder / "fits")
    with tempfile.TemporaryDirectory(prefix="search-", dir=place.folder) as folder:
        scratch, size = Path(folder), size_of(spec, place.threads, len(problem.y), len(problem.features))
        lay_out(scratch, problem, folds, metric=metric.name, threads=size.threads, seed=seed, memory=size.memory, own=bound.own)
        with opened(spec, scratch, size, place.clock, own_code=bool(bound.own)) as worker:
            bench = Bench(
                problem=problem,
                folds=[fold for fold in folds if not fold.repeat],
                further=[] if bound.once_more or (bound.only and spec.trials) else [fold for fold in folds if fold.repeat],
                metric=metric,
                seed=seed,
                models=_models(spec, bound),
                bags=bound.bags and not bound.goal.interpretable and not is_growing(folds),
                worker=worker,
                scratch=scratch,
                blobs=place.blobs,
                fits=fits,
                budget=_budget(spec, place, bound, worker.width),
                clock=place.clock,
                on_progress=heard.on_progress,
                goal=replace(bound.goal, room=JUDGED) if bound.once_more else bound.goal,
                by_fold=bound.by_fold,
                once_more=bound.once_more,
                alone=size.alone,
            )
            found, made = _searched(bench, configs, bound, heard.on_trial)
    recipe = Recipe(models=made.made, seed=seed, threads=size.threads)
    shutil.rmtree(place.folder / "fits", ignore_errors=True)
    return replace(found, recipe=recipe)


def _configs(problem: Problem, spec: SearchSpec, bound: Bound) -> list[TrialConfig]:
    """What is tried, in order, the baseline first."""
    asked, sizes = () if bound.only else spec.families, (len(problem.y), len(problem.features))
    if bound.goal.interpretable:
        first = readable(asked, problem.task, *sizes)
    else:
        first = portfolio(asked, problem.task, *sizes, problem.layers)
    given = [config for one in bound.only for config in one.fitted]
    return [with_source(config, bound.own) for config in (*first, *given)]


def _models(spec: SearchSpec, bound: Bound) -> int:
    """How many may answer together."""
    if bound.ensemble is not None:
        return len(bound.ensemble.members)
    return 1 if bound.is_fixed else spec.ensemble or 1


def _budget(spec: SearchSpec, place: Place, bound: Bound, at_once: int) -> Budget:
    """What is left of the deadline after known work, whose best is not lost even where nothing is."""
    known = bound.known
    paces = sorted((trial.seconds / max(len(trial.fits), 1) for trial in known if trial.state == "finished"), reverse=True)
    return Budget(
        affordable(spec, place.deadline, at_once),
        place.clock,
        used=sum(trial.seconds for trial in known) / at_once,
        fits=None if bound.only else spec.trials,
        at_once=at_once,
        price=spec.price_per_hour,
        refit_seconds=2.0 * sum(paces[:_REFITTED]) if paces else None,
    )


def _searched(
    bench: Bench, configs: Sequence[TrialConfig], bound: Bound, on_trial: Callable[[Trial], None]
) -> tuple[Candidate, Model]:
    baseline = _baseline(bench, configs[0])
    on_trial(baseline.trial)
    race = Race(bench, configs[1:], fixed=bound.is_fixed, on_trial=on_trial, best=baseline.trial.score)
    race.leave_out(lambda name: why_left_out(_family(name, bound.own), bench.problem))
    race.take_up(bound.known, lambda fit: _is_whole(fit, bench.fits))
    race.run()
    trials = [baseline.trial, *race.trials()]
    refits = Refits(bench, trials)
    given = bound.ensemble
    within = taken(bench, trials[1:], refits) if bench.goal.is_set and given is None else None
    others = around(bench, trials[1:], baseline.trial.score) if within is None else []
    together, note = joined(bench, trials, refits, given) if bench.models > 1 and within is None else (None, "")
    best = within.model if within else together or refits.best(baseline)
    candidate = Candidate(
        trial=best.trial,
        baseline=baseline.trial,
        evaluator=best.evaluator,
        files=best.files,
        baseline_evaluator=baseline.evaluator,
        baseline_files=baseline.files,
        out_of_fold=best.trial.predictions or "",
        metric=bench.metric.name,
        importance=best.importance,
        note=_said(bench, race, best, "; ".join(filter(None, (note, refits.instead(best))))),
        front=within.front if within else shown(bench, trials[1:], others, best),
        goal=within.outcome if within else None,
    )
    return candidate, best


def _said(bench: Bench, race: Race, best: Model, joining: str) -> str:
    """What whoever reads the result should know. joining: of how models came to answer together, or not."""
    cost = bench.budget.cost()
    notes = [
        said(bench.folds, len(bench.problem.y), [one.refit for one in best.made]),
        joining,
        *(f"{name} {why}" for name, why in race.left_out.items()),
        "a person can read it: the report draws all of it, under “The whole model”" if bench.goal.interpretable else "",
        *bench.worker.notes,
        "stopped by hand: raise search.budget to search on" if race.is_stopped else "",
        "" if cost is None else f"the search cost {cost:.4g}",
    ]
    return "; ".join(filter(None, notes))


def _family(name: str, own: Sequence[OwnCode]) -> Family:
    """A family, to be asked what it can do: of a person's own nothing is run."""
    code = next((code for code in own if code.family == name), None)
    if code is None:
        return family(name)
    from millwright.models.own import OwnFamily

    return OwnFamily(code)


def _is_whole(fit: FoldFit, fits: BlobStore) -> bool:
    """Whether what an earlier search left of a fit is all there."""
    try:
        for digest in (fit.raw, *fit.files.values()):
            fits.get(digest)
    except (NotFound, Unavailable):
        return False
    return True


def _check_families(configs: Sequence[TrialConfig], own: Sequence[str]) -> None:
    there = {*families(), *own}
    for config in configs:
        if config.family not in there:
            fix = nearest(config.family, there) or f"there are: {', '.join(sorted(there))}"
            raise NotFound(
                f'no model family is called "{config.family}"', where="search.families", fix=fix, code="family.unknown"
            )
    check_installed(config.family for config in configs)


def _baseline(bench: Bench, config: TrialConfig) -> Model:
    """The baseline is ours and takes no time: it is fitted here, so that a search always ends with a model."""
    ours, begun = family(config.family), bench.clock()
    judge = bench.judge
    entry = Entry(1, config, counts=bench.counts)
    for number, fold in enumerate(bench.folds):
        on_fold = fit_fold(ours, bench.problem, fold, config.params, judge=judge, seed=bench.seed, keep_going=lambda: True)
        entry.fits.append(_kept_fit(bench, number, on_fold))
    entry.lost = bench.clock() - begun
    fitted = refit(ours, bench.problem, config.params, iterations=None, seed=bench.seed, keep_going=lambda: True)
    trial = replace(trial_of(bench, entry, judged_on=len(bench.folds)), on_folds=None)
    model = refitted(trial, fitted, bench.blobs)
    return replace(model, trial=replace(trial, fits=()))


def _kept_fit(bench: Bench, fold: int, on_fold: OnFold) -> FoldFit:
    raw = io.BytesIO()
    np.save(raw, on_fold.raw, allow_pickle=False)
    return FoldFit(
        fold=fold,
        score=on_fold.score,
        train_score=on_fold.train_score,
        iterations=on_fold.fitted.iterations,
        seconds=0.0,
        row_us=on_fold.row_us,
        size=0,
        raw=bench.fits.put(raw.getvalue()),
        evaluator=on_fold.fitted.evaluator,
        files={name: bench.fits.put(content) for name, content in on_fold.fitted.files.items()},
    )
