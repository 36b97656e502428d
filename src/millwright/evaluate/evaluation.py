"""How good one payload is on the sealed rows: every figure with its interval, worked out from plain arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns
from millwright.evaluate.bootstrap import Resamples, difference_of, enough_resamples, interval_of
from millwright.evaluate.calibration import curve
from millwright.evaluate.gates import ways_to_show
from millwright.evaluate.harm import swing_of
from millwright.evaluate.prediction_interval import Bounds, coverage
from millwright.evaluate.quantiles import Quantiled, judged_quantiles
from millwright.evaluate.row_harm import draws_of, promised_of, row_harm
from millwright.evaluate.slices import choose_columns, groups_of, slices_of
from millwright.metrics.calibration import calibration_error
from millwright.metrics.cost_matrix import Costs, decided, matrix_cost
from millwright.metrics.metric import Metric
from millwright.metrics.registry import metric as metric_named
from millwright.records.judging import Comparison, Evaluation, MetricValue, SliceValue, Swing
from millwright.records.spec import EvaluateSpec, GateSpec
from millwright.tasks.task import Task

Array = NDArray[Any]
Against = Literal["baseline", "champion"]
Levels = Mapping[Against, float]

BY_SEALED_ROWS, BY_ALL_ROWS = 0.8, 0.2
"""How the error that a comparison with what is live may make is divided: between the sealed rows, and all of them that it has
not learnt from, by which a fit may have been stopped early."""
HISTOGRAM_BINS = 20
MEASURED = frozenset({"latency_ms", "size_mb", "overfit_gap", "calibration_error"})
"""What a gate may ask for beside the metrics of the task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What one model answered on the sealed rows: shape (n,), or (n, k) for k classes; binary: where it decides; of more
    classes what decisions cost it, where it decides by that."""

    values: Array
    threshold: float | None = None
    version: str | None = None
    costs: Costs = ()

    def seen_by(self, metric: Metric) -> Array:
        """What a metric looks at: decisions at this model's own threshold where it reads decisions, else the outputs."""
        if metric.decides and self.costs and self.values.ndim == 2:
            chosen = np.equal(decided(self.values, self.costs)[:, None], np.arange(self.values.shape[1]))
            return np.where(np.isnan(self.values).any(axis=1, keepdims=True), np.nan, chosen.astype(float))
        if not metric.decides or self.threshold is None or self.values.ndim != 1:
            return self.values
        return np.where(np.isnan(self.values), np.nan, self.values >= self.threshold)

    def of(self, rows: Array) -> "Outputs":
        """The same model on some of the rows."""
        return Outputs(values=self.values[rows], threshold=self.threshold, version=self.version, costs=self.costs)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRows:
    """The labelled rows of the holdout and what each model said of them.

    y: shape (n,), class codes or values, none missing. bounds: the intervals that were answered with the values. blocks: shape
    (n,), rows of one code are resampled together, named by `block`. weight: how much each
    row counts, None for all alike. columns: canonical cells to slice by, n rows; personal data
    does not belong here, group names are kept. fair: positions of the rows that the champion has not learnt from, on which
    alone it is compared; None: all.
    """

    y: Array
    mine: Outputs
    baseline: Outputs
    champion: Outputs | None = None
    bounds: Bounds | None = None
    quantiles: Quantiled | None = None
    blocks: Array | None = None
    block: str | None = None
    weight: Array | None = None
    columns: Columns = field(default_factory=dict)
    fair: Array | None = None

    def of(self, rows: Array) -> "SealedRows":
        """Some of the rows (positions), without columns."""
        return SealedRows(
            y=self.y[rows],
            mine=self.mine.of(rows),
            baseline=self.baseline.of(rows),
            champion=self.champion and self.champion.of(rows),
            blocks=None if self.blocks is None else self.blocks[rows],
            block=self.block,
            weight=None if self.weight is None else self.weight[rows],
        )

    def opponents(self) -> Iterator[tuple[Against, Outputs]]:
        """The models to compare with."""
        yield "baseline", self.baseline
        if self.champion is not None:
            yield "champion", self.champion


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is judged, and what is known of it beforehand.

    tries: how many candidates have been judged on these sealed rows, this one among them.
    """

    payload_digest: str
    snapshot: str
    size_bytes: int
    tries: int = 1
    train_score: float | None = None
    validation_score: float | None = None
    importance: tuple[tuple[str, float], ...] = ()
    holdout_from: str | None = None
    holdout_until: str | None = None
    event_at: datetime | None = None
    known_at: datetime


def evaluate(
    rows: SealedRows,
    subject: Subject,
    task: Task,
    metric: Metric,
    spec: EvaluateSpec,
    *,
    gates: Sequence[GateSpec] = (),
    seed: int = 7,
) -> Evaluation:
    """Judge one payload on sealed rows. The same arguments always give the same record.

    metric: the one that was searched for; it leads comparisons and slices. gates: what they ask for is measured as well.
    Comparisons are at a level of 1 - (1 - confidence) / tries (Bonferroni): who tries often enough on the same rows wins one
    by chance; with what is live at that of `champion_level`. Raises DataRefused for a slice column that is not there, NotFound
    for a metric that is not.
    """
    levels: Levels = {
        "baseline": comparison_level(spec.confidence, subject.tries),
        "champion": champion_level(spec.confidence, subject.tries * ways_to_show(gates)),
    }
    drawn = Resamples.draw(len(rows.y), rows.blocks, _enough(spec, levels), seed, rows.weight)
    measured = (*task.metrics, *([matrix_cost(rows.mine.costs)] if rows.mine.costs else []))
    alike = None if rows.weight is None else replace(drawn, own=None)
    return Evaluation(
        payload_digest=subject.payload_digest,
        snapshot=subject.snapshot,
        rows=len(rows.y),
        block=rows.block,
        blocks=len(np.unique(rows.blocks)) if rows.blocks is not None else len(rows.y),
        metric=metric.name,
        metrics=_metric_values(rows, measured, drawn, spec.confidence),
        unweighted=() if alike is None else _metric_values(rows, measured, alike, spec.confidence),
        comparisons=(
            *_whole_comparisons(rows, _compared(metric, gates, rows.mine.costs), drawn, levels, seed),
            *_group_comparisons(rows, gates, spec, levels, seed),
        ),
        slices=_slices(rows, metric, dict(subject.importance), spec, gates, seed),
        calibration=curve(
            rows.y,
            rows.mine.values,
            blocks=rows.blocks,
            resamples=spec.resamples,
            level=spec.confidence,
            seed=seed,
            weight=rows.weight,
        ),
        coverage=None if rows.bounds is None else coverage(rows.y, rows.bounds, drawn, spec.confidence),
        quantiles=judged_quantiles(rows.y, rows.quantiles, drawn, spec.confidence) if rows.quantiles else (),
        calibration_error=_or_none(calibration_error.value(rows.y, rows.mine.values, rows.weight))
        if task.probabilities
        else None,
        histogram=histogram(rows.mine.values, task.probabilities),
        importance=subject.importance,
        train_score=subject.train_score,
        validation_score=subject.validation_score,
        overfit_gap=overfit_gap(metric, subject.train_score, subject.validation_score),
        size_bytes=subject.size_bytes,
        holdout_from=subject.holdout_from,
        holdout_until=subject.holdout_until,
        tries=subject.tries,
        event_at=subject.event_at,
        known_at=subject.known_at,
    )


def against(other: Against, rows: SealedRows, metric: Metric, spec: EvaluateSpec, level: float, *, seed: int = 7) -> Comparison:
    """The comparison with one of the others on rows that are not all sealed: paired, at a level."""
    drawn = Resamples.draw(len(rows.y), rows.blocks, enough_resamples(spec.resamples, level), seed)
    return next(c for c in _comparisons(rows, (metric,), drawn, {other: level}))


def comparison_level(confidence: float, tries: int) -> float:
    """The level of a comparison after so many tries on the same sealed rows (Bonferroni)."""
    return 1 - (1 - confidence) / max(tries, 1)


def champion_level(confidence: float, tries: int, share: float = BY_SEALED_ROWS) -> float:
    """The same with what is live, where one end alone decides whether a version may replace it: the level at which that end
    errs in no more than this share of what the confidence leaves."""
    return 1 - 2 * share * (1 - confidence) / max(tries, 1)


def overfit_gap(metric: Metric, train: float | None, validation: float | None) -> float | None:
    """How much better the metric was on rows the model had seen, in units of the metric; positive is overfitted."""
    if train is None or validation is None:
        return None
    return train - validation if metric.goal == "max" else validation - train


def histogram(output: Array, probabilities: bool) -> tuple[tuple[float, int], ...]:
    """Counts of outputs in twenty bins of equal width, each under its lower edge: over 0 to 1 for probabilities.

    With more than two classes, of the probability of the most probable one. Outputs that are not finite are left out.
    """
    values = output.max(axis=1, initial=0.0) if output.ndim == 2 else output
    finite = values[np.isfinite(values)]
    if not len(finite):
        return ()
    unit = max(float(np.abs(finite).max()) / 1e300, 1.0)
    ends = (0.0, 1.0) if probabilities else (float(finite.min() / unit), float(finite.max() / unit))
    counts, edges = np.histogram(finite / unit, bins=HISTOGRAM_BINS, range=ends)
    return tuple(zip((edges[:-1] * unit).tolist(), counts.tolist(), strict=True))


def _metric_values(rows: SealedRows, metrics: Sequence[Metric], drawn: Resamples, level: float) -> tuple[MetricValue, ...]:
    return tuple(
        MetricValue(name=m.name, goal=m.goal, interval=interval_of(drawn.scores(m, rows.y, rows.mine.seen_by(m)), level))
        for m in metrics
    )


def _compared(metric: Metric, gates: Sequence[GateSpec], costs: Costs) -> tuple[Metric, ...]:
    """The metrics to compare by: the main one, those of the gates that compare on all rows, and what decisions cost."""
    asked = [gate for gate in gates if gate.against and not gate.slice and gate.metric not in MEASURED]
    names = [name for gate in asked for name in (gate.metric, *gate.or_by)]
    found = tuple(metric_named(name) for name in dict.fromkeys([metric.name, *names]))
    return (*found, matrix_cost(costs)) if costs else found


def _whole_comparisons(
    rows: SealedRows, metrics: Sequence[Metric], drawn: Resamples, levels: Levels, seed: int
) -> Iterator[Comparison]:
    """Comparisons on all rows, but for those that the champion has learnt from where it is one of the two."""
    if rows.fair is None:
        yield from _comparisons(rows, metrics, drawn, levels)
        return
    yield from _comparisons(rows, metrics, drawn, {"baseline": levels["baseline"]})
    some = rows.of(rows.fair)
    again = Resamples.draw(len(some.y), some.blocks, len(drawn.weights), seed, some.weight)
    yield from _comparisons(some, metrics, again, {"champion": levels["champion"]})


def _comparisons(
    rows: SealedRows,
    metrics: Sequence[Metric],
    drawn: Resamples,
    levels: Levels,
    group: tuple[str, str] | tuple[None, None] = (None, None),
) -> Iterator[Comparison]:
    for metric in metrics:
        mine = drawn.scores(metric, rows.y, rows.mine.seen_by(metric))
        for against, other in rows.opponents():
            if against not in levels:
                continue
            level, theirs = levels[against], drawn.scores(metric, rows.y, other.seen_by(metric))
            yield Comparison(
                against=against,
                version=other.version,
                metric=metric.name,
                mine=interval_of(mine, level),
                theirs=interval_of(theirs, level),
                difference=difference_of(mine.better_by(theirs, metric.goal), level),
                column=group[0],
                group=group[1],
                swing=_swing(metric, rows, other) if against == "champion" and group == (None, None) else None,
            )


def _swing(metric: Metric, rows: SealedRows, other: Outputs) -> Swing | None:
    """How the difference swings from block to block, in the unit in which a trial measures harm; None where rows have none."""
    theirs, classes = other.seen_by(metric), rows.mine.values.shape[1] if rows.mine.values.ndim == 2 else 2
    if rows.blocks is None or not len(rows.y) or not np.isfinite(theirs).all():
        return None
    how = row_harm(metric, promised_of(rows.y, other.values), classes=classes)
    if how is None:
        return None
    draws = draws_of(metric, how, rows.y, rows.mine.seen_by(metric), theirs)
    found = swing_of(draws.values, rows.blocks[draws.ends])
    return None if found is None else replace(found, spread=found.spread * how.unit)


def _group_comparisons(
    rows: SealedRows, gates: Sequence[GateSpec], spec: EvaluateSpec, levels: Levels, seed: int
) -> Iterator[Comparison]:
    """Comparisons in each group of a column, where a gate asks for them."""
    asked = [(gate.slice, gate.metric) for gate in gates if gate.against and gate.slice and gate.metric not in MEASURED]
    for column, name in dict.fromkeys(asked):
        for group, index in groups_of(rows.columns[column]).items():
            fair = index if rows.fair is None else index[np.isin(index, rows.fair)]
            sides: tuple[tuple[Against, Array], ...] = (("baseline", index), ("champion", fair))
            for against, places in sides:
                some = rows.of(places)
                drawn = Resamples.draw(len(places), some.blocks, _enough(spec, levels), seed, some.weight)
                yield from _comparisons(some, (metric_named(name),), drawn, {against: levels[against]}, (column, group))


def _enough(spec: EvaluateSpec, levels: Levels) -> int:
    return enough_resamples(spec.resamples, max(levels.values()))


def _slices(
    rows: SealedRows, metric: Metric, importance: Mapping[str, float], spec: EvaluateSpec, gates: Sequence[GateSpec], seed: int
) -> tuple[SliceValue, ...]:
    """The main metric in the groups of the chosen columns, and what gates ask for besides."""
    asked = [(gate.slice, gate.metric) for gate in gates if gate.slice and not gate.against and gate.metric not in MEASURED]
    choose_columns([gate.slice for gate in gates if gate.slice], rows.columns, importance)
    chosen = [(column, metric.name) for column in choose_columns(spec.slices, rows.columns, importance)]
    found: list[SliceValue] = []
    for column, name in dict.fromkeys([*chosen, *asked]):
        figure = metric_named(name)
        found += slices_of(
            figure,
            rows.y,
            rows.mine.seen_by(figure),
            column,
            rows.columns[column],
            blocks=rows.blocks,
            resamples=spec.resamples,
            level=spec.confidence,
            seed=seed,
            own=rows.weight,
        )
    return tuple(found)


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
