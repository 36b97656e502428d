"""Which policy to choose: a handful, each played like the spec's own, and the cheapest of those that are good enough."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.evaluate.blocks import blocks_of
from millwright.evaluate.bootstrap import Resamples, Scores, difference_of
from millwright.loop.rehearsal.comparing import Judged
from millwright.loop.ways import by_month, months_of
from millwright.metrics.metric import Metric
from millwright.records.rehearsing import Advice
from millwright.records.spec import Spec
from millwright.spec.durations import parse_duration

Array = NDArray[Any]
OWN = "as the spec says"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy to try: settings of the sections `policy` and `retrain` that it changes."""

    name: str
    policy: Mapping[str, Any]
    retrain: Mapping[str, Any]

    def applied(self, spec: Spec) -> Spec:
        """The spec with this policy."""
        return replace(spec, policy=replace(spec.policy, **self.policy), retrain=replace(spec.retrain, **self.retrain))

    def lines(self, spec: Spec) -> tuple[str, ...]:
        """The lines of the spec that it changes."""
        sections = (("policy", self.policy, spec.policy), ("retrain", self.retrain, spec.retrain))
        return tuple(
            f"{section}.{name}: {_written(value)}"
            for section, changes, before in sections
            for name, value in changes.items()
            if getattr(before, name) != value
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one."""

    candidate: Candidate
    judged: Judged


def candidates(spec: Spec, learnt: timedelta) -> tuple[Candidate, ...]:
    """What is tried beside the spec's own policy. learnt: how long the history before the play is."""
    found = {candidate.lines(spec): candidate for candidate in _proposals(spec, learnt)}
    return tuple(candidate for lines, candidate in found.items() if lines)


def _proposals(spec: Spec, learnt: timedelta) -> Iterator[Candidate]:
    window = parse_duration(spec.watch.window)
    yield Candidate("never", {"schedule": None, "retrain_on": ()}, {})
    for windows in (2, 4, 8):
        text = _days(window * windows)
        changes = {"schedule": text, "retrain_on": (), "cooldown": min(spec.policy.cooldown, text, key=parse_duration)}
        yield Candidate(f"on schedule alone, every {windows} windows", changes, {})
    yield Candidate("on decay, drift and age", {"schedule": None, "retrain_on": ("decay", "drift", "age")}, {})
    yield Candidate("on decay alone", {"schedule": None, "retrain_on": ("decay",)}, {})
    yield Candidate("on decay and drift, no schedule", {"schedule": None, "retrain_on": ("decay", "drift")}, {})
    yield Candidate(
        "four times the cooldown", {"cooldown": _days(max(4 * parse_duration(spec.policy.cooldown), 4 * window))}, {}
    )
    yield Candidate("only newer rows", {}, {"window": _days(max(learnt / 2, 4 * window))})


def advised(own: Judged, tried: Sequence[Tried], spec: Spec, by: Metric, within: float) -> tuple[Advice, ...]:
    """Every policy with its figure, the spec's own first, and which of them is advised.

    That is the one with the fewest retrains among those within `within` of the best, in units of the metric; of a metric
    that is larger than 1, a share of it. Where several have as few, the best of them.
    """
    everyone = [Tried(Candidate(OWN, {}, {}), own), *tried]
    common = set.intersection(*(set(one.judged.names) for one in everyone))
    scored = [_score(one.judged, own, common, spec, by) for one in everyone]
    advice = [
        Advice(
            name=one.candidate.name,
            lines=one.candidate.lines(spec),
            retrains=one.judged.retrains,
            value=scores.value if np.isfinite(scores.value) else None,
            difference=difference_of(scores.better_by(scored[0], by.goal), spec.evaluate.confidence) if at else None,
        )
        for at, (one, scores) in enumerate(zip(everyone, scored, strict=True))
    ]
    chosen = cheapest(advice, by, within)
    return tuple(replace(one, advised=one is chosen) for one in advice)


def cheapest(advice: Sequence[Advice], by: Metric, within: float) -> Advice | None:
    """The one with the fewest retrains that is good enough; None where none can be judged."""
    sign = 1.0 if by.goal == "max" else -1.0
    known = [(sign * one.value, one) for one in advice if one.value is not None]
    if not known:
        return None
    best = max(value for value, _ in known)
    enough = [
        (one.retrains, -value, at, one) for at, (value, one) in enumerate(known) if value >= best - within * max(1, abs(best))
    ]
    return min(enough, key=lambda found: found[:3])[3]


def _score(judged: Judged, own: Judged, common: set[str], spec: Spec, by: Metric) -> Scores:
    """A policy's answers to the rows that all answered, in the order of the spec's own policy and on the same resamples."""
    place = {name: at for at, name in enumerate(judged.names)}
    chosen = [at for at, name in enumerate(own.names) if name in common]
    output = judged.policy[[place[own.names[at]] for at in chosen]]
    y, event = own.y[chosen], own.event[chosen]
    _, codes = blocks_of(None, {}, event)
    drawn = Resamples.draw(len(y), codes, spec.evaluate.resamples, spec.split.seed)
    return drawn.scores(by_month(by, months_of(event, spec.data.zone)), y, output)


def _days(length: timedelta) -> str:
    """As a spec says it, to the minute."""
    minutes = max(1, round(length / timedelta(minutes=1)))
    for unit, size in (("d", 24 * 60), ("h", 60)):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return "" if value is None else str(value)
