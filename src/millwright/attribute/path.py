"""The way from rows of before to rows of now, one change at a time, and what each has done to the metric.

The differences along the way sum to the whole change, whatever the metric. Broken feeds come first, then the share of outcomes
and the inputs; then the relation between the two, on rows of now that lie among those of before, then the rows that do not, as
in Cai, Namkoong & Yadlowsky (Diagnosing model performance under distribution shift, 2023: shared inputs, relation, inputs that
one side lacks); last what was answered otherwise than the model answers. Zhang, Singh, Ghassemi & Joshi ("Why did the model
fail?", ICML 2023) average over all orders; here the order is that of causes, and one order is a sentence.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.attribute.bins import Binned
from millwright.attribute.rows import LabelledRows, Terms
from millwright.attribute.search import LABEL, Sides
from millwright.attribute.weighing import outside, raked_each
from millwright.records.deciding import FindingKind
from millwright.records.judging import Interval

Array = NDArray[Any]
Score = Callable[[Array], Array]
"""The metric, shape (r,), of rows weighted in r ways, shape (r, n)."""

RESAMPLES = 160
CHUNK = 20
FEWEST_GROUPS = 5
DEFINED = 0.9


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the way: how the metric is computed there from weights of its rows, whose rows they are, and which margins
    rows of before have taken over. among: only the rows of now that lie among those of before. kind, column: the change that
    led here."""

    score: Score
    now: bool
    margins: tuple[Binned, ...] = ()
    among: bool = False
    kind: FindingKind | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """The metric at each stop, for all rows first and then in each resample: shape (1 + resamples, stops)."""

    stops: tuple[Stop, ...]
    scores: Array
    level: float
    rows: int
    blocks: int

    def steps(self) -> Array:
        """What each change has done, shape (1 + resamples, stops - 1)."""
        return np.diff(self.scores, axis=1)

    def interval(self, values: Array, level: float | None = None) -> Interval:
        """A figure and its draws, shape (1 + resamples,), with Student's t for so few blocks (Hesterberg 2015)."""
        return interval_of_draws(values, level or self.level, self.rows, self.blocks)


def interval_of_draws(values: Array, level: float, rows: int, blocks: int) -> Interval:
    """An interval around values[0] from the spread of the others; open where they are too few, or of fewer than five blocks."""
    from scipy.special import stdtrit

    value, draws = float(values[0]), values[1:][np.isfinite(values[1:])]
    if not np.isfinite(value):
        return Interval(value=None, low=None, high=None, n=rows, level=level)
    if blocks < FEWEST_GROUPS or len(draws) < DEFINED * (len(values) - 1):
        return Interval(value=value, low=None, high=None, n=rows, level=level)
    reach = float(stdtrit(blocks - 1, (1 + level) / 2) * np.std(draws, ddof=1) * np.sqrt(blocks / (blocks - 1)))
    return Interval(value=value, low=value - reach, high=value + reach, n=rows, level=level)


@dataclass(frozen=True, slots=True)
class Draws:
    """How often each group of rows of before and of now is drawn in each resample; all once in the first."""

    before: Array
    now: Array

    @classmethod
    def of(cls, groups: Array, groups_now: Array, seed: int, resamples: int = RESAMPLES) -> "Draws":
        """Groups with replacement, on both sides independently."""
        random = np.random.default_rng((seed, 1))
        return cls(*(_drawn(int(codes.max(initial=-1)) + 1, random, resamples) for codes in (groups, groups_now)))

    def weights(self, groups: Array, groups_now: Array) -> Iterator[tuple[slice, Array, Array]]:
        """Some draws at a time: which, and the weights of rows of before, shape (r, n), and of now, (r, m)."""
        for start in range(0, len(self.before), CHUNK):
            some = slice(start, start + CHUNK)
            yield some, self.before[some][:, groups], self.now[some][:, groups_now]

    @property
    def blocks(self) -> int:
        """Of the side that has fewer."""
        return int(min(self.before.shape[1], self.now.shape[1]))


def _drawn(count: int, random: np.random.Generator, resamples: int) -> Array:
    drawn = random.multinomial(count, np.full(count, 1 / count), resamples).astype(float)
    return np.vstack([np.ones(count), drawn])


def score_of(terms: Terms, y: Array, said: Array) -> Score:
    """The metric of rows as a function of their weights; what does not depend on weights is done once."""
    score = terms.metric.by_block(y, terms.seen(said), np.arange(len(y)), len(y))
    return lambda weights: score(weights / np.maximum(weights.max(axis=1, keepdims=True), 1e-12))


def stops_of(before: LabelledRows, now: LabelledRows, sides: Sides, terms: Terms, *, served: bool) -> tuple[Stop, ...]:
    """The way: before, each fault, each margin, now as the model answers, and, where `served`, now as was answered."""
    first = score_of(terms, before.y, before.said)
    stops = [Stop(first, now=False)]
    last = first
    for fault, said in sides.faults:
        last = score_of(terms, before.y, said)
        stops.append(Stop(last, now=False, kind="data_fault", column=fault.column))
    for at, name in enumerate(sides.chosen, 1):
        kind: FindingKind = "label" if name == LABEL else "covariate"
        stops.append(Stop(last, now=False, margins=tuple(sides.margins[:at]), kind=kind, column=name))
    here = score_of(terms, now.y, sides.now.said)
    apart = not sides.among.all()
    stops.append(Stop(here, now=True, kind="concept", among=apart))
    if apart:
        stops.append(Stop(here, now=True, kind="covariate", column=farthest(sides)))
    if served:
        stops.append(Stop(score_of(terms, now.y, now.said), now=True, kind="serving"))
    return tuple(stops)


def farthest(sides: Sides) -> str:
    """The column by which most rows of now lie where there were none before."""
    return max((name for name in sides.chosen), key=lambda name: outside(sides.bins[name]), default="")


def walk(stops: Sequence[Stop], sides: Sides, draws: Draws, level: float) -> Way:
    """The metric at each stop in each resample, weights made anew each time."""
    scores, among = np.empty((len(draws.before), len(stops))), sides.among
    for some, mine, theirs in draws.weights(sides.groups, sides.groups_now):
        shared = theirs * among
        for place, stop in enumerate(stops):
            weights = raked_each(stop.margins, mine, shared) if stop.margins else mine
            scores[some, place] = stop.score((shared if stop.among else theirs) if stop.now else weights)
    return Way(tuple(stops), scores, level, len(sides.now), draws.blocks)
