"""The metrics of rows whose labels have not come, by several estimators side by side, each with what it assumes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from millwright.estimate import lossy, scored
from millwright.estimate.density import Ratio, density_ratio
from millwright.estimate.scored import Figures, Scored
from millwright.estimate.trial_windows import Trials, groups_of, interval_from
from millwright.metrics.metric import Goal
from millwright.metrics.ordered import rank_losses, ranked_losses
from millwright.metrics.probability import log_losses
from millwright.records.estimating import EstimatedBy, EstimatorName, QualityEstimate
from millwright.records.judging import MetricValue

Array = NDArray[Any]

FEWEST_REFERENCE = 200
FEWEST_ASKED = 30
_GOALS: Mapping[str, Goal] = {**lossy.GOALS, **scored.GOALS}
_UP_TO_ONE = frozenset({"roc_auc", "accuracy", "balanced_accuracy", "f1"})

ASSUMES: Mapping[EstimatorName, str] = {
    "confidence": "a score means what it meant on the labelled rows: as many of such rows come true as then",
    "loss_model": "rows that look as hard as labelled ones did are answered as badly as those were",
    "reweighted": "only the mix of inputs changed: rows alike in their inputs come out as before",
    "importance": "only the mix of inputs changed, and labelled rows like all of the new ones exist",
    "label_shift": "only the share of positives changed: positives look as before, and so do negatives",
}
_BINARY: tuple[EstimatorName, ...] = ("confidence", "reweighted", "importance", "label_shift")
_OTHERS: tuple[EstimatorName, ...] = ("loss_model", "reweighted", "importance")


@dataclass(frozen=True, slots=True)
class Labelled:
    """Reference rows: what came true, y of shape (n,), class codes or values; what was said, (n,) or (n, k); features
    (n, f), NaN where missing; the block of each, shape (n,), or None; and the names of the features."""

    y: Array
    said: Array
    X: Array
    blocks: Array | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """The rows asked about: what was said, (m,) or (m, k), features (m, f), and of how many blocks they are."""

    said: Array
    X: Array
    blocks: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What decides and what mistakes cost (of a false positive, of a false negative), the level of intervals, the seed, and
    the processors that may be used."""

    threshold: float = 0.5
    costs: tuple[float, float] | None = None
    level: float = 0.95
    seed: int = 7
    threads: int = 1


_USUAL = Terms()


class Ledger(Protocol):
    """Reference rows and rows without labels in common bins: see `Scored` and `Lossy`."""

    @property
    def stats(self) -> Array:
        """Sums by block of reference rows, shape (g, d)."""

    @property
    def counts(self) -> Array:
        """Rows without labels by bin, shape (k,)."""

    def rows_of(self, stats: Array) -> Array:
        """The rows of each bin in sums."""

    def truth(self, stats: Array) -> Figures:
        """The metrics of labelled rows."""

    def expected(self, stats: Array, counts: Array) -> Figures:
        """The metrics of rows by bin, if they come out as those in `stats` did."""


def estimate_binary(reference: Labelled, asked: Unlabelled, terms: Terms = _USUAL) -> QualityEstimate:
    """AUC, log loss, Brier score, accuracy, balanced accuracy, F1 and cost of `asked` without its labels."""

    def ledger(groups: Array, weights: Array | None) -> Ledger:
        return scored.scored(
            reference.y, reference.said, asked.said, groups, weights=weights, threshold=terms.threshold, costs=terms.costs
        )

    return _estimate(reference, asked, terms, ledger, _BINARY)


def estimate_multiclass(reference: Labelled, asked: Unlabelled, terms: Terms = _USUAL) -> QualityEstimate:
    """Log loss, Brier score and accuracy of `asked` without its labels."""
    said, codes = reference.said, reference.y.astype(np.int64)
    true = np.take_along_axis(said, codes[:, None], axis=1)[:, 0] if len(said) else np.zeros(0)
    losses = {
        "log_loss": log_losses(reference.y, said),
        "brier": (said**2).sum(axis=1) - 2 * true + 1,
        "accuracy": (said.argmax(axis=1) != codes).astype(float),
    }

    def ledger(groups: Array, weights: Array | None) -> Ledger:
        return lossy.lossy(losses, 1 - said.max(axis=1), 1 - asked.said.max(axis=1), groups, weights=weights)

    return _estimate(reference, asked, terms, ledger, _OTHERS)


def estimate_ordinal(reference: Labelled, asked: Unlabelled, terms: Terms = _USUAL) -> QualityEstimate:
    """Ranked probability score, log loss, accuracy and rank error of `asked` without its labels."""
    said, codes = reference.said, reference.y.astype(np.int64)
    losses = {
        "ranked_probability_score": ranked_losses(reference.y, said),
        "log_loss": log_losses(reference.y, said),
        "accuracy": (said.argmax(axis=1) != codes).astype(float),
        "rank_error": rank_losses(reference.y, said),
    }

    def ledger(groups: Array, weights: Array | None) -> Ledger:
        return lossy.lossy(losses, _spread(said), _spread(asked.said), groups, weights=weights)

    return _estimate(reference, asked, terms, ledger, _OTHERS)


def _spread(said: Array) -> Array:
    """How far apart the levels are that a row may have: the mean over their borders of p (1 - p), which is the ranked
    probability score to be expected where probabilities are true. Shape (n,)."""
    below = np.cumsum(said[:, :-1], axis=1)
    return np.asarray((below * (1 - below)).mean(axis=1))


