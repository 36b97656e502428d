"""What the labels that were asked for say: the loss by them, and whether it is worse than it may be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE
from millwright.estimate.expected import row_losses
from millwright.estimate.label_sample import Reading, read_sample
from millwright.estimate.powered import powered_mean
from millwright.evaluate.bootstrap import Resamples, interval_of
from millwright.loop.label_requests import requests_of
from millwright.loop.opened import Model
from millwright.loop.quality import seen_by, truth_and_output
from millwright.loop.workshop import Workshop
from millwright.predictions.window import Logs, Wanted, window
from millwright.records.codec import digest_of
from millwright.records.deciding import Change, Finding
from millwright.records.estimating import LabelRequest, LabelSample
from millwright.records.figures import figure
from millwright.records.judging import MetricValue
from millwright.tasks.registry import task

Array = NDArray[Any]

SURE = 0.95
"""That a version which is as good as promised raises no alarm, ever, however often it is looked at."""
_BOTH_ENDS = 2 * SURE - 1
FEWEST_FOR_METRICS = 30

LABELLED = Wanted(columns=("id", "output", "label", "label_known_at"), labelled=True)
"""What is read of the log for the rows that were asked about: those that have a label."""


def label_sample(shop: Workshop, model: Model) -> LabelSample | None:
    """What the labels of the requests of this version say by now; None where none was made."""
    requests = [r for r in requests_of(shop) if r.payload_digest == model.payload.payload_digest]
    if not requests:
        return None
    told = [_told(shop, model, request) for request in requests]
    losses, expected = np.concatenate([t[0] for t in told]), np.concatenate([_expected(r) for r in requests])
    return _described(shop, model, requests, losses, read_sample(losses, expected, _BOTH_ENDS), told[-1])


def _expected(request: LabelRequest) -> Array:
    return np.array([row.expected for row in request.rows])


def _told(shop: Workshop, model: Model, request: LabelRequest) -> tuple[Array, Array, Array]:
    """The loss, truth and answer of each row of a request, in its order; NaN without a label, or where the log is gone."""
    logs, now = Logs.of(shop.home.root), shop.clock.now()
    _, rows = window(logs, shop.project, request.start, request.end, as_of=now, wanted=LABELLED)
    if not len(rows["id"]):
        nothing = np.full(len(request.rows), np.nan)
        return nothing, nothing, nothing
    place = {id_: at for at, id_ in enumerate(rows["id"].tolist())}
    at = np.array([place.get(row.id, -1) for row in request.rows], dtype=np.int64)
    here = {name: cells[at] for name, cells in rows.items()}
    y, said = truth_and_output(model.payload, here)
    known = (at >= 0) & (here["label_known_at"] != MISSING_DATE)
    y = np.where(known, y, np.nan)
    return row_losses(model.payload.info.task, y, said, request.unit), y, said


def _described(
    shop: Workshop,
    model: Model,
    requests: Sequence[LabelRequest],
    losses: Array,
    reading: Reading,
    newest: tuple[Array, Array, Array],
) -> LabelSample:
    last = requests[-1]
    of_last = ~np.isnan(newest[0])
    powered = powered_mean(
        newest[0][of_last], _expected(last)[of_last], rows=last.of, mean=last.mean, variance=last.variance, level=SURE
    )
    mean = float(np.average([request.mean for request in requests], weights=[len(request.rows) for request in requests]))
    sure, surely_worse = reading.low > last.margin, reading.low + mean > last.promised + last.margin
    concept, risk = bool(sure.any()), bool(surely_worse.any())
    sample = LabelSample(
        project=shop.project,
        version=last.version,
        payload_digest=last.payload_digest,
        requests=tuple(request.number for request in requests),
        start=requests[0].start,
        end=last.end,
        known_at=shop.clock.now(),
        asked=len(losses),
        told=int((~np.isnan(losses)).sum()),
        loss=last.loss,
        unit=last.unit,
        promised=last.promised,
        margin=last.margin,
        expected=mean,
        powered=powered,
        gap=reading.gap,
        metrics=_metrics(shop, model, newest[1], newest[2]),
        concept=concept,
        risk=risk,
        after=int((sure if concept else surely_worse).argmax()) + 1 if concept or risk else None,
        sentence="",
    )
    return replace(sample, sentence=_sentence(sample))


def _metrics(shop: Workshop, model: Model, y: Array, said: Array) -> tuple[MetricValue, ...]:
    """The metrics of the newest request's labelled rows, which are a random sample; none of fewer than 30."""
    known, info, spec = ~np.isnan(y), model.payload.info, shop.spec.evaluate
    if known.sum() < FEWEST_FOR_METRICS:
        return ()
    drawn = Resamples.draw(int(known.sum()), None, spec.resamples, shop.spec.split.seed)
    return tuple(
        MetricValue(
            name=m.name,
            goal=m.goal,
            interval=interval_of(drawn.scores(m, y[known], seen_by(m, said[known], info.threshold)), spec.confidence),
        )
        for m in task(info.task).metrics
    )


def _sentence(sample: LabelSample) -> str:
    low, high = sample.gap.low, sample.gap.high
    if low is None or high is None or sample.gap.value is None:
        return f"none of the {sample.asked:,} labels that were asked for has come"
    gap, *ends = (figure(one, "+") for one in (sample.gap.value, low, high))
    seen = (
        f"{sample.told:,} labels of a random sample: {sample.loss} {figure(sample.gap.value + sample.expected)}, where "
        f"{figure(sample.expected)} was expected of such rows (difference {gap}, {' to '.join(ends)})"
    )
    if sample.concept:
        return f"{seen}: answers to such rows are worse than before, sure after {sample.after:,} labels"
    if sample.risk:
        return f"{seen}: worse than promised ({figure(sample.promised)}), sure after {sample.after:,} labels"
    return f"{seen}: no sign that it is worse by more than {sample.margin:.2g}"


def sampled(shop: Workshop, model: Model, looked_at: datetime) -> tuple[Finding, ...]:
    """What the labels that were asked for show at a look."""
    sample = label_sample(shop, model)
    finding = finding_of(sample, looked_at) if sample else None
    return (finding,) if finding else ()


def finding_of(sample: LabelSample, looked_at: datetime) -> Finding | None:
    """A finding, where the sample shows one: of a concept that changed, or of a loss above its promise. looked_at: the end of
    the window of the look that asks."""
    if not (sample.concept or sample.risk):
        return None
    change = Change(
        column="",
        check="label_sample",
        was=sample.expected if sample.concept else sample.promised,
        now=sample.powered.value,
        unit=sample.loss,
        effect=sample.gap.value or 0.0,
    )
    return Finding(
        id=digest_of([sample.project, "label_sample", sample.version, looked_at.isoformat()])[:32],
        project=sample.project,
        kind="concept" if sample.concept else "covariate",
        check="label_sample",
        columns=(),
        effect=change.effect,
        sentence=sample.sentence,
        since=sample.start,
        event_at=looked_at,
        known_at=sample.known_at,
        version=sample.version,
        start=sample.start,
        rows=sample.told,
        changes=(change,),
    )
