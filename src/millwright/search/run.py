"""The search: a fixed portfolio, each configuration in the training process, under a deadline that holds."""

import io
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from millwright.errors import NotFound, Unavailable, nearest
from millwright.metrics.metric import Metric
from millwright.models.families import check_installed, families, family
from millwright.models.family import Problem
from millwright.records.modelling import Candidate, Trial, TrialConfig
from millwright.records.spec import SearchSpec
from millwright.search.bench import Bench, Clock, SearchProgress, ranked
from millwright.search.budget import Budget, grace, refit_share
from millwright.search.folds import Fold
from millwright.search.joining import joined
from millwright.search.messages import Done, Job, Lost
from millwright.search.portfolio import portfolio
from millwright.search.refits import Model, Refits, kept
from millwright.search.scratch import lay_out
from millwright.search.trial import Judge, mean, refit, run_folds
from millwright.search.worker import Worker
from millwright.spec.durations import parse_size
from millwright.stores.blobs import BlobStore
from millwright.stores.durable import make_folder
from millwright.tasks.registry import task

_WORTH_THREADS = 20_000
"""Training rows. Below, threads wait for each other longer than they work: one thread fits faster."""


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
) -> Candidate:
    """The configuration that does best on the folds, fitted once more on all rows of `problem`.

    problem: the training rows alone; folds index into them. folder: where scratch files may lie meanwhile. threads: at most so
    many, where there are rows enough to pay for them. deadline: seconds
    for everything but the baseline, which always gets its model. known_trials: those of an earlier, unfinished search of the
    same inputs: they are not run again and their seconds count. on_trial: called with each new trial, finished or not.
    only: try these configurations and the baseline, instead of the portfolio of `spec`; of an ensemble among them each member
    is tried, and they are joined with the weights that they have.

    The best mean over the same folds wins, the earlier (simpler) configuration where equal; or, where
    `spec.ensemble` lets several answer together, the weighted sum of some that are better so. A trial that overruns is
    killed, one whose process dies is failed with the reason, and the search goes on; what cannot be refitted gives way to
    the next. The same inputs give the same files unless the deadline cuts a fit short. Raises NotFound for a family that is
    not there, or whose library is not.
    """
    families_asked = () if only else spec.families
    tried = [config for one in only for config in one.fitted]
    configs = (*portfolio(families_asked, problem.task, len(problem.y), len(problem.features)), *tried)
    _check_families(configs)
    given = next((config for config in only if config.members), None)
    models = len(given.members) if given else 1 if only else spec.ensemble
    known = [trial for trial in known_trials if _usable(trial, blobs, models)]
    with tempfile.TemporaryDirectory(prefix="search-", dir=make_folder(folder)) as scratch:
        place, memory = Path(scratch), parse_size(spec.memory)
        at_once = threads if len(problem.y) >= _WORTH_THREADS else 1
        lay_out(place, problem, folds, metric=metric.name, threads=at_once, seed=seed, memory=memory)
        with Worker(place, spec.memory, clock) as worker:
            left, share = deadline - sum(trial.seconds for trial in known), refit_share(folds)
            budget = Budget(left, share, clock, grace(known, share, models))
            bench = Bench(problem, folds, configs, metric, seed, models, worker, place, blobs, budget, clock, on_progress)
            baseline = _baseline(bench, known, on_trial)
            trials = [baseline.trial, *_trials(bench, baseline.trial, known, on_trial)]
            return _candidate(bench, baseline, trials, given)


def _usable(trial: Trial, blobs: BlobStore, models: int) -> bool:
    """Whether what an earlier search left of a trial is all there."""
    if trial.predictions is None:
        return True
    kept_on_folds = trial.on_folds or models == 1 or trial.number == 1  # the baseline is no member of anything
    return bool(kept_on_folds) and all(_is_whole(digest, blobs) for digest in (trial.predictions, trial.on_folds) if digest)


def _is_whole(digest: str, blobs: BlobStore) -> bool:
    try:
        blobs.get(digest)
    except (NotFound, Unavailable):
        return False
    return True


def _check_families(configs: Sequence[TrialConfig]) -> None:
    there = families()
    for config in configs:
        if config.family not in there:
            fix = nearest(config.family, there) or f"there are: {', '.join(sorted(there))}"
            raise NotFound(
                f'no model family is called "{config.family}"', where="search.families", fix=fix, code="family.unknown"
            )
    check_installed(config.family for config in configs)


