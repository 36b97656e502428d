"""What has been tried: each configuration with its fits so far, and the trial that they amount to."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from millwright.records.modelling import FoldFit, Trial, TrialConfig
from millwright.search.bench import Bench
from millwright.search.growing import is_growing, rounds_for
from millwright.search.messages import Done
from millwright.search.trial import mean, mean_out_of_fold

Array = NDArray[Any]


@dataclass(slots=True)
class Entry:
    """A configuration in the race. state: open while it may go on. lost: seconds of fits that came to nothing. counts: how
    much each fold counts, where they do not count alike. again: whether it had a second try."""

    number: int
    config: TrialConfig
    fits: list[FoldFit] = field(default_factory=list)
    state: Literal["open", "failed", "out_of_time", "dropped"] = "open"
    reason: str = ""
    lost: float = 0.0
    counts: tuple[float, ...] = ()
    again: bool = False

    @property
    def seconds(self) -> float:
        """What it took so far."""
        return sum(fit.seconds for fit in self.fits) + self.lost

    @property
    def pace(self) -> float:
        """Seconds a fit on a fold of mean size; 0 before the first."""
        return sum(fit.seconds for fit in self.fits) / (sum(map(self.count, self.fits)) or 1.0)

    def count(self, fit: FoldFit) -> float:
        """How much a fit counts."""
        return self.counts[fit.fold] if self.counts else 1.0

    def score(self, folds: int | None = None) -> float | None:
        """The mean over its first folds, of those on which the metric is defined; over all by default."""
        return weighed(self.fits[:folds], self.count)


def weighed(fits: Sequence[FoldFit], count: Callable[[FoldFit], float], train: bool = False) -> float | None:
    """The mean score of fits, each as much as it counts; train: that on the rows that taught."""
    pairs = [(count(fit), fit.train_score if train else fit.score) for fit in fits]
    there = [(weight, score) for weight, score in pairs if score is not None]
    return mean([score for _, score in there], [weight for weight, _ in there])


def levelled(entries: Sequence[Entry]) -> list[tuple[TrialConfig, float]]:
    """Those that were fitted, each with its mean score as if it had been fitted on all folds that any was: what a fold says of
    all on it, less what the mean fold does, is taken off, for one fold may be harder than another."""
    folds: dict[int, list[float]] = {}
    for entry in entries:
        for fit in entry.fits:
            if fit.score is not None:
                folds.setdefault(fit.fold, []).append(fit.score)
    level = {fold: float(np.median(scores)) for fold, scores in folds.items()}
    usual = float(np.mean(list(level.values()))) if level else 0.0
    found = [
        (entry.config, mean([fit.score - level[fit.fold] for fit in entry.fits if fit.score is not None])) for entry in entries
    ]
    return [(config, usual + score) for config, score in found if score is not None]


def trial_of(bench: Bench, entry: Entry, *, judged_on: int) -> Trial:
    """An entry as a trial.

    judged_on: by how many of its folds it may be chosen; then what it said of these is kept. By none: it is a dropped one, with
    the score that it has.
    """
    fits = entry.fits[:judged_on] if judged_on else entry.fits
    scores = tuple(fit.score for fit in fits if fit.score is not None)
    undefined = f"{bench.metric.name} is not defined on its predictions" if fits and not scores else ""
    chosen = judged_on > 0 and bool(scores)
    whole = len(fits) == len(bench.folds)
    said = _said(bench, fits) if chosen else None
    on_folds = said[1] if said and whole and (bench.models > 1 or bench.by_fold) else None
    return Trial(
        number=entry.number,
        config=entry.config,
        state="finished" if chosen else "failed" if undefined else _ended(entry),
        score=weighed(fits, entry.count),
        fold_scores=scores,
        train_score=weighed(fits, entry.count, train=True),
        iterations=_rounds(bench, fits),
        seconds=entry.seconds,
        predictions=bench.keep(said[0]) if said else None,
        reason=undefined
        or entry.reason
        or (_note(fits) if chosen and whole else f"{len(entry.fits)} of {len(bench.folds)} folds"),
        on_folds=None if on_folds is None else bench.keep(on_folds),
        fits=tuple(entry.fits),
    )


def _note(fits: Sequence[FoldFit]) -> str:
    """What one of its models says of itself."""
    return next((fit.note for fit in fits if fit.note), "")


def _ended(entry: Entry) -> Literal["failed", "out_of_time", "dropped"]:
    return "dropped" if entry.state == "open" else entry.state


def fit_of(bench: Bench, fold: int, done: Done, seconds: float) -> FoldFit:
    """What the training process left of a fit, kept."""
    files = {name: bench.fits.put_file(bench.scratch / path) for name, path in done.files}
    return FoldFit(
        fold=fold,
        score=done.score,
        train_score=done.train_score,
        iterations=done.iterations,
        seconds=seconds,
        row_us=done.row_us,
        size=sum((bench.scratch / path).stat().st_size for _, path in done.files),
        raw=bench.fits.put_file(bench.scratch / done.raw),
        evaluator=done.evaluator,
        files=files,
        importance=done.importance,
        at=bench.budget.elapsed(),
        note=done.note,
        stopped_at=done.stopped_at,
        memory=done.memory,
    )


def raw_of(bench: Bench, fit: FoldFit) -> Array:
    """What it said of the rows of its fold that validate, and then of the sample of the others, (n, width)."""
    found: Array = np.load(io.BytesIO(bench.fits.get(fit.raw)), allow_pickle=False)
    return found


def out_of_fold(bench: Bench, fits: Sequence[FoldFit]) -> Array:
    """Raw scores of each row by models that had not seen it, (n, width), NaN for rows in no fold."""
    return mean_out_of_fold(bench.problem, bench.divisions, [(fit.fold, raw_of(bench, fit)) for fit in fits])


def _said(bench: Bench, fits: Sequence[FoldFit]) -> tuple[Array, Array]:
    """Out-of-fold raw scores; and raw scores fold by fold."""
    return out_of_fold(bench, fits), np.concatenate([raw_of(bench, fit) for fit in fits])


def _rounds(bench: Bench, fits: Sequence[FoldFit]) -> int | None:
    """Iterations for a refit: the folds' mean by training rows, since a fold with more rows is more like all rows; where they
    are samples, what these lead to."""
    pairs = [(fit.iterations, len(bench.folds[fit.fold].train)) for fit in fits if fit.iterations is not None]
    if pairs and is_growing(bench.folds):
        return rounds_for(len(bench.problem.y), pairs)
    return max(1, round(sum(count * n for count, n in pairs) / sum(n for _count, n in pairs))) if pairs else None
