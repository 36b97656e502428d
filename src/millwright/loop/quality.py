"""Realised quality: what the live model said, against what came true, with intervals and beside what was promised."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, take
from millwright.evaluate.blocks import blocks_of
from millwright.evaluate.bootstrap import Resamples, interval_of
from millwright.loop.opened import Model, live_version, open_model
from millwright.loop.outcomes import say_interval
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.package.open import Payload
from millwright.predictions.layout import from_microseconds
from millwright.predictions.pruned import gone_sentence
from millwright.predictions.rows import answers_of
from millwright.predictions.window import Logs, window
from millwright.records.judging import Interval, LiveQuality, MetricValue
from millwright.records.traffic import Window
from millwright.spec.durations import parse_duration
from millwright.tasks.registry import task

Array = NDArray[Any]

JUDGED_WINDOWS = 4
"""So many windows of labelled traffic are judged together: one alone says too little."""

SHOWN_METRICS = 4
FEWEST_LABELLED = 30
_DAY = 86_400_000_000


def live_quality(shop: Workshop, start: datetime, end: datetime, as_of: datetime) -> LiveQuality | None:
    """The metrics of the live version on its own answers in [start, end), with labels known by `as_of`; None without a
    live version. Raises PackageRefused."""
    version = live_version(shop)
    if version is None:
        return None
    model = open_model(shop, version)
    seen, columns = window(Logs.of(shop.home.root), shop.project, start, end, as_of=as_of, maturity=maturity_of(shop))
    return quality_of(shop, model, seen, columns)


def quality_of(shop: Workshop, model: Model, seen: Window, columns: dict[str, Array]) -> LiveQuality:
    """The metrics of a version on its own labelled answers among the rows of a window."""
    mine = (columns["label_known_at"] != MISSING_DATE) & (columns["payload_digest"] == model.payload.payload_digest)
    rows = take(columns, mine)
    block, metrics = _metrics(shop, model.payload, rows)
    first = from_microseconds(int(rows["event_at"].min())) if len(rows["event_at"]) else seen.start
    return LiveQuality(
        project=shop.project,
        payload_digest=model.payload.payload_digest,
        version=model.version.number,
        window=replace(seen, start=max(seen.start, first)),  # it may be live for a part of that time
        block=block,
        metrics=metrics,
        promised=model.evaluation.promised,
        days=len(np.unique(rows["event_at"] // _DAY)),
    )


def maturity_of(shop: Workshop) -> timedelta:
    """How long after a prediction its label counts as complete."""
    return parse_duration(shop.spec.watch.label_maturity or shop.spec.data.label_delay)


def recent_quality(shop: Workshop, now: datetime) -> LiveQuality | None:
    """The quality on the newest traffic whose labels are complete: the windows that the loop judges together."""
    end = now - maturity_of(shop) + timedelta(seconds=1)
    return live_quality(shop, end - JUDGED_WINDOWS * parse_duration(shop.spec.watch.window), end, now)


def _metrics(shop: Workshop, payload: Payload, columns: dict[str, Array]) -> tuple[str | None, tuple[MetricValue, ...]]:
    kind = task(payload.info.task)
    y, output = truth_and_output(payload, columns)
    block, codes = blocks_of(None, {}, columns["event_at"][~np.isnan(y)])
    known = ~np.isnan(y)
    spec = shop.spec.evaluate
    if not known.any():
        return block, tuple(MetricValue(name=m.name, goal=m.goal, interval=_nothing(spec.confidence)) for m in kind.metrics)
    drawn = Resamples.draw(int(known.sum()), codes, spec.resamples, shop.spec.split.seed)
    return block, tuple(
        MetricValue(
            name=metric.name,
            goal=metric.goal,
            interval=interval_of(
                drawn.scores(metric, y[known], seen_by(metric, output[known], payload.info.threshold)), spec.confidence
            ),
        )
        for metric in kind.metrics
    )


def truth_and_output(payload: Payload, columns: dict[str, Array]) -> tuple[Array, Array]:
    """What came true, shape (n,), NaN where it is no class of the payload, and what it had answered, (n,) or (n, k)."""
    kind = task(payload.info.task)
    y = kind.encode(label_cells(columns["label"]), payload.info.classes)
    return y, kind.outputs_of(answers_of(columns["output"]), payload.info)


def seen_by(metric: Metric, output: Array, threshold: float | None) -> Array:
    """What a metric looks at: decisions at the model's threshold where it reads decisions, else the outputs."""
    decides = metric.decides and threshold is not None and output.ndim == 1
    return (output >= threshold).astype(np.float64) if decides else output


def _nothing(level: float) -> Interval:
    return Interval(value=None, low=None, high=None, n=0, level=level)


def label_cells(values: Iterable[Any]) -> Array:
    """Label values as clients send them (numbers, truth values, texts) as target cells."""
    values = list(values)
    if all(value is None or isinstance(value, bool | int | float) for value in values):
        return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    return np.array([None if value is None else str(value) for value in values], dtype=object)


def quality_lines(quality: LiveQuality) -> list[str]:
    """The quality in words, one metric a line, each with its n, its time and what was promised."""
    seen = quality.window
    until = f", labels complete until {seen.complete_until:%Y-%m-%d %H:%M} UTC" if seen.complete_until else ""
    lines = [
        f"{seen.predictions:,} predictions, {seen.labelled:,} labelled ({seen.start:%Y-%m-%d} to {seen.end:%Y-%m-%d}{until})"
    ]
    if seen.begins is not None:
        lines.append(gone_sentence(seen.begins))
    if seen.labelled < FEWEST_LABELLED:
        return [*lines, f"too few labels to judge by: from {FEWEST_LABELLED} on the figures are given"]
    promised = {metric.name: metric.interval for metric in quality.promised}
    for metric in quality.metrics[:SHOWN_METRICS]:
        said = promised.get(metric.name)
        beside = f", promised {say_interval(said)}: {held(metric, said)}" if said else ""
        lines.append(f"{metric.name} {say_interval(metric.interval)} on {metric.interval.n:,}{beside}")
    return lines


def held(metric: MetricValue, promised: Interval) -> str:
    """Whether a live figure kept what was promised: inside the promised interval, or all of its own surely better, or worse.
    Where the two overlap, or where few labels are known, nobody can tell."""
    live, low, high = metric.interval, promised.low, promised.high
    if live.value is None or low is None or high is None:
        return "cannot be compared"
    if live.n < FEWEST_LABELLED:
        return "cannot be told yet"
    if low <= live.value <= high:
        return "as promised"
    if live.low is None or live.high is None or (live.low <= high and live.high >= low):
        return "cannot be told yet"
    return "better than promised" if (live.value > high) == (metric.goal == "max") else "worse than promised"
