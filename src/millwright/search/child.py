"""The training process: `python -m millwright.search.child FOLDER`.

It loads the arrays once, then does one job a line until its standard input ends, or is told of another folder. It is meant to
die: whatever a model library does to it (an exception, an abort, too much memory) ends this process and one trial, not the
search.
"""

import os
import resource
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray

from millwright.errors import MillwrightError
from millwright.metrics.registry import metric
from millwright.models.families import family
from millwright.models.family import Constraints, Family, Fitted, Problem
from millwright.models.import_bare import import_bare
from millwright.models.lightgbm_fit import keep_bins
from millwright.models.narrowing import seeing
from millwright.models.own_code import OwnCode
from millwright.records.codec import from_json, to_json
from millwright.records.modelling import TrialConfig
from millwright.search.folds import Fold, Overlay
from millwright.search.memory import forget_peak, give_back, peak
from millwright.search.messages import Ask, Done, Job, Setup
from millwright.search.trial import Judge, fit_fold, refit
from millwright.tasks.registry import task

Array = NDArray[Any]


def main(folder: Path) -> NoReturn:
    """Answer jobs from standard input until it ends."""
    answers = _take_over_stdout()
    bench = _Bench.at(folder)
    answers.write(b"ready\n")
    asked = _read_asked()
    while True:
        ask = from_json(Ask, asked.get())
        if ask.at is not None:
            _log_to(ask.at.log)
            bench = _Bench.at(Path(ask.at.folder))
            answers.write(b"ready\n")
        if ask.job is not None:
            answers.write(to_json(bench.done(ask.job)) + b"\n")
        give_back()


@dataclass(frozen=True, slots=True)
class _Bench:
    """A problem that was loaded, and its folder."""

    folder: Path
    setup: Setup
    problem: Problem
    folds: tuple[Fold, ...]

    @classmethod
    def at(cls, folder: Path) -> "_Bench":
        setup = from_json(Setup, (folder / "setup.json").read_bytes())
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (setup.memory, hard))
        if (
            setup.own
        ):  # their libraries take as many threads as there are processors, unless told otherwise before they are loaded
            os.environ["OMP_NUM_THREADS"] = str(setup.threads)
        keep_bins()
        return cls(folder, setup, *_load(folder, setup))

    def done(self, job: Job) -> Done:
        """The answer to a job."""
        forget_peak()
        loading = 0.0
        try:
            found, loading = _loaded(self.folder, self.setup, self.problem, job.config)
            fold = None if job.fold is None else self.folds[job.fold]
            done = _done(self.folder, self.setup, seeing(found, job.config.features), self.problem, fold, job)
        except MillwrightError as error:
            done = Done(number=job.number, iterations=None, evaluator="", files=(), importance=(), refused=str(error))
        return replace(done, memory=peak(), loading=loading)


def _take_over_stdout() -> BinaryIO:
    """Keep the real standard output for answers, and send whatever libraries print to standard error."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return answers


def _log_to(path: str) -> None:
    """What libraries say goes there from now on."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.close(log)


def _read_asked() -> "SimpleQueue[bytes]":
    """Lines of standard input. When it ends the parent is gone: stop at once, even in the middle of a fit."""
    asked: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_forward_lines, args=(asked,), daemon=True).start()
    return asked


def _forward_lines(asked: "SimpleQueue[bytes]") -> None:
    # Read by descriptor: a thread that waits inside sys.stdin would abort an interpreter that ends with an exception.
    waiting = b""
    while piece := os.read(0, 1 << 16):
        *lines, waiting = (waiting + piece).split(b"\n")
        for line in lines:
            asked.put(line)
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
        weight=_array(folder / "weight.npy") if setup.weighted else None,
        constraints=Constraints(setup.monotone, setup.together),
        balanced=setup.balanced,
        layers=setup.layers,
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


class Deadline:
    """Asked by a family whether to go on. The clock decides when it is told to stop, and at which question that was decides
    what becomes of the fit: the same question gives the same fit."""

    def __init__(self, job: Job) -> None:
        self._job, self._ends, self._asked = job, time.monotonic() + job.seconds, 0
        self.stopped_at: int | None = None

    def __call__(self) -> bool:
        self._asked += 1
        if self.stopped_at is None and self._is_over():
            self.stopped_at = self._asked
        return self.stopped_at is None

    def _is_over(self) -> bool:
        return self._asked == self._job.stop_at if self._job.again else time.monotonic() >= self._ends


def _loaded(folder: Path, setup: Setup, problem: Problem, config: TrialConfig) -> tuple[Family, float]:
    """The family of a configuration with all that its fits import; and the seconds of that, which no later fit takes."""
    begun = time.monotonic()
    if not setup.own:  # a person's own code may need all of a library
        import_bare(config.family)
    found = _family(folder, setup, config)
    if (load := getattr(found, "load", None)) is not None:
        load(problem)
    return found, time.monotonic() - begun


def _done(folder: Path, setup: Setup, shown: Family, problem: Problem, fold: Fold | None, job: Job) -> Done:
    return _refit(folder, setup, shown, problem, job) if fold is None else _fit(folder, setup, shown, problem, fold, job)


def _fit(folder: Path, setup: Setup, shown: Family, problem: Problem, fold: Fold, job: Job) -> Done:
    deadline = Deadline(job)
    on_fold = fit_fold(
        shown,
        problem,
        fold,
        {**job.config.params, "num_threads": job.threads or setup.threads},
        judge=Judge(metric(setup.metric), task(setup.task).link),
        seed=setup.seed,
        keep_going=deadline,
    )
    raw = folder / f"raw-{job.number}-{job.fold}.npy"
    np.save(raw, on_fold.raw, allow_pickle=False)
    left = _left(folder, job, on_fold.fitted, deadline)
    return replace(left, score=on_fold.score, train_score=on_fold.train_score, raw=raw.name, row_us=on_fold.row_us)


def _refit(folder: Path, setup: Setup, shown: Family, problem: Problem, job: Job) -> Done:
    deadline = Deadline(job)
    fitted = refit(
        shown,
        problem,
        {**job.config.params, "num_threads": job.threads or setup.threads},
        iterations=job.iterations,
        seed=setup.seed,
        keep_going=deadline,
    )
    return _left(folder, job, fitted, deadline)


def _family(folder: Path, setup: Setup, config: TrialConfig) -> Family:
    """An installed family, or a person's own."""
    own = next((one for one in setup.own if one.family == config.family), None)
    if own is None:
        return family(config.family)
    from millwright.models.own import OwnFamily

    return OwnFamily(OwnCode(own.family, own.file, own.name, (folder / own.path).read_bytes()))


def _left(folder: Path, job: Job, fitted: Fitted, deadline: Deadline) -> Done:
    """The files of a model, where the search finds them."""
    files = [(name, folder / f"model-{job.number}-{job.fold}-{i}") for i, name in enumerate(sorted(fitted.files))]
    for name, path in files:
        path.write_bytes(fitted.files[name])
    return Done(
        number=job.number,
        iterations=fitted.iterations,
        evaluator=fitted.evaluator,
        files=tuple((name, path.name) for name, path in files),
        importance=fitted.importance,
        note=fitted.note,
        stopped_at=deadline.stopped_at,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
