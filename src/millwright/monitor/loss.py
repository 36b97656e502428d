"""What a finding may cost: how many rows it touches, how much the model makes of their columns, what the model is worth."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from millwright.monitor.words import number, percent
from millwright.records.deciding import Change, Finding, Loss
from millwright.records.judging import CurvePoint, Evaluation
from millwright.records.spec import CostSpec, WatchSpec

_WHOLE = frozenset({"constant"})
_UNKNOWN = frozenset(
    {"latency", "parity", "volume", "label_feed", "no_data", "stale", "clock", "duplicates", "older", "callers"}
)
"""What costs something that no metric of the model shows, or that it cost long ago."""
_UNANSWERED = frozenset({"errors", "refused"})
"""Requests that had no answer: what the model is worth is lost with them, whatever the column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What the live model is worth over its baseline.

    points: how much better it is in `metric`, on the rows it was judged on; None where that is not known. a_row: what it
    saves for each decision, in the unit of the spec's costs; None where none are declared. rows_per_day: how often it is asked.
    importance: the share of what it looks at that each column holds.
    """

    metric: str
    points: float | None = None
    a_row: float | None = None
    rows_per_day: float = 0.0
    importance: Mapping[str, float] = field(default_factory=dict)

    @property
    def a_day(self) -> float | None:
        """What it saves in a day, in the unit of the spec's costs."""
        return None if self.a_row is None else self.a_row * self.rows_per_day


def worth_of(evaluation: Evaluation, costs: CostSpec | None, importance: Mapping[str, float], rows_per_day: float) -> Worth:
    """What the version of an evaluation is worth, as the sealed rows say."""
    against = (c for c in evaluation.comparisons if c.against == "baseline" and c.column is None)
    points = next((c.difference.value for c in against if c.metric == evaluation.metric), None)
    return Worth(
        metric=evaluation.metric,
        points=points if points is not None and points > 0 else None,
        a_row=_a_row(evaluation, costs),
        rows_per_day=rows_per_day,
        importance=importance,
    )


def _a_row(evaluation: Evaluation, costs: CostSpec | None) -> float | None:
    """What decisions save against the baseline's, a row; None where it is not known. Of several classes it was measured."""
    if costs is None or not evaluation.calibration:
        return None
    if costs.matrix is None:
        return _saved(evaluation.calibration, costs)
    of_costs = (c for c in evaluation.comparisons if (c.against, c.column, c.metric) == ("baseline", None, "cost"))
    saved = next((c.difference.value for c in of_costs), None)
    return saved if saved is not None and saved > 0 else None


def _saved(curve: Iterable[CurvePoint], costs: CostSpec) -> float:
    """What a decision by the model saves against always deciding the same, from what came true in each bin of its scores."""
    bins = tuple(curve)
    rows = sum(point.n for point in bins)
    acts_from = costs.false_positive / ((costs.false_positive + costs.false_negative) or 1.0)

    def cost(positive: float, acts: bool) -> float:
        return costs.false_positive * (1 - positive) if acts else costs.false_negative * positive

    model = sum(point.n * cost(point.observed, point.predicted >= acts_from) for point in bins) / rows
    share = sum(point.n * point.observed for point in bins) / rows
    return max(min(cost(share, acts=True), cost(share, acts=False)) - model, 0.0)


def weighed(findings: Iterable[Finding], worth: Worth, watch: WatchSpec) -> tuple[Finding, ...]:
    """The findings, each with what it may cost where that can be said; in its sentence too where it is a page or money."""
    return tuple(_weighed(finding, loss_of(finding, worth, watch)) for finding in findings)


def _weighed(finding: Finding, loss: Loss | None) -> Finding:
    return replace(finding, loss=loss, sentence=with_loss(finding.sentence, loss))


