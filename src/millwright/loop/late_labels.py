"""How late labels come, learnt from the log, and the quality of answers whose labels are still coming, part by part."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, take
from millwright.errors import NotFound
from millwright.estimate.late_labels import Lateness, LateQuality, Told, late_quality
from millwright.estimate.maturity import Curve, told_curve
from millwright.estimate.partial import one_sided
from millwright.evaluate.blocks import blocks_of
from millwright.evaluate.calibration import wilson
from millwright.evaluate.slices import groups_of
from millwright.loop.opened import Model, live_version, open_model
from millwright.loop.quality import seen_by, truth_and_output
from millwright.loop.workshop import Workshop
from millwright.metrics.calibration import calibration_error
from millwright.metrics.cost import decision_cost
from millwright.metrics.cost_matrix import decided_cost
from millwright.metrics.metric import Metric
from millwright.predictions.layout import to_microseconds
from millwright.predictions.logged import logged_columns
from millwright.predictions.window import ALL, WITHOUT_REQUESTS, Logs, window
from millwright.records.estimating import Maturity, MaturityPoint, OutcomeLateness, PartQuality, QualityOverTime
from millwright.records.judging import Interval
from millwright.records.modelling import PayloadInfo
from millwright.records.spec import CostSpec
from millwright.tasks.registry import task

Array = NDArray[Any]

DAY = 86_400_000_000
MOST_ROWS = 200_000
MOST_POINTS = 40
COMPLETE = 0.95
FEWEST_IN_A_GROUP = 50
PERIODS = {"week": "W", "month": "M"}
_THIRDS = ("low", "middle", "high")


@dataclass(frozen=True, slots=True)
class Answers:
    """Logged answers with their labels so far: rows of a window, truth (NaN without a label), answers, and when each was
    told (days after the prediction) at which age."""

    model: Model
    rows: Mapping[str, Array]
    y: Array
    said: Array
    told: Told
    outcomes: tuple[str, ...]
    start: datetime
    end: datetime


def answers_of(shop: Workshop, since: timedelta, *, requests: bool = False) -> Answers:
    """The answers of the time `since` now, the newest 200,000, whichever version gave them. Raises NotFound where nothing is
    live, or where nothing was answered."""
    version, now = live_version(shop), shop.clock.now()
    if version is None:
        raise NotFound("nothing is live", fix="`mw promote` a version", code="release.missing")
    model = open_model(shop, version)
    seen, rows = window(
        Logs.of(shop.home.root), shop.project, now - since, now, as_of=now, wanted=ALL if requests else WITHOUT_REQUESTS
    )
    rows = take(rows, slice(-MOST_ROWS, None))
    if not len(rows["id"]):
        raise NotFound("nothing was answered in this time", fix="name a longer one with --since", code="log.empty")
    y, said = truth_and_output(model.payload, rows)
    known = (rows["label_known_at"] != MISSING_DATE) & ~np.isnan(y)
    delays = np.where(known, np.maximum(rows["label_known_at"] - rows["event_at"], 0) / DAY, np.nan)
    ages = (to_microseconds(now) - rows["event_at"]) / DAY
    codes, names = _outcomes(y, model)
    told = Told(delays, np.maximum(ages, np.where(known, delays, 0)), np.where(known, codes, -1))
    return Answers(model, rows, np.where(known, y, np.nan), said, told, names, seen.start, seen.end)


def _outcomes(y: Array, model: Model) -> tuple[Array, tuple[str, ...]]:
    """Outcomes as groups that may be told at different times: classes, or thirds of the values."""
    if model.payload.info.classes:
        return np.nan_to_num(y, nan=-1), model.payload.info.classes
    known = y[~np.isnan(y)]
    edges = np.quantile(known, [1 / 3, 2 / 3]) if len(known) else np.zeros(2)
    return np.searchsorted(edges, y, side="left").clip(0, 2).astype(float), _THIRDS


def learn_maturity(shop: Workshop, since: timedelta) -> Maturity:
    """How complete labels are by age, from the answers of the time `since` now. Raises NotFound as `answers_of`."""
    answers = answers_of(shop, since)
    told, lateness = answers.told, Lateness(answers.told, shop.spec.split.seed)
    curve = told_curve(told.delays, told.ages, lateness.at)
    outcomes = tuple(_of_outcomes(answers, lateness)) if lateness.by_outcome and not lateness.thin else ()
    most = curve.age_of(COMPLETE)
    oldest = max([most or 0.0, *(outcome.most for outcome in outcomes)])
    now = shop.clock.now()
    return Maturity(
        project=shop.project,
        start=answers.start,
        end=answers.end,
        known_at=now,
        predictions=len(told.ages),
        labelled=int(np.isfinite(told.delays).sum()),
        points=tuple(_points(curve)),
        half=curve.age_of(0.5),
        most=most,
        never=float(1 - curve.share[-1]) if len(curve.share) else None,
        by_outcome=lateness.by_outcome,
        outcomes=outcomes,
        complete_until=now - timedelta(days=oldest) if most is not None else None,
    )


def _points(curve: Curve) -> Iterator[MaturityPoint]:
    chosen = sorted({int(i) for i in np.linspace(0, len(curve.at) - 1, MOST_POINTS)}) if len(curve.at) else []
    for i in chosen:
        figures = (float(column[i]) for column in (curve.at, curve.share, curve.low, curve.high))
        yield MaturityPoint(**dict(zip(("days", "share", "low", "high"), figures, strict=True)))


def _of_outcomes(answers: Answers, lateness: Lateness) -> Iterator[OutcomeLateness]:
    for place, group in enumerate(lateness.groups.tolist()):
        share = lateness.shares[0, place]
        yield OutcomeLateness(
            outcome=answers.outcomes[int(group)],
            labels=int((answers.told.outcomes == group).sum()),
            half=float(lateness.at[int((share >= 0.5).argmax())]),
            most=float(lateness.at[int((share >= COMPLETE).argmax())]),
        )


def quality_over_time(shop: Workshop, by: str, since: timedelta) -> QualityOverTime:
    """The quality of the answers of the time `since` now, by week, month, or the groups of a column.

    Raises NotFound as `answers_of`, DataRefused for a column that is not there.
    """
    answers = answers_of(shop, since, requests=by not in PERIODS)
    lateness = Lateness(answers.told, shop.spec.split.seed)
    side = _one_sided(answers, lateness)
    parts = _parts(answers, by)
    most = told_curve(answers.told.delays, answers.told.ages, lateness.at).age_of(COMPLETE)
    now = shop.clock.now()
    return QualityOverTime(
        project=shop.project,
        by=by,
        start=answers.start,
        end=answers.end,
        known_at=now,
        complete_until=now - timedelta(days=most) if most is not None else None,
        one_sided=side,
        by_outcome=lateness.by_outcome,
        parts=tuple(_part(shop, answers, lateness, name, rows, by not in PERIODS) for name, rows in parts.items()),
    )


def _one_sided(answers: Answers, lateness: Lateness) -> Any:
    threshold = answers.model.payload.info.threshold
    if threshold is None:
        return None
    ripe = answers.told.ages >= lateness.ripe_at
    return one_sided(answers.said[ripe] >= threshold, np.isfinite(answers.told.delays[ripe]))


def _parts(answers: Answers, by: str) -> dict[str, Array]:
    """The rows of each part, by its name: periods in order of time, groups by size."""
    if by not in PERIODS:
        cells = logged_columns(answers.rows["request"], answers.model.payload.scorer.contract, [by])[by]
        return groups_of(cells, fewest=1)
    days = answers.rows["event_at"].astype("datetime64[us]")
    periods = days.astype(f"datetime64[{PERIODS[by]}]")
    if by == "week":  # weeks of the calendar begin on Monday, those of numpy on Thursday
        monday = (days.astype("datetime64[D]").astype(np.int64) + 3) // 7 * 7 - 3
        periods = monday.astype("datetime64[D]")
    return {str(period): np.flatnonzero(periods == period) for period in np.unique(periods)}


def _part(shop: Workshop, answers: Answers, lateness: Lateness, name: str, rows: Array, grouped: bool) -> PartQuality:
    told = Told(answers.told.delays[rows], answers.told.ages[rows], answers.told.outcomes[rows])
    _, blocks = blocks_of(None, {}, answers.rows["event_at"][rows])
    said, info = answers.said[rows], answers.model.payload.info
    found = late_quality(
        [(metric, seen_by(metric, said, info.threshold)) for metric in metrics_of(info, shop.spec.costs)],
        answers.y[rows],
        told,
        lateness,
        blocks=blocks,
        level=shop.spec.evaluate.confidence,
    )
    if grouped and found.labelled < FEWEST_IN_A_GROUP and not found.cannot:
        found = LateQuality(found.judged, found.labelled, (), _too_small(found.labelled))
    return PartQuality(
        part=name,
        predictions=len(rows),
        judged=found.judged,
        labelled=found.labelled,
        acts=_acts(said, info.threshold, shop.spec.evaluate.confidence),
        metrics=found.metrics,
        cannot=found.cannot,
    )


def _too_small(labelled: int) -> str:
    return f"too small to judge: {labelled:,} labels, it takes {FEWEST_IN_A_GROUP}"


def metrics_of(info: PayloadInfo, costs: CostSpec | None) -> list[Metric]:
    """The main metrics of the task, calibration, and what decisions cost where the spec says it: of several classes, as it
    decides."""
    kind = task(info.task)
    metrics = [*kind.metrics[:2], *([calibration_error] if kind.probabilities else [])]
    if kind.name == "binary" and costs is not None:
        metrics.append(decision_cost(costs.false_positive, costs.false_negative))
    if kind.probabilities and info.costs:
        metrics.append(decided_cost(info.costs))
    return metrics


def _acts(said: Array, threshold: float | None, level: float) -> Interval | None:
    if threshold is None or said.ndim > 1:
        return None
    share = np.array([np.mean(said >= threshold)])
    low, high = wilson(share, np.array([len(said)]), level)
    return Interval(value=float(share[0]), low=float(low[0]), high=float(high[0]), n=len(said), level=level)
