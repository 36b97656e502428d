"""Which models answer better together than the best of them alone, and with which weights.

Greedy selection with replacement (Caruana, Niculescu-Mizil, Crew & Ksikes 2004, "Ensemble selection from libraries of models"):
from the best model on, the one is added, again and again, whose addition does the mean of all that were added most good; how
often a model was added is its weight. Beside it the best few are tried with equal weights, which follow chance less where folds
say little. Raw scores are added, before the task's link, and judged as trials are: by the mean of the metric over the folds,
on rows that no model had seen.

The weights were chosen on these rows, so their score flatters, and so does that of the best model. Whether an ensemble is
better is asked of weights that were chosen without the fold they are judged on, held against the model that is best without it:
they must be better on the mean, and on more than half of the folds.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.ensemble import weighted_sum
from millwright.search.trial import Judge, mean

Array = NDArray[Any]

ADDITIONS = 20
SCORES = 20_000
"""Raw scores of a model that are looked at when weights are chosen, at equal steps: time does not grow with the rows."""


PARTS, SURELY = 10, 2.0
"""Parts of a fold's rows, and standard errors."""

_FEW = 3
"""So many of the best are tried with equal weights, and as many as may answer together."""

Fits = Callable[[Sequence[float]], bool]
_Choice = Callable[[Sequence[int]], tuple[float, ...]]
"""Weights that are chosen on some folds."""
Mixture = tuple[float, tuple[float, ...]]
"""How good it is, more being better, and how often each model was added."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What models said of rows that they had not seen, fold by fold.

    y: of each fold, shape (n,). raw: of each model and fold, shape (n, width); the best model comes first. weight: of each fold
    how much its rows count, shape (n,); empty where all count alike. counts: how much each fold counts; empty: all alike.
    """

    judge: Judge
    y: tuple[Array, ...]
    raw: tuple[tuple[Array, ...], ...]
    weight: tuple[Array, ...] = ()
    counts: tuple[float, ...] = ()

    def score(self, weights: Sequence[float], fold: int) -> float:
        """The metric of the weighted sum on one fold; NaN where it is not defined."""
        chosen = [place for place, weight in enumerate(weights) if weight]
        raw = weighted_sum([weights[place] for place in chosen], [self.raw[place][fold] for place in chosen])
        return self.judge.score(self.y[fold], raw, self.weight[fold] if self.weight else None)

    def scores(self, weights: Sequence[float]) -> list[float]:
        """The metric of the weighted sum on each fold."""
        return [self.score(weights, fold) for fold in range(len(self.y))]

    def thinned(self, scores: int) -> "Shelf":
        """Every n-th row of each fold, so that no model has many more raw scores than so many."""
        step = max(sum(part.size for part in self.raw[0]) // scores, 1)
        raw = tuple(tuple(part[::step] for part in own) for own in self.raw)
        weight = tuple(each[::step] for each in self.weight)
        return Shelf(self.judge, tuple(y[::step] for y in self.y), raw, weight, self.counts)

    def parted(self, parts: int) -> "Shelf":
        """The same with so many parts in place of each fold, its rows in their order."""
        cut = partial(np.array_split, indices_or_sections=parts)
        y, weight = ([piece for fold in own for piece in cut(fold)] for own in (self.y, self.weight))
        raw = tuple(tuple(piece for fold in own for piece in cut(fold)) for own in self.raw)
        return Shelf(self.judge, tuple(y), raw, tuple(weight))

    def mean(self, scores: Sequence[float], folds: Sequence[int]) -> float:
        """The mean of scores on these folds; NaN of none."""
        found = mean(scores, [self.counts[fold] for fold in folds] if self.counts else None)
        return math.nan if found is None else found


def choose(
    shelf: Shelf, most: int, keep_going: Callable[[], bool], fits_in: Fits = lambda _weights: True
) -> tuple[float, ...] | None:
    """The weight of each model, which sum to 1; None where no ensemble is better than the first model by more than noise.

    most: so many weigh something. keep_going: false means that time is up; what was found until then counts. fits_in: whether
    models of such weights are not too slow or too large together.
    """
    first = shelf.scores(_alone(0, len(shelf.raw)))
    folds = [fold for fold, score in enumerate(first) if math.isfinite(score)]
    if len(folds) < 2:
        return None
    others = {fold: [other for other in folds if other != fold] for fold in folds}
    better, thin = shelf.judge.metric.better, shelf.thinned(SCORES)

    def unseen(choice: _Choice) -> list[float]:
        return [shelf.score(choice(others[fold]), fold) for fold in folds]

    alone = unseen(lambda known: _equal(thin, known, 1))
    kinds: list[_Choice] = [partial(_equal, thin, most=count, fits_in=fits_in) for count in _equal_counts(most, len(shelf.raw))]
    kinds.append(lambda known: _select(thin, known, most, keep_going, fits_in))  # what takes longest comes last
    found, score = None, shelf.mean(alone, folds)
    for kind in kinds:
        weights, single = kind(folds), shelf.mean([first[fold] for fold in folds], folds)
        if sum(weight > 0.0 for weight in weights) < 2 or not keep_going():
            continue
        judged = unseen(kind)
        wins = sum(better(one, other) for one, other in zip(judged, alone, strict=True))
        proven = 2 * wins > len(folds) and better(shelf.mean(judged, folds), score)
        if proven and better(shelf.mean([shelf.score(weights, fold) for fold in folds], folds), single):
            found, score = weights, shelf.mean(judged, folds)
    return found


def _equal_counts(most: int, models: int) -> list[int]:
    """How many of the best are tried with equal weights: a few, and as many as may answer together."""
    return sorted({count for count in (_FEW, most) if 1 < count <= min(most, models)})


def _equal(shelf: Shelf, folds: Sequence[int], most: int, fits_in: Fits = lambda _weights: True) -> tuple[float, ...]:
    """Equal weights of the best on these folds, so many of them, or fewer where they are too slow or large together."""
    count = len(shelf.raw)
    order = sorted(range(count), key=lambda place: -_gain(shelf, folds, _alone(place, count)))
    taken: list[int] = []
    for place in order:
        if len(taken) < most and fits_in([float(at in taken or at == place) for at in range(count)]):
            taken.append(place)
    return _weights([float(at in taken) for at in range(count)]) if taken else _alone(order[0], count)


def grown(
    shelf: Shelf, most: int, keep_going: Callable[[], bool], fits_in: Fits = lambda _weights: True
) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    """The best weights of two members, of three and so on to `most`, each with the scores of their kind by fold: of weights
    that were chosen without that fold. None where time was up before that."""
    folds = [fold for fold in range(len(shelf.y)) if math.isfinite(shelf.score(_alone(0, len(shelf.raw)), fold))]
    if len(folds) < 2:
        return []
    whole = _way(shelf, folds, most, keep_going, fits_in)
    apart = {fold: _way(shelf, [f for f in folds if f != fold], most, keep_going, fits_in) for fold in folds}
    if not keep_going():
        return []
    found = []
    for count in sorted(whole):
        kin = {fold: way[max(size for size in way if size <= count)] for fold, way in apart.items()}
        if count > 1:
            found.append((whole[count], tuple(shelf.score(weights, fold) for fold, weights in kin.items())))
    return found


def _way(
    shelf: Shelf, folds: Sequence[int], most: int, keep_going: Callable[[], bool], fits_in: Fits
) -> dict[int, tuple[float, ...]]:
    """The best weights of each number of members on the way of greedy additions."""
    found: dict[int, Mixture] = {}
    for gain, counts in _walk(shelf, folds, most, keep_going, fits_in):
        members = sum(1 for times in counts if times)
        if members not in found or gain > found[members][0]:
            found[members] = gain, counts
    return {members: _weights(counts) for members, (_, counts) in found.items()}


def helpful(shelf: Shelf, most: int) -> list[int]:
    """Which of several models, the best first, an ensemble on these folds would have as members, that of most weight first."""
    shelf = shelf.thinned(SCORES)
    weights = _select(shelf, range(len(shelf.y)), most, lambda: True, lambda _weights: True)
    return sorted((place for place, weight in enumerate(weights) if weight > 0.0), key=lambda place: -weights[place])


def outdoes(shelf: Shelf) -> bool:
    """Whether the first model is better than the best mixture of the others by more than noise: by `SURELY` standard errors of
    the mean over parts of the rows, paired."""
    folds, others = range(len(shelf.y)), Shelf(shelf.judge, shelf.y, shelf.raw[1:], shelf.weight, shelf.counts)
    thin = others.thinned(SCORES)
    weights = (0.0, *_select(thin, folds, len(others.raw), lambda: True, lambda _weights: True))
    first, sign = _alone(0, len(shelf.raw)), 1.0 if shelf.judge.metric.goal == "max" else -1.0
    parts = shelf.parted(PARTS)
    gains = sign * (np.array(parts.scores(first)) - np.array(parts.scores(weights)))
    gains = gains[np.isfinite(gains)]  # of one class alone many metrics say nothing
    enough = 2 * len(gains) > len(parts.y)
    return bool(enough and gains.mean() > SURELY * gains.std(ddof=1) / math.sqrt(len(gains)))


def _select(shelf: Shelf, folds: Sequence[int], most: int, keep_going: Callable[[], bool], fits_in: Fits) -> tuple[float, ...]:
    """The best mixture on the way of greedy additions, the first of equal ones."""
    return _weights(max(_walk(shelf, folds, most, keep_going, fits_in), key=lambda step: step[0])[1])


def _walk(shelf: Shelf, folds: Sequence[int], most: int, keep_going: Callable[[], bool], fits_in: Fits) -> Iterator[Mixture]:
    """The best model alone, then what greedy additions make of it one by one; of equal additions the first model."""
    count = len(shelf.raw)
    step = _best(shelf, folds, [_alone(place, count) for place in range(count)])
    yield step
    for _ in range(ADDITIONS):
        counts = step[1]
        full = sum(1 for times in counts if times) >= most
        more = (_one_more(counts, place) for place in range(count) if counts[place] or not full)
        added = [mixture for mixture in more if fits_in(mixture)]
        if not added or not keep_going():
            return
        step = _best(shelf, folds, added)
        yield step


def _weights(counts: Sequence[float]) -> tuple[float, ...]:
    whole = sum(counts)
    return tuple(times / whole for times in counts)


def _best(shelf: Shelf, folds: Sequence[int], tried: Sequence[tuple[float, ...]]) -> Mixture:
    """The mixture that does best on the mean, the first of equal ones, and how good it is; more is better."""
    gains = [_gain(shelf, folds, weights) for weights in tried]
    place = gains.index(max(gains))
    return gains[place], tried[place]


def _gain(shelf: Shelf, folds: Sequence[int], weights: Sequence[float]) -> float:
    whole = sum(weights)
    score = shelf.mean([shelf.score([weight / whole for weight in weights], fold) for fold in folds], folds)
    better = score if shelf.judge.metric.goal == "max" else -score
    return better if math.isfinite(better) else -math.inf


def _alone(place: int, count: int) -> tuple[float, ...]:
    return tuple(float(at == place) for at in range(count))


def _one_more(counts: Sequence[float], place: int) -> tuple[float, ...]:
    return tuple(times + (at == place) for at, times in enumerate(counts))