def _baseline(bench: Bench, known: Sequence[Trial], on_trial: Callable[[Trial], None]) -> Model:
    """The baseline is ours and takes no time: it is fitted here, so that a search always ends with a model."""
    config, ours = bench.configs[0], family(bench.configs[0].family)
    earlier = _earlier(config, known)
    trial = earlier or _baseline_trial(bench, config)
    if earlier is None:
        on_trial(trial)
    fitted = refit(ours, bench.problem, config.params, iterations=None, seed=bench.seed, keep_going=lambda: True)
    return kept(trial, fitted, bench.blobs)


def _baseline_trial(bench: Bench, config: TrialConfig) -> Trial:
    begun = bench.clock()
    judge = Judge(bench.metric, task(bench.problem.task).link)
    results = run_folds(
        family(config.family),
        bench.problem,
        bench.folds,
        config.params,
        judge=judge,
        seed=bench.seed,
        seconds=float("inf"),
        watch=bench.clock,
    )
    file = io.BytesIO()
    np.save(file, results.out_of_fold, allow_pickle=False)
    done = Done(number=1, fold_scores=results.scores, train_score=results.train_score, iterations=results.iterations)
    return _finished(bench, config, done, None, bench.clock() - begun, bench.blobs.put(file.getvalue()))


def _trials(bench: Bench, baseline: Trial, known: Sequence[Trial], on_trial: Callable[[Trial], None]) -> Iterator[Trial]:
    """Every other trial, in the order of the portfolio: known ones as they are, others run while the budget lasts."""
    so_far = [baseline]
    for config in bench.configs[1:]:
        trial = _earlier(config, known)
        if trial is None and (trial := _run(bench, config, so_far)) is not None:
            on_trial(trial)
        if trial is not None:
            so_far.append(trial)
            yield trial


def _earlier(config: TrialConfig, known: Sequence[Trial]) -> Trial | None:
    return next((trial for trial in known if trial.config == config), None)


def _run(bench: Bench, config: TrialConfig, so_far: Sequence[Trial]) -> Trial | None:
    """One trial in the training process; None where the budget does not allow it."""
    best = [trial for trial in ranked(so_far, bench.metric) if trial.config != bench.configs[0]][: bench.models]
    like = next((trial for trial in reversed(so_far) if trial.config.family == config.family), None)
    limits = bench.budget.for_trial(best, like)
    if limits is None:
        return None
    bench.tell(config, so_far, refit=False)
    lost = bench.worker.start(limits.hard)
    limits = bench.budget.for_trial(best, like)
    if lost or limits is None:
        return _lost(bench, config, lost, 0.0) if lost else None
    job = Job(number=bench.number(config), config=config, refit=False, iterations=None, seconds=limits.soft)
    begun = bench.clock()
    answer = bench.worker.ask(job, limits.hard)
    seconds = bench.clock() - begun
    if isinstance(answer, Lost):
        return _lost(bench, config, answer, seconds)
    digest = bench.blobs.put_file(bench.scratch / answer.predictions)
    trial = _finished(bench, config, answer, so_far[0], seconds, digest)
    return replace(trial, on_folds=bench.blobs.put_file(bench.scratch / answer.on_folds)) if bench.models > 1 else trial


def _finished(bench: Bench, config: TrialConfig, done: Done, baseline: Trial | None, seconds: float, digest: str) -> Trial:
    wanted = max(len(baseline.fold_scores), 1) if baseline else 1
    undefined = len(done.fold_scores) < wanted
    return Trial(
        number=bench.number(config),
        config=config,
        state="failed" if undefined else "finished",
        score=None if undefined else mean(done.fold_scores),
        fold_scores=done.fold_scores,
        train_score=done.train_score,
        iterations=done.iterations,
        seconds=seconds,
        predictions=digest,
        reason=f"{bench.metric.name} is not defined on its predictions" if undefined else "",
    )


def _lost(bench: Bench, config: TrialConfig, lost: Lost, seconds: float) -> Trial:
    return Trial(
        number=bench.number(config),
        config=config,
        state="out_of_time" if lost.overran else "failed",
        score=None,
        seconds=seconds,
        reason=lost.reason,
    )


def _candidate(bench: Bench, baseline: Model, trials: Sequence[Trial], given: TrialConfig | None) -> Candidate:
    """The best of all, or several that are better together."""
    refits = Refits(bench, trials)
    together, note = joined(bench, trials, refits, given) if bench.models > 1 else (None, "")
    best = together or refits.best(baseline)
    return Candidate(
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