def with_loss(sentence: str, loss: Loss | None) -> str:
    """A sentence with what it may cost, where that is a page or money and the sentence does not say it."""
    if loss is None or not (loss.page or loss.per_day) or said(loss) in sentence:
        return sentence
    return f"{sentence}; {said(loss)}"


def part_of(loss: Loss, part: float, watch: WatchSpec) -> Loss:
    """The loss of so much of what a finding is about."""
    points, per_day = (None if figure is None else part * figure for figure in (loss.points, loss.per_day))
    share = part * loss.share
    return replace(loss, share=share, points=points, per_day=per_day, page=_is_page(share, per_day, watch))


def _is_page(share: float, per_day: float | None, watch: WatchSpec) -> bool:
    return share >= watch.page or (watch.page_cost is not None and per_day is not None and per_day >= watch.page_cost)


def said(loss: Loss) -> str:
    """A loss in words."""
    figures = [] if loss.points is None else [f"{number(loss.points)} {loss.metric}"]
    figures += [] if loss.per_day is None else [f"{number(loss.per_day)} a day"]
    share = f"{'costs' if loss.measured else 'may cost'} {percent(loss.share)} of what the model is worth"
    return f"{share} ({', '.join(figures)})" if figures else share


def loss_of(finding: Finding, worth: Worth, watch: WatchSpec) -> Loss | None:
    """The loss that a finding stands for; None where the model's worth does not tell.

    Measured where labels show a metric below its promise. Expected otherwise: the share of rows that a column's change touches
    (for a moved mean the share by which two normal distributions so far apart differ, their total variation) times the share
    of the model's importance that the column holds. That is what would be lost if the model knew no more than its baseline on
    those rows, for the part of its answer that rests on those columns.
    """
    measured = _measured(finding, worth)
    share = measured if measured is not None else _expected(finding, worth.importance)
    if share is None:
        return None
    per_day = None if worth.a_day is None else share * worth.a_day
    return Loss(
        share=share,
        metric=worth.metric,
        points=None if worth.points is None else share * worth.points,
        per_day=per_day,
        measured=measured is not None,
        page=_is_page(share, per_day, watch),
    )


def _measured(finding: Finding, worth: Worth) -> float | None:
    """The part of its worth that a worse metric takes away; at most all of it. Where broken inputs or other outcomes may be all
    there is to it the figure says nothing of the model: with more of what is hard to tell, any log loss is larger."""
    if (
        finding.kind != "concept"
        or finding.check not in ("decay", "worse_than_before")
        or not finding.changes
        or not worth.points
    ):
        return None
    change = finding.changes[0]
    if change.unit != worth.metric or change.was is None or change.now is None:
        return None
    return min(abs(change.now - change.was) / worth.points, 1.0)


def _expected(finding: Finding, importance: Mapping[str, float]) -> float | None:
    if finding.check in _UNKNOWN or not finding.changes:
        return None
    if finding.check in _UNANSWERED:
        return touched(finding.changes[0])
    if not importance or not finding.columns:
        return None
    shares = [(importance.get(change.column, 0.0), touched(change)) for change in finding.changes]
    known = [weight * rows for weight, rows in shares if rows is not None]
    return min(_part_of_rows(finding, importance) * sum(known), 1.0) if known else None


def _part_of_rows(finding: Finding, importance: Mapping[str, float]) -> float:
    """The slice's share of the rows, which is in what its columns weigh."""
    whole = sum(importance.get(column, 0.0) for column in finding.columns)
    return finding.weight / whole if finding.slice and finding.weight is not None and whole > 0 else 1.0


def touched(change: Change) -> float | None:
    """The share of rows that a change touches, from 0 to 1; None where its figures do not say."""
    if change.check in _WHOLE:
        return 1.0
    if change.unit.startswith("%"):
        return min(abs((change.now or 0.0) - (change.was or 0.0)) / 100, 1.0)
    if change.check == "unit":
        return 1.0
    return math.erf(abs(change.effect) / (2 * math.sqrt(2))) if change.unit == "mean" else None