def estimate_regression(reference: Labelled, asked: Unlabelled, terms: Terms = _USUAL) -> QualityEstimate:
    """Mean absolute error and root mean squared error of `asked` without its labels."""
    error = np.abs(reference.y - reference.said)
    few = _too_few(reference, asked)
    hard = (reference.said, asked.said) if few else lossy.how_hard(
        np.column_stack([reference.X, reference.said]), error, np.column_stack([asked.X, asked.said]),
        seed=terms.seed, threads=terms.threads,
    )  # fmt: skip

    def ledger(groups: Array, weights: Array | None) -> Ledger:
        return lossy.lossy({"rmse": error**2, "mae": error}, *hard, groups, weights=weights)

    return _estimate(reference, asked, terms, ledger, _OTHERS)


def _estimate(
    reference: Labelled,
    asked: Unlabelled,
    terms: Terms,
    ledger: Callable[[Array, Array | None], Ledger],
    names: tuple[EstimatorName, ...],
) -> QualityEstimate:
    ratio = density_ratio(reference.X, asked.X, names=reference.names, seed=terms.seed, threads=terms.threads)
    few = _too_few(reference, asked)
    if few:
        silent = tuple(EstimatedBy(name=name, assumes=ASSUMES[name], cannot=few) for name in names)
        return QualityEstimate(overlap=ratio.overlap, reference=(), estimators=silent, best=None)
    groups, in_window = groups_of(len(reference.y), reference.blocks, len(asked.said), asked.blocks, terms.seed)
    plain = ledger(groups, None)
    weighs = ratio.overlap.separable > 0.5 and not ratio.overlap.thin
    weighted = ledger(groups, ratio.weights) if weighs else plain
    uneven = len(reference.y) / ratio.overlap.effective_rows if weighs and reference.blocks is None else 1.0
    trials = Trials.draw(len(plain.stats), in_window * uneven, terms.seed)
    bench = _Bench(plain, weighted, trials, terms, len(asked.said), ratio)
    best: EstimatorName | None = None if ratio.overlap.thin else "reweighted"
    return QualityEstimate(
        overlap=ratio.overlap, reference=bench.reference(), estimators=tuple(map(bench.said, names)), best=best
    )


def _too_few(reference: Labelled, asked: Unlabelled) -> str:
    """Why nothing can be estimated; empty where it can."""
    if len(reference.y) < FEWEST_REFERENCE:
        return f"{len(reference.y):,} labelled rows are too few to learn from: it takes {FEWEST_REFERENCE}"
    if len(asked.said) < FEWEST_ASKED:
        return f"{len(asked.said):,} rows are too few to say anything of: it takes {FEWEST_ASKED}"
    return "the labelled rows all came out alike" if len(np.unique(reference.y)) < 2 else ""


@dataclass(frozen=True, slots=True)
class _Bench:
    """Reference and window in bins, plain and weighted, and the trials that every estimator goes through."""

    plain: Ledger
    weighted: Ledger
    trials: Trials
    terms: Terms
    rows: int
    ratio: Ratio

    def said(self, name: EstimatorName) -> EstimatedBy:
        """What one estimator says; nothing where it leans on weights and there is too little to weigh."""
        thin = self.ratio.overlap.thin if name in ("reweighted", "importance") else ""
        metrics = () if thin else self._values(*self._tried(name), self.rows)
        return EstimatedBy(name=name, assumes=ASSUMES[name], metrics=metrics, cannot=thin)

    def reference(self) -> tuple[MetricValue, ...]:
        """The metrics of the labelled rows themselves."""
        whole = self.plain.truth(self.plain.stats.sum(axis=0, keepdims=True))
        drawn = self.plain.truth(self.trials.learn @ self.plain.stats)
        errors = {name: drawn[name] - value for name, value in whole.items()}
        return self._values(whole, errors, self.ratio.overlap.reference_rows)

    def _tried(self, name: EstimatorName) -> tuple[Figures, Figures]:
        """Each metric's estimate, shape (1,), and its errors in the trials."""
        learnt = self.weighted if name in ("reweighted", "importance") else self.plain
        says = _SAYS.get(name, _expected)
        value = says(learnt, learnt.stats.sum(axis=0, keepdims=True), self.plain.counts[None, :])
        world = self.weighted.stats if name != "label_shift" or not isinstance(self.plain, Scored) else self.plain.other_share()
        window = self.trials.window @ world
        guessed = says(learnt, self.trials.learn @ learnt.stats, self.plain.rows_of(window))
        came_true = self.plain.truth(window)
        return value, {metric: guessed[metric] - came_true[metric] for metric in value}

    def _values(self, values: Figures, errors: Figures, n: int) -> tuple[MetricValue, ...]:
        return tuple(
            MetricValue(
                name=name,
                goal=_GOALS[name],
                interval=interval_from(
                    float(value[0]),
                    errors[name],
                    level=self.terms.level,
                    n=n,
                    most=1.0 if name in _UP_TO_ONE else np.inf,
                    blocks=self.trials.blocks,
                ),
            )
            for name, value in values.items()
        )


def _expected(ledger: Ledger, stats: Array, counts: Array) -> Figures:
    return ledger.expected(stats, counts)


def _shifted(ledger: Ledger, stats: Array, counts: Array) -> Figures:
    return ledger.shifted(stats, counts) if isinstance(ledger, Scored) else {}


_SAYS: Mapping[str, Callable[[Ledger, Array, Array], Figures]] = {
    "importance": lambda ledger, stats, _counts: ledger.truth(stats),
    "label_shift": _shifted,
}
