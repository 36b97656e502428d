"""Confidence intervals of metrics and of paired differences, by resampling whole blocks of rows.

Rows of one block (a day, a customer) share what happened that day, so they are drawn together (the cluster form of the block
bootstrap: Künsch 1989; Davison & Hinkley 1997, section 3.8). Drawing is weighting: a resample is how often each block came up,
and every metric knows how to score many weightings of the same rows. Ends of an interval are percentiles,
shifted by the jackknife's skewness (the acceleration of Efron 1987; his bias correction is left out, it is mostly noise here)
and widened for few blocks (Hesterberg 2015, section 4.3), without which ten days claim too much.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.metrics.metric import Goal, Metric
from millwright.records.judging import Interval

Array = NDArray[Any]

MOST_BLOCKS = 4096
FEWEST_BLOCKS = 5
MOST_LEFT_OUT = 100
MOST_RESAMPLES = 10_000
TAIL_DRAWS = 12
DEFINED = 0.9
CHUNK = 256
_AT_ONCE = 1 << 18
"""Blocks that are drawn at a time."""


@dataclass(frozen=True, slots=True)
class Scores:
    """A metric on the rows as they are, on each resample, shape (r,), and with each group of blocks left out, shape (g,)."""

    value: float
    resampled: Array
    left_out: Array
    rows: int
    blocks: int

    def better_by(self, other: "Scores", goal: Goal) -> "Scores":
        """How much better these scores are than those of another model on the same resamples; positive is better."""
        sign = 1.0 if goal == "max" else -1.0
        return Scores(
            sign * (self.value - other.value),
            sign * (self.resampled - other.resampled),
            sign * (self.left_out - other.left_out),
            self.rows,
            self.blocks,
        )


@dataclass(frozen=True, slots=True)
class Resamples:
    """How often each block is drawn in each resample: drawn once, used for every metric and model on the same rows.

    codes: the block of each row, shape (n,). weights: shape (r, blocks), whole numbers whose rows sum to `blocks`.
    """

    codes: Array
    blocks: int
    weights: Array
    own: Array | None = None
    """How much each row counts by itself, shape (n,); None: all alike."""

    @classmethod
    def draw(cls, rows: int, blocks: Array | None, resamples: int, seed: int, own: Array | None = None) -> "Resamples":
        """Draw blocks with replacement; without `blocks`, shape (rows,), each row is one. A block is drawn with the weights
        that its rows have, `own`: how likely it is does not depend on them.

        More than 4096 blocks are first dealt at random into 4096 of equal count: independent blocks stay independent when
        merged, the interval is as wide as before, and the cost no longer grows with them.
        """
        random = np.random.default_rng((seed, rows))
        codes = np.arange(rows) if blocks is None else np.unique(blocks, return_inverse=True)[1].reshape(-1)
        count = int(codes.max(initial=-1)) + 1
        if count > MOST_BLOCKS:
            codes, count = (random.permutation(count) % MOST_BLOCKS)[codes], MOST_BLOCKS
        weights = np.empty((resamples, count), dtype=np.uint16)
        step = max(1, _AT_ONCE // max(count, 1))
        for start in range(0, resamples if count else 0, step):
            weights[start : start + step] = _drawn(random, min(step, resamples - start), count)
        return cls(codes, count, weights, own)

    def scores(self, metric: Metric, y: Array, output: Array) -> Scores:
        """`metric` on every resample; y is shape (n,), output (n,) or (n, k)."""
        if not len(y):
            return Scores(float("nan"), np.zeros(0), np.zeros(0), 0, 0)
        score = metric.by_block(y, output, self.codes, self.blocks, self.own)
        chunks = [score(self.weights[i : i + CHUNK].astype(float)) for i in range(0, len(self.weights), CHUNK)]
        return Scores(
            metric.value(y, output, self.own), np.concatenate(chunks), score(_left_out(self.blocks)), len(y), self.blocks
        )


def _drawn(random: np.random.Generator, times: int, blocks: int) -> Array:
    """How often each of so many blocks comes up where as many are drawn, so many times over; shape (times, blocks)."""
    chosen = random.integers(0, blocks, (times, blocks)) + blocks * np.arange(times)[:, None]
    return np.bincount(chosen.reshape(-1), minlength=times * blocks).reshape(times, blocks)


def _left_out(blocks: int) -> Array:
    """Weights that leave out one group of blocks each: every block by itself, or about a hundred groups of them."""
    groups = min(blocks, MOST_LEFT_OUT)
    group = np.arange(blocks) % groups
    return np.not_equal(np.arange(groups)[:, None], group).astype(float)


def interval_of(scores: Scores, level: float) -> Interval:
    """The interval of a metric at `level`: accelerated percentiles of the resampled scores, so within the metric's own range.

    The value is None where the metric is undefined; the ends are None where there are fewer than five blocks, or more than a
    tenth of the resamples are undefined: too little to say how sure one may be.
    """
    return _between(scores, level, _percentiles(scores, level)) if _can_tell(scores) else _open(scores, level)


def difference_of(scores: Scores, level: float) -> Interval:
    """The interval of a difference at `level`; open ends as in `interval_of`.

    From it models are promoted, so it is the wider, at each end, of two: Student's t on the bootstrap's standard error, which
    keeps its promise for a handful of blocks, and accelerated percentiles, which see that a few bad days are yet to come.
    """
    if not _can_tell(scores):
        return _open(scores, level)
    low, high = _percentiles(scores, level)
    reach = _reach(level, scores.blocks) * float(np.std(_defined(scores), ddof=1))
    return _between(scores, level, (min(low, scores.value - reach), max(high, scores.value + reach)))


def _can_tell(scores: Scores) -> bool:
    enough = len(_defined(scores)) >= DEFINED * len(scores.resampled)
    return bool(np.isfinite(scores.value)) and scores.blocks >= FEWEST_BLOCKS and enough


def _defined(scores: Scores) -> Array:
    kept: Array = scores.resampled[np.isfinite(scores.resampled)]
    return kept


def _open(scores: Scores, level: float) -> Interval:
    value = scores.value if np.isfinite(scores.value) else None
    return Interval(value=value, low=None, high=None, n=scores.rows, level=level)


def _between(scores: Scores, level: float, ends: tuple[float, float]) -> Interval:
    return Interval(value=scores.value, low=ends[0], high=ends[1], n=scores.rows, level=level)


def _percentiles(scores: Scores, level: float) -> tuple[float, float]:
    """The quantiles of the resampled scores that are the ends of the interval."""
    reach, bend = _reach(level, scores.blocks), _acceleration(scores.left_out)
    shares = [NormalDist().cdf(z / max(1 - bend * z, 0.1)) for z in (-reach, reach)]
    low, high = np.quantile(_defined(scores), shares, method="weibull").tolist()
    return low, high


def _reach(level: float, blocks: int) -> float:
    """Standard errors to each side: Student's t for so few blocks, and more for the bootstrap's spread, small by (b-1)/b."""
    from scipy.special import stdtrit

    return float(stdtrit(blocks - 1, (1 + level) / 2) * np.sqrt(blocks / (blocks - 1)))


def _acceleration(left_out: Array) -> float:
    """How fast the standard error changes with the score: the skewness of the jackknife (Efron 1987)."""
    gaps = np.mean(left_out) - left_out
    spread = float(np.sum(gaps**2)) ** 1.5
    return float(np.sum(gaps**3)) / (6 * spread) if np.isfinite(spread) and spread > 0 else 0.0


def enough_resamples(resamples: int, level: float) -> int:
    """At least `resamples`, and so many that a dozen lie beyond each end of an interval at `level`; at most 10,000."""
    return max(resamples, min(MOST_RESAMPLES, int(np.ceil(2 * TAIL_DRAWS / (1 - level)))))


def interval(
    metric: Metric,
    y: Array,
    output: Array,
    *,
    blocks: Array | None = None,
    resamples: int = 500,
    level: float = 0.95,
    seed: int = 7,
    own: Array | None = None,
) -> Interval:
    """A metric with its interval. y: shape (n,); output: (n,) or (n, k); blocks: the block of each row, shape (n,).

    own: how much each row counts, shape (n,); None for all alike.
    """
    drawn = Resamples.draw(len(y), blocks, enough_resamples(resamples, level), seed, own)
    return interval_of(drawn.scores(metric, y, output), level)


def paired(
    metric: Metric,
    y: Array,
    mine: Array,
    theirs: Array,
    *,
    blocks: Array | None = None,
    resamples: int = 500,
    level: float = 0.95,
    seed: int = 7,
) -> tuple[Interval, Interval, Interval]:
    """My metric, theirs, and the difference on the same resamples: positive is better, whatever the metric's goal.

    With two models equally good, the lower end of the difference lies above 0 with probability at most about (1 - level) / 2.
    """
    drawn = Resamples.draw(len(y), blocks, enough_resamples(resamples, level), seed)
    a, b = drawn.scores(metric, y, mine), drawn.scores(metric, y, theirs)
    return interval_of(a, level), interval_of(b, level), difference_of(a.better_by(b, metric.goal), level)
