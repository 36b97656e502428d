"""Everything that could answer, and what each costs: single models, bags of those of the folds, ensembles of growing number.

Quality, the time of a row and bytes make a front: what nothing else beats in all three. With each family left out in turn it
shows what that family is worth.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

from millwright.models.ensemble import weighted_sum
from millwright.records.modelling import FrontPoint, Trial
from millwright.search.bags import Price, can_be_bag, together
from millwright.search.bench import Bench, ranked
from millwright.search.ensemble import Fits, grown
from millwright.search.growing import is_growing
from millwright.search.joining import array_of, shelf_of
from millwright.search.refits import Model
from millwright.tasks.registry import task

SCORES = 2_000
"""Raw scores of a model that are looked at; time does not grow with the rows."""
SHOWING = 0.5
"""What the front may take where nobody chooses by it, as a share of what choosing may."""
MOST_MIXED = 10
"""So many of the best models may be in an ensemble here, and the best of each family beside them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that could answer. scores: out of fold, by fold; other fields as in a FrontPoint."""

    trials: tuple[Trial, ...]
    weights: tuple[float, ...]
    bagged: bool
    scores: tuple[float, ...]
    price: Price
    gap: float | None = None
    without: str = ""
    counts: tuple[float, ...] | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from others."""
        return (self.bagged, *zip((trial.number for trial in self.trials), self.weights, strict=True))

    @property
    def score(self) -> float:
        """The mean over the folds."""
        return fmean(self.scores, self.counts)

    @property
    def error(self) -> float | None:
        """The standard error of that, taking folds as independent."""
        return stdev(self.scores) / len(self.scores) ** 0.5 if len(self.scores) > 1 else None


def offers(bench: Bench, trials: Sequence[Trial], keep_going: Callable[[], bool]) -> list[Offer]:
    """All that could answer, each once; ensembles as far as time allows."""
    singles = [trial for trial in ranked(trials, bench.metric) if trial.fits]
    found = [offer for trial in singles for offer in _kinds(bench, (trial,), (1.0,), trial.fold_scores)]
    library = [trial for trial in singles if trial.on_folds is not None]
    if bench.models > 1 and len(library) > 1:
        found += _ensembles(bench, _mixed(library), keep_going)
    return list({offer.key: offer for offer in reversed(found)}.values())[::-1]


def around(bench: Bench, trials: Sequence[Trial], least: float | None) -> list[Offer]:
    """The offers where nobody chooses by them, within a little of the time that is left.

    least: the score of the baseline; what is no better is not offered.
    """
    until = bench.clock() + SHOWING * bench.budget.for_choosing()
    better = [t for t in trials if t.score is not None and (least is None or bench.metric.better(t.score, least))]
    return offers(bench, better, lambda: bench.clock() < until)


def shown(bench: Bench, trials: Sequence[Trial], found: Sequence[Offer], model: Model) -> tuple[FrontPoint, ...]:
    """The front for the record, with a model that was chosen by quality alone."""
    weights = {one.config.name: one.weight for one in model.made}
    bagged = any(one.refit is None for one in model.made)
    own = next((o for o in found if o.bagged == bagged and _weights(o) == weights), None)
    chosen = tuple(trial for trial in trials if trial.config.name in weights)
    if own is None and len(chosen) == len(weights) > 1:  # an ensemble that the way of greedy additions did not end with
        parts = tuple(weights[trial.config.name] for trial in chosen)
        own = next((o for o in _kinds(bench, chosen, parts, model.trial.fold_scores) if o.bagged == bagged), None)
        found = [*found, *([own] if own else [])]
    if own is None and len(chosen) == 1 and bagged:  # the models of its folds, for want of time to fit it once more
        own = Offer(chosen, (1.0,), True, chosen[0].fold_scores, Price.of_all(bench, chosen[0].fits))
        found = [*found, own]
    return tuple(points(bench, found, own, {} if own is None else {own.key: "the best by out-of-fold score"}))


def _weights(offer: Offer) -> dict[str, float]:
    return {trial.config.name: weight for trial, weight in zip(offer.trials, offer.weights, strict=True)}


def _kinds(
    bench: Bench, trials: tuple[Trial, ...], weights: tuple[float, ...], scores: tuple[float, ...], without: str = ""
) -> Iterator[Offer]:
    """As bags, where these may be, and each fitted once."""
    gap = _gap(bench, trials, weights)
    for bagged in (True, False):
        prices = [_price(bench, trial, bagged) for trial in trials]
        if not bagged or any(can_be_bag(bench, trial.fits) for trial in trials):
            counts = bench.counts if is_growing(bench.folds) and len(scores) == len(bench.folds) else None
            yield Offer(trials, weights, bagged, scores, together(prices), gap, without, counts)


