"""The best model within the goal, or, where there is none, the nearest to it: never silently a slower one."""

from collections.abc import Sequence
from dataclasses import dataclass

from millwright.models.evaluator import load_evaluator
from millwright.records.modelling import FrontPoint, GoalOutcome, Trial
from millwright.search.bench import Bench
from millwright.search.front import Offer, offers, points
from millwright.search.goal import SLOWEST, Goal
from millwright.search.joining import Chosen, made
from millwright.search.refits import Model, Refits
from millwright.search.row_time import measured_p99_us

MOST_MADE = 8
"""Points whose models are made and found too slow after all, before the nearest is taken."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The model that answers, the front it was taken from, and whether it is as was asked."""

    model: Model
    front: tuple[FrontPoint, ...]
    outcome: GoalOutcome


def taken(bench: Bench, trials: Sequence[Trial], refits: Refits) -> Taken | None:
    """The best of what could answer within the goal of the bench; None where no model can be made at all."""
    until = bench.clock() + bench.budget.for_choosing()
    found = offers(bench, trials, lambda: bench.clock() < until)
    why: dict[tuple[object, ...], str] = {}
    inside = [offer for offer in found if not _excess(bench, offer)]
    for offer in sorted(inside, key=lambda offer: _worse(bench, offer))[:MOST_MADE]:
        model = made(bench, Chosen(offer.trials, offer.weights, offer.bagged), refits, trials)
        if model is None:
            why[offer.key] = "no time was left to fit it once more"
            continue
        p99 = _p99(bench, model, offer)
        if bench.goal.excess(p99, offer.price.microseconds, offer.price.size, offer.gap):
            why[offer.key] = f"made and measured, 99 of 100 rows take {p99 + bench.goal.around_us:.0f} µs"
            continue
        why[offer.key] = "the best within the goal"
        return _taken(bench, found, offer, model, why, p99)
    return _nearest(bench, trials, refits, found, why)


def _nearest(
    bench: Bench, trials: Sequence[Trial], refits: Refits, found: Sequence[Offer], why: dict[tuple[object, ...], str]
) -> Taken | None:
    """What is over its bounds by the smallest factor, the better of equal ones."""
    ordered = sorted(
        (offer for offer in found if offer.key not in why),
        key=lambda offer: (max(_excess(bench, offer).values(), default=1.0), _worse(bench, offer)),
    )
    for offer in ordered[:MOST_MADE]:
        model = made(bench, Chosen(offer.trials, offer.weights, offer.bagged), refits, trials)
        if model is not None:
            why[offer.key] = "nothing is within the goal: this is the nearest"
            return _taken(bench, found, offer, model, why, _p99(bench, model, offer))
    return None


def _taken(
    bench: Bench,
    found: Sequence[Offer],
    offer: Offer,
    model: Model,
    why: dict[tuple[object, ...], str],
    p99: float,
) -> Taken:
    over = bench.goal.excess(p99, offer.price.microseconds, offer.price.size, offer.gap)
    outcome = GoalOutcome(met=not over, asked=asked_of(bench.goal), said=_said(bench, offer, p99))
    return Taken(model, tuple(points(bench, found, offer, why)), outcome)


def _excess(bench: Bench, offer: Offer) -> dict[str, float]:
    slow = SLOWEST if bench.estimates_time else 1.0  # what is measured is measured again, once it is made
    usual = offer.price.microseconds
    return bench.goal.excess(slow * usual, usual, offer.price.size, offer.gap)


def _worse(bench: Bench, offer: Offer) -> tuple[float, bool, float]:
    """The order of taking: the best first, of equal ones the bag, then the quickest."""
    sign = -1.0 if bench.metric.goal == "max" else 1.0
    return sign * offer.score, not offer.bagged, offer.price.microseconds


def _p99(bench: Bench, model: Model, offer: Offer) -> float:
    """Microseconds of 99 of 100 rows, of the models alone: measured, where a clock may decide and speed was asked for."""
    if bench.goal.latency_us is None or bench.estimates_time:
        return SLOWEST * offer.price.microseconds
    files = {name: bench.blobs.get(digest) for name, digest in model.files.items()}
    return measured_p99_us(load_evaluator(model.evaluator, files), bench.problem.X)


def asked_of(goal: Goal) -> str:
    """The goal in words."""
    asked = [] if goal.latency_us is None else [f"99 of 100 rows within {goal.latency_us:g} µs"]
    asked += [] if goal.size is None else [f"at most {goal.size:,} bytes"]
    asked += [] if goal.most_gap is None else [f"groups at most {goal.most_gap:g} apart"]
    asked += [] if goal.most_cost is None else [f"a million answers for {goal.most_cost:g} at most"]
    return ", ".join(asked)


def _said(bench: Bench, offer: Offer, p99: float) -> str:
    """What the chosen one has of each thing that was asked."""
    goal, how = bench.goal, "an estimate" if bench.estimates_time else "measured"
    said = [] if goal.latency_us is None else [f"99 of 100 rows within {p99 + goal.around_us:.0f} µs ({how})"]
    said += [] if goal.size is None else [f"{offer.price.size + goal.around_bytes:,.0f} bytes"]
    said += [] if goal.most_gap is None or offer.gap is None else [f"groups {offer.gap:.3g} apart out of fold"]
    cost = goal.cost(offer.price.microseconds)
    said += [] if cost is None else [f"a million answers for {cost:.3g} ({how})"]
    return ", ".join(said)
