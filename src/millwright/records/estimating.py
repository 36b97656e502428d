"""What can be said of a model's quality before its labels are complete, and under which assumption."""

from datetime import datetime
from typing import Literal

from millwright.records.judging import Interval, MetricValue
from millwright.records.record import record

EstimatorName = Literal["confidence", "reweighted", "importance", "label_shift", "loss_model"]
"""By what a metric is estimated without labels; docs/quality.md has a line on each."""

BLIND = "No estimate without labels sees that the relation between inputs and outcomes has changed; labels do."
"""What has to be said wherever such an estimate is shown."""


@record
class EstimatedBy:
    """One way to estimate the metrics of rows without labels: what it assumes, and what it says.

    cannot: why it says nothing; then there are no metrics.
    """

    name: EstimatorName
    assumes: str
    metrics: tuple[MetricValue, ...] = ()
    cannot: str = ""


@record
class Overlap:
    """How far the rows that labels are known of resemble those asked about.

    effective_rows: how many of the reference rows count, once weighted to look like the others (Kish 1965). separable: the
    chance that a classifier tells a row of the one from a row of the other, 0.5 where it cannot. outside: the share of the
    rows asked about that lie where there are hardly any reference rows. thin: why nothing can be said; empty where it can.
    left_out: features whose values are nearly all new, such as the month, by which no row of the one resembles any of the
    other: rows are compared by the others.
    """

    reference_rows: int
    rows: int
    effective_rows: float
    separable: float
    outside: float
    thin: str = ""
    left_out: tuple[str, ...] = ()


@record
class QualityEstimate:
    """The metrics of a version on rows without labels, by each estimator, side by side.

    reference: the metrics of the rows with labels that this rests on. best: the estimator to look at first; None: cannot tell.
    """

    schema: Literal["millwright.estimate/1"] = "millwright.estimate/1"
    project: str = ""
    version: int = 0
    payload_digest: str = ""
    start: datetime | None = None
    end: datetime | None = None
    known_at: datetime | None = None
    overlap: Overlap
    reference: tuple[MetricValue, ...]
    estimators: tuple[EstimatedBy, ...]
    best: EstimatorName | None
    blind: str = BLIND

    def of(self, name: str) -> EstimatedBy:
        """The estimator of that name."""
        return next(one for one in self.estimators if one.name == name)


@record
class RequestedRow:
    """A prediction whose label is asked for: what was expected of its loss before anybody knew (0 to 1)."""

    id: str
    event_at: datetime
    expected: float
    labelled: bool


@record
class LabelRequest:
    """A random sample of a time's predictions, in the order in which its labels are read.

    of: how many predictions it was drawn from; their expected losses had this `mean` and `variance`. wanted: rows without a
    label that were asked for; `rows` may hold labelled ones too. promised:
    the mean loss on the rows that the version was judged on, and margin: how much more is borne. unit: the largest loss that
    counts, which is 1 in here.
    """

    schema: Literal["millwright.label-request/1"] = "millwright.label-request/1"
    project: str
    number: int
    version: int
    payload_digest: str
    asked_by: str
    asked_at: datetime
    start: datetime
    end: datetime
    seed: int
    by: Literal["score"] | None
    of: int
    wanted: int
    loss: str
    unit: float
    mean: float
    variance: float
    promised: float
    margin: float
    rows: tuple[RequestedRow, ...]


@record
class LabelSample:
    """What the labels of the requests of a version say, read one by one in the order in which they were drawn.

    asked, told: rows of all its requests, and those with a label. powered: the mean loss over all
    predictions of the newest request. gap: the mean of loss less expected loss, with an interval that holds however often it
    is looked at. concept: the gap is surely above the margin: these rows come out worse than rows like them did. risk: the
    loss is surely above the promise and the margin. after: how many labels it took to be sure.
    """

    schema: Literal["millwright.label-sample/1"] = "millwright.label-sample/1"
    project: str
    version: int
    payload_digest: str
    requests: tuple[int, ...]
    start: datetime
    end: datetime
    known_at: datetime
    asked: int
    told: int
    loss: str
    unit: float
    promised: float
    margin: float
    expected: float
    powered: Interval
    gap: Interval
    metrics: tuple[MetricValue, ...]
    concept: bool
    risk: bool
    after: int | None
    sentence: str


@record
class MaturityPoint:
    """The share of predictions that have their label by an age in days."""

    days: float
    share: float
    low: float
    high: float


@record
class OutcomeLateness:
    """How late the labels of one outcome come: the days by which half and 95 % of them have. labels: so many were seen."""

    outcome: str
    labels: int
    half: float
    most: float


@record
class Maturity:
    """How complete labels are by age, learnt from predictions of [start, end) as of `known_at`.

    half, most: the days by which half and 95 % of the labels that come at all have come. never: the share of predictions
    without a label even at the longest age. by_outcome: whether outcomes could be told apart; else `outcomes` is empty and
    the figures take it that all outcomes are told alike. complete_until: predictions before it have at least 95 % of theirs.
    """

    schema: Literal["millwright.maturity/1"] = "millwright.maturity/1"
    project: str
    start: datetime
    end: datetime
    known_at: datetime
    predictions: int
    labelled: int
    points: tuple[MaturityPoint, ...]
    half: float | None
    most: float | None
    never: float | None
    by_outcome: bool
    outcomes: tuple[OutcomeLateness, ...]
    complete_until: datetime | None


@record
class PartQuality:
    """The quality on a part of the predictions: a week, a month, a group.

    judged: those old enough; labelled: those of them with a label, which count for the others like them. acts: the share
    that was decided to act on, which needs no labels; None where nothing is decided. cannot: why there are no metrics.
    """

    part: str
    predictions: int
    judged: int
    labelled: int
    acts: Interval | None
    metrics: tuple[MetricValue, ...]
    cannot: str = ""


@record
class QualityOverTime:
    """The quality of the answers of [start, end), part by part, with labels known by `known_at`.

    by: week, month, or a column. one_sided: labels come only for what was acted on, or only for what was not: the figures
    speak of that side alone.
    """

    schema: Literal["millwright.quality-over-time/1"] = "millwright.quality-over-time/1"
    project: str
    by: str
    start: datetime
    end: datetime
    known_at: datetime
    complete_until: datetime | None
    one_sided: Literal["acted", "not_acted"] | None
    by_outcome: bool
    parts: tuple[PartQuality, ...]
