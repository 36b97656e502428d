"""The policy beside other ways to go about it, on the same requests and on what really came true of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.evaluate.calibration import decision_threshold
from millwright.loop.opened import open_model
from millwright.loop.playing import Played
from millwright.loop.quality import truth_and_output
from millwright.loop.rehearsal.models import Answers, window_models
from millwright.loop.rehearsal.oracle import best_schedule
from millwright.loop.rehearsal.plan import Plan, window_ends
from millwright.loop.ways import ALWAYS, NEVER, POLICY, TITLES, Outcomes, by_month, months_of
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.metrics.registry import metric
from millwright.predictions.window import Logs, window
from millwright.records.rehearsing import Share
from millwright.records.spec import CostSpec
from millwright.registry import releases, versions
from millwright.spec.durations import parse_duration
from millwright.stores.clock import FixedClock
from millwright.tasks.registry import task

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
    return Judged(rows["client_id"][good], y[good], rows["event_at"][good], policy[good], answers, moments, retrains_of(played))


def retrains_of(played: Played) -> int:
    """The retrains that were begun."""
    return sum(one.action == "retrain" and one.mode in _DONE for tick in played.ticks for one in tick.decisions)


def ways_to_go(shop: Workshop, plan: Plan, judged: Judged) -> Ways:
    """What each way that is asked for answers, and how often it retrains."""
    metrics = metrics_of(shop)
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


def metrics_of(shop: Workshop) -> tuple[Metric, ...]:
    """The metrics to judge by: ranking or error first, calibration beside it, and what mistakes cost where the spec says."""
    kind = task(shop.spec.data.task)
    wanted = shop.spec.search.metric
    main = {"binary": "roc_auc", "regression": "rmse"}.get(kind.name, kind.metrics[0].name)
    names = dict.fromkeys([main if wanted == "auto" else wanted, *(["brier"] if kind.name == "binary" else [])])
    found = [metric(name) for name in names]
    if shop.spec.costs is not None and kind.name == "binary":
        found.append(cost_metric(shop.spec.costs))
    return tuple(found)


def cost_metric(costs: CostSpec) -> Metric:
    """The mean cost of a row's decision at the threshold that the costs set; y in {0, 1}, output a probability, shape (n,)."""
    threshold = decision_threshold(costs)

    def each(y: Array, output: Array) -> Array:
        acts = output >= threshold
        return np.where(acts, np.where(y == 0, costs.false_positive, 0.0), np.where(y == 1, costs.false_negative, 0.0))

    def score(y: Array, output: Array, weight: Array) -> float:
        total = float(weight.sum())
        return float((each(y, output) * weight).sum() / total) if total else float("nan")

    def prepare(y: Array, output: Array, codes: Array, blocks: int) -> Callable[[Array], Array]:
        sums = np.bincount(codes, weights=each(y, output), minlength=blocks)
        rows = np.bincount(codes, minlength=blocks).astype(float)
        return lambda weights: _ratio(weights @ sums, weights @ rows)

    return Metric(name="cost", goal="min", score=score, title="Cost of a decision", prepare=prepare)


def _ratio(total: Array, rows: Array) -> Array:
    return np.where(rows > 0, total / np.where(rows > 0, rows, 1.0), np.nan)


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
