"""The training process: `python -m millwright.search.child FOLDER`.

It loads the arrays once, then does one job a line until its standard input ends. It is meant to die: whatever a model
library does to it (an exception, an abort, too much memory) ends this process and one trial, not the search.
"""

import os
import resource
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray

from millwright.metrics.registry import metric
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.models.lightgbm_fit import LightGBMFamily, import_bare
from millwright.records.codec import from_json, to_json
from millwright.search.folds import Fold, Overlay
from millwright.search.messages import Done, Job, Setup
from millwright.search.trial import Judge, refit, run_folds
from millwright.tasks.registry import task

Array = NDArray[Any]


def main(folder: Path) -> NoReturn:
    """Answer jobs from standard input until it ends."""
    answers = _take_over_stdout()
    setup = from_json(Setup, (folder / "setup.json").read_bytes())
    resource.setrlimit(resource.RLIMIT_AS, (setup.memory, setup.memory))
    problem, folds = _load(folder, setup)
    answers.write(b"ready\n")
    jobs = _read_jobs()
    while True:
        job = from_json(Job, jobs.get())
        if job.config.family == LightGBMFamily.name:
            import_bare()
        done = _refit(folder, setup, problem, job) if job.refit else _score(folder, setup, problem, folds, job)
        answers.write(to_json(done) + b"\n")


def _take_over_stdout() -> BinaryIO:
    """Keep the real standard output for answers, and send whatever libraries print to standard error."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return answers


def _read_jobs() -> "SimpleQueue[bytes]":
    """Lines of standard input. When it ends the parent is gone: stop at once, even in the middle of a fit."""
    jobs: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_forward_lines, args=(jobs,), daemon=True).start()
    return jobs


def _forward_lines(jobs: "SimpleQueue[bytes]") -> None:
    # Read by descriptor: a thread that waits inside sys.stdin would abort an interpreter that ends with an exception.
    waiting = b""
    while piece := os.read(0, 1 << 16):
        *lines, waiting = (waiting + piece).split(b"\n")
        for line in lines:
            jobs.put(line)
    os._exit(0)


def _load(folder: Path, setup: Setup) -> tuple[Problem, tuple[Fold, ...]]:
    # Mapped, not read: the pages are shared with the file, and a respawned process starts at once.
    X = np.load(folder / "X.npy", mmap_mode="r", allow_pickle=False)
    problem = Problem(
        X=X,
        y=_array(folder / "y.npy"),
        task=setup.task,
        classes=setup.classes,
        features=setup.features,
        categorical=setup.categorical,
    )
    return problem, tuple(_fold(folder, setup.overlaid, k) for k in range(setup.folds))


def _fold(folder: Path, overlaid: tuple[int, ...], k: int) -> Fold:
    fold = Fold(_array(folder / f"train-{k}.npy"), _array(folder / f"valid-{k}.npy"))
    if not overlaid:
        return fold
    own = [np.load(folder / f"{side}-{k}-own.npy", mmap_mode="r", allow_pickle=False) for side in ("train", "valid")]
    return replace(fold, overlay=Overlay(overlaid, *own))


def _array(path: Path) -> Array:
    loaded: Array = np.load(path, allow_pickle=False)
    return loaded


def _score(folder: Path, setup: Setup, problem: Problem, folds: tuple[Fold, ...], job: Job) -> Done:
    results = run_folds(
        family(job.config.family),
        problem,
        folds,
        {**job.config.params, "num_threads": setup.threads},
        judge=Judge(metric(setup.metric), task(setup.task).link),
        seed=setup.seed,
        seconds=job.seconds,
        watch=time.monotonic,
    )
    path, on_folds = folder / f"out-of-fold-{job.number}.npy", folder / f"on-folds-{job.number}.npy"
    np.save(path, results.out_of_fold, allow_pickle=False)
    np.save(on_folds, results.on_folds, allow_pickle=False)
    return Done(
        number=job.number,
        fold_scores=results.scores,
        train_score=results.train_score,
        iterations=results.iterations,
        predictions=path.name,
        on_folds=on_folds.name,
    )


def _refit(folder: Path, setup: Setup, problem: Problem, job: Job) -> Done:
    until = time.monotonic() + job.seconds
    fitted = refit(
        family(job.config.family),
        problem,
        {**job.config.params, "num_threads": setup.threads},
        iterations=job.iterations,
        seed=setup.seed,
        keep_going=lambda: time.monotonic() < until,
    )
    files = [(name, folder / f"model-{job.number}-{i}") for i, name in enumerate(sorted(fitted.files))]
    for name, path in files:
        path.write_bytes(fitted.files[name])
    return Done(
        number=job.number,
        iterations=fitted.iterations,
        evaluator=fitted.evaluator,
        files=tuple((name, path.name) for name, path in files),
        importance=fitted.importance,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
