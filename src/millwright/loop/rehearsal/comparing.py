"""The policy beside other ways to go about it, on the same requests and on what really came true of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.loop.opened import open_model
from millwright.loop.playing import Played
from millwright.loop.quality import truth_and_output
from millwright.loop.rehearsal.measures import metrics_of
from millwright.loop.rehearsal.models import Answers, window_models
from millwright.loop.rehearsal.oracle import best_schedule
from millwright.loop.rehearsal.plan import Plan, window_ends
from millwright.loop.ways import ALWAYS, NEVER, POLICY, TITLES, Outcomes, by_month, months_of
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.predictions.window import Logs, window
from millwright.records.rehearsing import Share
from millwright.registry import releases, versions
from millwright.spec.durations import parse_duration
from millwright.stores.clock import FixedClock

Array = NDArray[Any]

SCHEDULED, ORACLE = "scheduled", "oracle"
SAMPLED = 2_000
"""Rows of a window by which the oracle chooses; what it then answers is judged on all."""
_LONG_AFTER = 100 * 366
_DONE = frozenset({None, "auto"})


@dataclass(frozen=True, slots=True)
class Judged:
    """The requests that can be judged, in order of time, with what the policy answered and what the models of windows would
    have. names: which row of the table each is; y: (n,); event: (n,) microseconds UTC; policy: (n,) or (n, k)."""

    names: Sequence[str]
    y: Array
    event: Array
    policy: Array
    answers: Answers
    moments: tuple[datetime, ...]
    retrains: int
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ways:
    """The outcomes of all ways, the metrics to judge them by (the main one first), and the oracle's cap."""

    outcomes: Outcomes
    metrics: tuple[Metric, ...]
    schedules: Mapping[str, tuple[int, ...]]
    cap: int


def judged_rows(
    shop: Workshop, played: Played, plan: Plan, truth: Mapping[str, Any], kept: Path, told: Callable[[str], None]
) -> Judged:
    """Read the log, put what really came true to each request, and have the models of all windows where a way needs them.

    truth: by the name of a row; what was put in beside the real rows has none, and is not judged.
    """
    ends = [watched.window.end for tick in played.ticks for watched in tick.watched]
    needed = {"every", SCHEDULED, ORACLE} & set(plan.ways)
    moments = tuple(window_ends(ends, shop.spec)) if needed else ()
    _, rows = window(Logs.of(shop.home.root), shop.project, plan.start, plan.end, as_of=shop.clock.now())
    known = np.array([name in truth for name in rows["client_id"]], dtype=bool)
    rows = {name: values[known] for name, values in rows.items()}
    rows["label"] = np.array([truth[name] for name in rows["client_id"]], dtype=object)
    with shop.catalogue.read() as view:
        first = open_model(shop, versions.numbered(view, shop.project, releases.numbered(view, shop.project, 1).version))
    y, policy = truth_and_output(first.payload, rows)
    good = ~np.isnan(y)
    answers = Answers.of(
        rows["request"][good], rows["event_at"][good], moments, first.payload.scorer, window_models(shop, moments, kept, told)
    )
    return Judged(
        names=rows["client_id"][good],
        y=y[good],
        event=rows["event_at"][good],
        policy=policy[good],
        answers=answers,
        moments=moments,
        retrains=retrains_of(played),
        classes=first.payload.info.classes,
    )


def retrains_of(played: Played) -> int:
    """The retrains that were begun."""
    return sum(one.action == "retrain" and one.mode in _DONE for tick in played.ticks for one in tick.decisions)


def ways_to_go(shop: Workshop, plan: Plan, judged: Judged) -> Ways:
    """What each way that is asked for answers, and how often it retrains."""
    metrics = metrics_of(shop.spec, judged.classes)
    cap = _cap(shop, plan, judged)
    schedules = {name: _schedule(name, shop, plan, judged, metrics[0], cap) for name in plan.ways if name != POLICY}
    named = {ALWAYS if name == "every" else name: schedule for name, schedule in schedules.items()}
    outputs = {POLICY: judged.policy} | {name: judged.answers.under(schedule) for name, schedule in named.items()}
    titles = dict(TITLES) | {SCHEDULED: f"every {plan.every_k} windows", ORACLE: f"oracle, at most {cap}"}
    outcomes = Outcomes(
        y=judged.y,
        event=judged.event,
        outputs=outputs,
        retrains={POLICY: judged.retrains} | {name: len(schedule) for name, schedule in named.items()},
        titles=titles,
    )
    return Ways(outcomes, metrics, named, cap)


def _schedule(name: str, shop: Workshop, plan: Plan, judged: Judged, by: Metric, cap: int) -> tuple[int, ...]:
    """The windows after which a way retrains."""
    windows = len(judged.moments)
    if name == NEVER:
        return ()
    if name == SCHEDULED:
        return tuple(range(plan.every_k - 1, windows, plan.every_k))
    if name == ORACLE:
        window_length = parse_duration(shop.spec.watch.window)
        apart = max(1, -(-parse_duration(shop.spec.policy.cooldown) // window_length))
        return best_schedule(losses(judged, by), cap, apart)
    return tuple(range(windows))


def _cap(shop: Workshop, plan: Plan, judged: Judged) -> int:
    """As many retrains as the cooldown allows the policy, and at most half of those of every window."""
    cooldown = parse_duration(shop.spec.policy.cooldown)
    allowed = int((plan.end - plan.start) / cooldown) + 1 if cooldown else len(judged.moments)
    return max(1, min(len(judged.moments) // 2, allowed))


def losses(judged: Judged, by: Metric, most: int = SAMPLED) -> Array:
    """The loss of each model in each segment, summed over its rows: (models + 1, models + 1), 0 where it cannot be said.

    Of a segment at most `most` rows at equal steps are looked at, so that the oracle costs little in a long history.
    """
    count = judged.answers.windows + 1
    found = np.zeros((count, count))
    for segment in range(count):
        rows = judged.answers.rows(segment)
        size = rows.stop - rows.start
        chosen = np.arange(0, size, max(1, size // most))
        y = judged.y[rows][chosen]
        for model in range(segment + 1):
            output = judged.answers.of_sampled(model - 1, segment, chosen)
            value = by.value(y, output) if len(y) else float("nan")
            found[model, segment] = 0.0 if np.isnan(value) else size * (value if by.goal == "min" else -value)
    return found


def share_of_gap(ways: Ways, zone: str) -> Share | None:
    """How much of the way from never retraining to the best moments the policy went, by the main metric."""
    outputs = ways.outcomes.outputs
    if NEVER not in outputs or ORACLE not in outputs:
        return None
    by = by_month(ways.metrics[0], months_of(ways.outcomes.event, zone))
    values = {name: by.value(ways.outcomes.y, outputs[name]) for name in (NEVER, POLICY, ORACLE)}
    never, policy, oracle = (float(values[name]) if np.isfinite(values[name]) else None for name in (NEVER, POLICY, ORACLE))
    closed = None
    if never is not None and policy is not None and oracle is not None and by.better(oracle, never):
        closed = (policy - never) / (oracle - never)
    return Share(metric=by.name, never=never, policy=policy, oracle=oracle, closed=closed, cap=ways.cap)


def long_after(shop: Workshop, plan: Plan) -> Workshop:
    """The workshop on a clock by which every label has been told."""
    return replace(shop, clock=FixedClock(plan.end + timedelta(days=_LONG_AFTER)))