def _price(bench: Bench, trial: Trial, bagged: bool) -> Price:
    return (Price.of_all if bagged and can_be_bag(bench, trial.fits) else Price.of_one)(bench, trial.fits)


def _gap(bench: Bench, trials: Sequence[Trial], weights: Sequence[float]) -> float | None:
    if bench.goal.most_gap is None:
        return None
    raw = weighted_sum(weights, [array_of(bench, trial.predictions) for trial in trials])
    return bench.goal.gap(task(bench.problem.task).link(raw))


def _mixed(library: Sequence[Trial]) -> list[Trial]:
    """The best models, and the best of each family."""
    best = {trial.config.family: trial.number for trial in reversed(library)}
    return [trial for place, trial in enumerate(library) if place < MOST_MIXED or trial.number in best.values()]


def _ensembles(bench: Bench, library: Sequence[Trial], keep_going: Callable[[], bool]) -> Iterator[Offer]:
    families = list(dict.fromkeys(trial.config.family for trial in library))
    yield from _of(bench, library, keep_going, lambda _weights: True)
    for family in families if len(families) > 1 else ():
        others = [trial for trial in library if trial.config.family != family]
        if len(others) > 1:
            yield from _of(bench, others, keep_going, lambda _weights: True, family)
    for bagged in (True, False) if bench.goal.is_set else ():
        prices = [_price(bench, trial, bagged) for trial in library]
        yield from _of(bench, library, keep_going, _within(bench, prices))


def _within(bench: Bench, prices: Sequence[Price]) -> Fits:
    """Whether what weighs something is within the bounds together."""
    return lambda weights: together([p for p, weight in zip(prices, weights, strict=True) if weight]).is_small(bench)


def _of(
    bench: Bench, library: Sequence[Trial], keep_going: Callable[[], bool], fits_in: Fits, without: str = ""
) -> Iterator[Offer]:
    if not keep_going():
        return
    for weights, scores in grown(shelf_of(bench, library).thinned(SCORES), bench.models, keep_going, fits_in):
        chosen = [(trial, weight) for trial, weight in zip(library, weights, strict=True) if weight]
        trials, parts = tuple(trial for trial, _ in chosen), tuple(weight for _, weight in chosen)
        yield from _kinds(bench, trials, parts, scores, without)


def points(bench: Bench, found: Sequence[Offer], taken: Offer | None, why: dict[tuple[object, ...], str]) -> list[FrontPoint]:
    """The offers for the record, the best first. why: by an offer's key."""
    marked = [_point(bench, offer, offer is taken, why.get(offer.key, "")) for offer in found]
    ordered = sorted(marked, key=lambda point: point.score, reverse=bench.metric.goal == "max")
    return [replace(point, on_front=not any(_beats(bench, other, point) for other in ordered)) for point in ordered]


def _point(bench: Bench, offer: Offer, chosen: bool, why: str) -> FrontPoint:
    goal, price = bench.goal, offer.price
    return FrontPoint(
        members=tuple((trial.config.name, weight) for trial, weight in zip(offer.trials, offer.weights, strict=True)),
        bagged=offer.bagged,
        score=offer.score,
        error=offer.error,
        microseconds=price.microseconds,
        size=round(price.size),
        estimated=bench.estimates_time,
        gap=offer.gap,
        without=offer.without,
        within=not goal.excess(price.microseconds, price.microseconds, price.size, offer.gap),
        cost=goal.cost(price.microseconds),
        chosen=chosen,
        why=why,
    )


def _beats(bench: Bench, one: FrontPoint, other: FrontPoint) -> bool:
    """Whether it is at least as good in all and better in one. A bag is better than one of its models, by an unknown bit."""
    sign = -1.0 if bench.metric.goal == "max" else 1.0
    (mine, *my_costs), (theirs, *their_costs) = [
        ((sign * p.score, float(not p.bagged)), p.microseconds, float(p.size)) for p in (one, other)
    ]
    no_worse = mine <= theirs and all(a <= b for a, b in zip(my_costs, their_costs, strict=True))
    return no_worse and (mine, my_costs) != (theirs, their_costs)
