"""The search: a portfolio of settings in a race over the folds, each in the training process, under a deadline that holds."""

import io
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from millwright.errors import NotFound, Unavailable, nearest
from millwright.metrics.metric import Metric
from millwright.models.families import check_installed, families, family
from millwright.models.family import Problem
from millwright.models.own_code import OwnCode, with_source
from millwright.records.modelling import Candidate, FoldFit, Recipe, Trial, TrialConfig
from millwright.records.spec import SearchSpec
from millwright.search.bench import Bench, Clock, SearchProgress
from millwright.search.budget import Budget
from millwright.search.entries import Entry, trial_of
from millwright.search.folds import Fold
from millwright.search.joining import joined
from millwright.search.portfolio import portfolio
from millwright.search.race import Race
from millwright.search.refits import Model, Refits, refitted
from millwright.search.scratch import lay_out
from millwright.search.trial import Judge, OnFold, fit_fold, refit
from millwright.search.worker import Worker
from millwright.spec.durations import parse_size
from millwright.stores.blobs import BlobStore, FileBlobs
from millwright.stores.durable import make_folder
from millwright.tasks.registry import task

_WORTH_THREADS = 20_000
"""Training rows. Below, threads wait for each other longer than they work: one thread fits faster."""
_REFITTED = 5
"""Known trials that are given time to be fitted once more, where an earlier search used up the deadline."""


def search(
    problem: Problem,
    folds: Sequence[Fold],
    *,
    spec: SearchSpec,
    metric: Metric,
    seed: int,
    folder: Path,
    threads: int,
    blobs: BlobStore,
    deadline: float,
    known_trials: Sequence[Trial] = (),
    on_trial: Callable[[Trial], None] = lambda _trial: None,
    on_progress: Callable[[SearchProgress], None] = lambda _progress: None,
    clock: Clock = time.monotonic,
    only: Sequence[TrialConfig] = (),
    bags: bool = False,
    own: Sequence[OwnCode] = (),
) -> Candidate:
    """The configuration that does best on the folds, as the bag of its models or fitted once more on all rows of `problem`.

    problem: the training rows alone; folds index into them. folder: where scratch files may lie meanwhile. threads: at most so
    many, where there are rows enough to pay for them. deadline: seconds
    for everything but the baseline, which always gets its model. known_trials: those of an earlier, unfinished search of the
    same inputs: their fits are not done again and their seconds count. on_trial: called with each trial as it stands after each
    fit, and in the end.
    only: try these configurations and the baseline, instead of the portfolio of `spec`; of an ensemble among them each member
    is tried, and they are joined with the weights that they have. bags: whether the models of the folds may answer together,
    which they should where no row is later than another; else one is fitted on all rows. own: the code of those families that
    are a person's own.

    The best mean over the same folds wins, the earlier (simpler) configuration where equal; or, where
    `spec.ensemble` lets several answer together, the weighted sum of some that are better so. A trial that overruns is
    killed, one whose process dies is failed with the reason, and the search goes on; what cannot be refitted gives way to
    the next. The same inputs give the same files unless the deadline cuts a fit short. Raises NotFound for a family that is
    not there, or whose library is not.
    """
    given = next((config for config in only if config.members), None)
    tried = [config for one in only for config in one.fitted]
    asked = () if only else spec.families
    chosen = (*portfolio(asked, problem.task, len(problem.y), len(problem.features), problem.layers), *tried)
    configs = [with_source(config, own) for config in chosen]
    _check_families(configs, [code.family for code in own])
    make_folder(folder)
    fits = FileBlobs(folder / "fits")
    with tempfile.TemporaryDirectory(prefix="search-", dir=folder) as scratch:
        place, memory = Path(scratch), parse_size(spec.memory)
        at_once = threads if len(problem.y) >= _WORTH_THREADS else 1
        lay_out(place, problem, folds, metric=metric.name, threads=at_once, seed=seed, memory=memory, own=own)
        with Worker(place, spec.memory, clock) as worker:
            bench = Bench(
                problem=problem,
                folds=folds,
                metric=metric,
                seed=seed,
                models=len(given.members) if given else 1 if only else spec.ensemble or 1,
                bags=bags,
                worker=worker,
                scratch=place,
                blobs=blobs,
                fits=fits,
                budget=_budget(known_trials, deadline, None if only else spec.trials, clock),
                clock=clock,
                on_progress=on_progress,
            )
            found, made = _searched(bench, configs, given, known_trials, on_trial, fixed=bool(only))
    recipe = Recipe(models=made.made, seed=seed, threads=at_once)
    shutil.rmtree(folder / "fits", ignore_errors=True)
    return replace(found, recipe=recipe)


def _budget(known: Sequence[Trial], deadline: float, fits: int | None, clock: Clock) -> Budget:
    """What is left of the deadline after known work, whose best is not lost even where nothing is."""
    paces = sorted((trial.seconds / max(len(trial.fits), 1) for trial in known if trial.state == "finished"), reverse=True)
    return Budget(
        deadline,
        clock,
        used=sum(trial.seconds for trial in known),
        fits=fits,
        refit_seconds=2.0 * sum(paces[:_REFITTED]) if paces else None,
    )


def _searched(
    bench: Bench,
    configs: Sequence[TrialConfig],
    given: TrialConfig | None,
    known: Sequence[Trial],
    on_trial: Callable[[Trial], None],
    *,
    fixed: bool,
) -> tuple[Candidate, Model]:
    baseline = _baseline(bench, configs[0])
    on_trial(baseline.trial)
    race = Race(bench, configs[1:], fixed=fixed, on_trial=on_trial, best=baseline.trial.score)
    race.take_up(known, lambda fit: _is_whole(fit, bench.fits))
    race.run()
    trials = [baseline.trial, *race.trials()]
    refits = Refits(bench, trials)
    together, note = joined(bench, trials, refits, given) if bench.models > 1 else (None, "")
    best = together or refits.best(baseline)
    note = "; ".join(filter(None, [note, "stopped by hand: raise search.budget to search on" if race.is_stopped else ""]))
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
        note=note,
    )
    return candidate, best


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
    judge = Judge(bench.metric, task(bench.problem.task).link)
    entry = Entry(1, config)
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
