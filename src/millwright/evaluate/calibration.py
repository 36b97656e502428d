"""Making raw scores into probabilities that mean what they say, and saying how far they do."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused, nearest
from millwright.evaluate.bootstrap import Resamples
from millwright.metrics.calibration import confidence, equal_mass_bins
from millwright.metrics.probability import log_losses
from millwright.models.output import outputs
from millwright.records.judging import CurvePoint
from millwright.records.modelling import Calibrator
from millwright.records.spec import SEVERAL, VALUES, CostSpec, TaskName
from millwright.tasks.classes import find_class

Array = NDArray[Any]
Fit = Callable[[Array, Array, Array], Calibrator]
"""From raw scores, class codes and how much each row counts, 1 on the mean."""

FOLDS = 5
FEWEST_ROWS = 100
FEWEST_ROWS_ISOTONIC = 1000
MOST_KNOTS = 200
CURVE_BINS = 10
_STEP = 2.0**-32
"""So far below what anybody can tell apart, and so far above a last bit."""
IMAGINED = 2.0
"""Rows of no class in particular that the softmax fit sees beside the others: as many as Platt (1999) imagines for two."""
MOST_OF_A_CLASS = 10_000
"""Rows of one of several classes that a slope and the offsets are fitted on: these have long settled, and of rare classes every
row has its say."""
PULL = 1e-6
"""How strongly the softmax fit is held to "leave it as it is": offsets are only defined up to a constant."""


def fit_calibrator(raw: Array, y: Array, task: TaskName, classes: int, seed: int, weight: Array | None = None) -> Calibrator:
    """The calibrator that cross-validated log loss prefers, fitted on out-of-fold raw scores.

    raw: shape (n, width); y: shape (n,), class codes; weight: how much each row counts, None for all
    alike. Tried, simplest first: the plain link, a sigmoid with slope and offset
    (Platt 1999; for more classes a shared slope and an offset a class: Guo et al. 2017), isotonic regression (binary, from
    1,000 rows: Zadrozny & Elkan 2002). A later one must win by more than one standard error of the paired difference. Rows
    whose score is not finite are left out; fewer than 100 others leave the plain link. Values are left as they are.
    """
    if task in VALUES:
        return Calibrator(kind="exp" if task == "count" else "identity")
    weight = _counts(y, weight)
    kept = np.isfinite(raw).all(axis=1) & np.isfinite(y) & (weight > 0)
    rows = raw[kept], y[kept], weight[kept] / (weight[kept].mean() if kept.any() else 1.0)
    raw, y, weight = _thinned(*rows) if task in SEVERAL else rows
    plain, *others = _candidates(task, len(y))
    if len(y) < FEWEST_ROWS or len(np.unique(y)) < 2 or raw.shape[1] != (1 if task == "binary" else classes):
        return plain(raw, y, weight)
    folds = np.random.default_rng(seed).permutation(len(y)) % FOLDS
    return _preferred(plain, others, (raw, y, weight), folds)(raw, y, weight)


def _counts(y: Array, weight: Array | None) -> Array:
    return np.ones(len(y)) if weight is None else weight


def _thinned(raw: Array, y: Array, weight: Array) -> tuple[Array, Array, Array]:
    """No more than `MOST_OF_A_CLASS` rows of each class, at equal steps, which count for all of theirs."""
    each = [np.flatnonzero(y == code) for code in np.unique(y)]
    if max(map(len, each), default=0) <= MOST_OF_A_CLASS:
        return raw, y, weight
    some = [rows[:: -(-len(rows) // MOST_OF_A_CLASS)] for rows in each]
    for rows, kept in zip(each, some, strict=True):
        weight[kept] *= weight[rows].sum() / weight[kept].sum()
    chosen = np.sort(np.concatenate(some))
    return raw[chosen], y[chosen], weight[chosen] / weight[chosen].mean()


def _candidates(task: TaskName, rows: int) -> list[Fit]:
    if task in SEVERAL:
        return [lambda _raw, _y, _weight: Calibrator(kind="softmax"), fit_softmax]
    plain: Fit = lambda _raw, _y, _weight: Calibrator(kind="sigmoid")  # noqa: E731
    return [plain, fit_sigmoid, fit_isotonic] if rows >= FEWEST_ROWS_ISOTONIC else [plain, fit_sigmoid]


def _preferred(plain: Fit, others: Sequence[Fit], rows: tuple[Array, Array, Array], folds: Array) -> Fit:
    """rows: raw scores, class codes and weights, 1 on the mean: a loss times its weight is the loss of a row like any other."""
    best, losses = plain, _held_out_losses(plain, rows, folds)
    for fit in others:
        gains = losses - _held_out_losses(fit, rows, folds)
        if gains.mean() > gains.std() / np.sqrt(len(gains)):
            best, losses = fit, losses - gains
    return best


def _held_out_losses(fit: Fit, rows: tuple[Array, Array, Array], folds: Array) -> Array:
    """The weighted log loss of each row under a calibrator that has not seen its fold, shape (n,)."""
    raw, y, weight = rows
    losses = np.empty(len(y))
    for fold in range(FOLDS):
        out = folds == fold
        said = outputs(fit(raw[~out], y[~out], weight[~out]), raw[out])
        losses[out] = log_losses(y[out], said) * weight[out]
    return losses


def rising(calibrator: Calibrator) -> Calibrator:
    """The calibrator for raw scores that rise with a column, so that answers do, to the bit: see `Calibrator.step`."""
    return replace(calibrator, step=_STEP) if calibrator.kind in ("sigmoid", "exp") else calibrator


def fit_sigmoid(raw: Array, y: Array, weight: Array | None = None) -> Calibrator:
    """Slope and offset of a sigmoid on one raw score, most likely on Platt's smoothed targets.

    A slope that is not positive would turn the ranking round; then the slope stays 1 and only the offset is fitted.
    """
    weight, ones = _counts(y, weight), np.ones((len(y), 1))
    score, target = raw[:, 0], _smoothed(y, weight)
    centre, spread = float(np.mean(score)), float(np.std(score)) or 1.0
    slope, offset = _most_likely(np.hstack([(score[:, None] - centre) / spread, ones]), np.zeros(len(y)), target, weight)
    if slope > 1e-6:
        return Calibrator(kind="sigmoid", a=(slope / spread,), b=(offset - slope * centre / spread,))
    return Calibrator(kind="sigmoid", a=(1.0,), b=tuple(_most_likely(ones, score, target, weight)))


def _smoothed(y: Array, weight: Array) -> Array:
    """Targets a little inside 0 and 1, as if one more row of each class had been seen (Platt 1999)."""
    positives = float(weight @ y)
    negatives = float(weight.sum()) - positives
    return np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))


def _most_likely(inputs: Array, start: Array, target: Array, weight: Array) -> list[float]:
    """Coefficients of `inputs`, shape (n, k), that make `target` likeliest, with log odds `start` + inputs @ them."""
    from scipy.optimize import minimize
    from scipy.special import expit

    def loss(at: Array) -> tuple[float, Array]:
        odds = start + inputs @ at
        value = float(np.mean(weight * (np.logaddexp(0, odds) - target * odds)))
        return value, inputs.T @ (weight * (expit(odds) - target)) / len(target)

    found: list[float] = minimize(loss, np.zeros(inputs.shape[1]), jac=True, method="L-BFGS-B", tol=1e-10).x.tolist()
    return found


def fit_softmax(raw: Array, y: Array, weight: Array | None = None) -> Calibrator:
    """One slope for all classes and an offset for each, by L-BFGS on the log loss of softened targets."""
    from scipy.optimize import minimize

    classes, weight = raw.shape[1], _counts(y, weight)
    truth = weight[:, None] * _softened(y, weight, classes)
    of_slope, of_offsets = float(np.vdot(truth, raw)), truth.sum(axis=0)

    def loss(at: Array) -> tuple[float, Array]:
        slope = np.exp(at[0])
        odds = slope * raw + at[1:]
        highest = odds.max(axis=1)
        np.exp(odds - highest[:, None], out=odds)
        whole = odds.sum(axis=1)
        odds *= (weight / whole)[:, None]
        told = slope * of_slope + float(of_offsets @ at[1:])  # what the truth says of the scores, row by row the same whole
        value = float(weight @ (highest + np.log(whole))) - told
        gradient = np.concatenate([[slope * (float(np.vdot(odds, raw)) - of_slope)], odds.sum(axis=0) - of_offsets]) / len(y)
        return value / len(y) + PULL * float(at @ at), gradient + 2 * PULL * at

    at = minimize(loss, np.zeros(classes + 1), jac=True, method="L-BFGS-B", bounds=[(-4, 4)] + [(-20, 20)] * classes).x
    return Calibrator(kind="softmax", a=(float(np.exp(at[0])),) * classes, b=tuple(at[1:].tolist()))


def _softened(y: Array, weight: Array, classes: int) -> Array:
    """Targets (n, classes) a little inside 0 and 1, as if two more rows had been seen whose class is any of them: where all
    rows are told apart the likeliest slope would have no end.

    Imagined rows as a prior of logistic regression: Clogg et al. 1991, of two in Platt 1999. Two in all, and not one a class:
    of many classes with few rows each these would have a say of their own, and a slope that is right come out too small.
    """
    share = IMAGINED / (float(weight.sum()) + IMAGINED)
    softened: Array = (1.0 - share) * np.equal(y[:, None], np.arange(classes)) + share / classes
    return softened


def fit_isotonic(raw: Array, y: Array, weight: Array | None = None) -> Calibrator:
    """A rising curve through the shares that came true, by pooling neighbours that fall (Ayer et al. 1955).

    Each pool becomes one point, at its mean score, with one imagined row of the base rate added so that nothing is called
    certain; between points it is linear, so that ranks are kept within the curve. At most 200 points.
    """
    from scipy.optimize import isotonic_regression

    order = np.lexsort((-y, raw[:, 0]))  # of equal scores the positives first, so that they fall and are pooled
    score, truth, weight = raw[order, 0], y[order], _counts(y, weight)[order]
    pools = np.unique(isotonic_regression(truth, weights=weight).x, return_inverse=True)[1]
    count = np.bincount(pools, weight)
    x = np.bincount(pools, weight * score) / count
    share = (np.bincount(pools, weight * truth) + weight @ truth / weight.sum()) / (count + 1)
    return _curve_through(x, np.maximum.accumulate(share), count)


def _curve_through(x: Array, share: Array, count: Array) -> Calibrator:
    if len(x) > MOST_KNOTS:
        bins = (np.arange(len(x)) * MOST_KNOTS) // len(x)
        rows = np.bincount(bins, count)
        x, share = np.bincount(bins, x * count) / rows, np.bincount(bins, share * count) / rows
    rising = np.concatenate([[True], np.diff(x) > 0])
    x, share = x[rising], share[rising]
    for at in range(1, len(x)):  # what is worked out between two points must not end above the second by a last bit
        while (reached := share[at - 1] + (share[at] - share[at - 1])) > share[at]:
            share[at] = reached
    if len(x) < 2:
        return Calibrator(kind="sigmoid", a=(0.0,), b=(float(np.log(share[0] / (1 - share[0]))),))
    return Calibrator(kind="isotonic", x=tuple(x.tolist()), y=tuple(share.tolist()))


def curve(
    y: Array,
    output: Array,
    *,
    blocks: Array | None = None,
    resamples: int = 500,
    level: float = 0.95,
    seed: int = 7,
    weight: Array | None = None,
) -> tuple[CurvePoint, ...]:
    """The calibration curve: what was said and what came true in ten bins of equal numbers of rows.

    Probabilities (n,) or (n, k), of which the most probable class counts, or values (n,). Rows whose output is not finite are
    left out; weight: how much each row counts.
    Ends of an interval are the bootstrap's percentiles by block, and for shares never narrower than Wilson's (1927),
    which knows that 0 of 20 is not 0.
    """
    counts = np.ones(len(y)) if weight is None else weight
    answered = (np.isfinite(output) if output.ndim == 1 else np.isfinite(output).all(axis=1)) & (counts > 0)
    if not answered.any():
        return ()
    said, true = confidence(y[answered], output[answered])
    groups = None if blocks is None else blocks[answered]
    bins = equal_mass_bins(said, CURVE_BINS)
    each = counts[answered]
    rows, mass = np.bincount(bins), np.bincount(bins, each)
    predicted, observed = np.bincount(bins, each * said) / mass, np.bincount(bins, each * true) / mass
    drawn = _resampled_means(true, bins, Resamples.draw(len(said), groups, resamples, seed), each)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    if bool(np.isin(true, (0.0, 1.0)).all()):
        below, above = wilson(observed, mass**2 / np.bincount(bins, each**2), level)
        low, high = np.minimum(low, below), np.maximum(high, above)
    columns = (predicted, observed, np.minimum(low, observed), np.maximum(high, observed), rows)
    return tuple(
        CurvePoint(predicted=p, observed=o, low=a, high=b, n=int(n))
        for p, o, a, b, n in zip(*(column.tolist() for column in columns), strict=True)
    )


def _resampled_means(true: Array, bins: Array, resamples: Resamples, weight: Array) -> Array:
    """The mean of each bin in each resample, shape (r, bins); where a bin is not drawn, its mean over all rows."""
    count = int(bins.max()) + 1
    cells = resamples.codes * count + bins
    shape = (resamples.blocks, count)
    sums = np.bincount(cells, weight * true, resamples.blocks * count).reshape(shape)
    rows = np.bincount(cells, weight, resamples.blocks * count).reshape(shape)
    weights = resamples.weights.astype(float)
    drawn = weights @ rows
    return np.where(drawn > 0, weights @ sums / np.where(drawn > 0, drawn, 1), sums.sum(axis=0) / rows.sum(axis=0))


def wilson(share: Array, rows: Array, level: float) -> tuple[Array, Array]:
    """The score interval of shares of independent rows (Wilson 1927): shape as `share`, within 0 and 1."""
    from scipy.special import ndtri

    z2 = float(ndtri((1 + level) / 2)) ** 2
    centre = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    reach = np.sqrt(z2 * (share * (1 - share) + z2 / (4 * rows)) / rows) / (1 + z2 / rows)
    return np.maximum(centre - reach, 0.0), np.minimum(centre + reach, 1.0)


def cost_matrix(costs: CostSpec | None, classes: Sequence[str]) -> tuple[tuple[float, ...], ...]:
    """What decisions among several classes cost, by the true one and then the one decided on; none where nobody says.

    Raises DataRefused for a class that the target does not have.
    """
    if costs is None or costs.matrix is None:
        return ()
    found = [[float(true != said) for said in range(len(classes))] for true in range(len(classes))]
    for true, row in costs.matrix.items():
        for said, cost in row.items():
            found[_class_at(true, classes)][_class_at(said, classes)] = cost
    return tuple(map(tuple, found))


def _class_at(name: str, classes: Sequence[str]) -> int:
    found = find_class(name, classes)
    if found is None:
        fix = nearest(name, classes) or f"one of {', '.join(classes[:8])}"
        raise DataRefused(f"no row has the class '{name}'", where="costs.matrix", fix=fix, code="costs.class")
    return classes.index(found)


def decision_threshold(costs: CostSpec | None) -> float:
    """The probability from which acting costs less than not acting: fp / (fp + fn) (Elkan 2001); 0.5 without costs.

    It is right for calibrated probabilities, which is why calibration comes first and no threshold is searched for.
    """
    if costs is None or costs.false_positive + costs.false_negative == 0:
        return 0.5
    return costs.false_positive / (costs.false_positive + costs.false_negative)
