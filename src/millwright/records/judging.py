"""How good a model is, and whether it may go live."""

from datetime import datetime
from typing import Literal

from millwright.records.data import Snapshot
from millwright.records.measuring import MeasuredEvaluator
from millwright.records.record import Pictured, record
from millwright.records.traffic import Window


@record
class Interval:
    """A figure with its confidence interval and the number of rows behind it."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    level: float = 0.95


@record
class MetricValue:
    """One metric on the holdout."""

    name: str
    goal: Literal["max", "min"]
    interval: Interval


@record
class SliceValue:
    """A metric on the rows of one group of one column."""

    column: str
    group: str
    metric: str
    interval: Interval


@record
class CurvePoint:
    """One bin of a calibration curve: what was said, what came true, over how many rows."""

    predicted: float
    observed: float
    low: float
    high: float
    n: int


@record
class Swing:
    """How much the mean of a block of rows (a day) swings beyond what independent rows would: its standard deviation, learnt
    from so many blocks."""

    spread: float
    blocks: int


@record
class Comparison:
    """A paired comparison on the same rows; a positive difference is better, whatever the metric's goal.

    With `column` it is on the rows of one `group` of that column, where a gate asks for it; else on all rows. swing: of the
    difference between blocks, as a trial measures harm; of the champion on all rows alone.
    """

    against: Literal["baseline", "champion", "before"]
    version: str | None
    metric: str
    mine: Interval
    theirs: Interval
    difference: Interval
    column: str | None = None
    group: str | None = None
    swing: Swing | None = None


@record
class OutOfFold:
    """How a candidate did on training rows that its models had not seen, before anything was fitted on these scores.

    calibration: what was said and what came true, in bins of equal numbers of rows. residuals: of a regression, quantiles of
    true minus said, in the target's unit, each with its share of the rows. against: the baseline's answers to the same rows, by
    the metric that was searched for, once calibrated.
    """

    rows: int
    calibration: tuple[CurvePoint, ...]
    residuals: tuple[tuple[float, float], ...] = ()
    against: Comparison | None = None


@record
class Coverage:
    """How often the truth lay in the prediction interval: as stated, and as realised on the holdout.

    width: of the intervals on average, in the target's unit.
    """

    level: float
    realised: Interval
    width: float | None


@record
class QuantileValue:
    """A quantile that was answered, on the holdout.

    pinball: its loss, in the target's unit; baseline: that of one quantile for all rows; better_by: the paired difference.
    below: the share of truths at or below it, which should be `level`.
    """

    level: float
    pinball: Interval
    baseline: Interval
    better_by: Interval
    below: Interval


@record
class Evaluation(Pictured):
    """How one payload did on sealed rows.

    unweighted: the metrics with every row counted once, as live rows are; none where the rows have no weights.
    """

    schema: Literal["millwright.evaluation/1"] = "millwright.evaluation/1"
    payload_digest: str
    snapshot: str
    rows: int
    block: str | None
    blocks: int
    metric: str
    metrics: tuple[MetricValue, ...]
    comparisons: tuple[Comparison, ...]
    slices: tuple[SliceValue, ...]
    calibration: tuple[CurvePoint, ...]
    calibration_error: float | None
    histogram: tuple[tuple[float, int], ...]
    importance: tuple[tuple[str, float], ...]
    train_score: float | None
    validation_score: float | None
    overfit_gap: float | None
    size_bytes: int
    holdout_from: str | None
    holdout_until: str | None
    tries: int
    event_at: datetime | None
    known_at: datetime
    coverage: Coverage | None = None
    unweighted: tuple[MetricValue, ...] = ()
    quantiles: tuple[QuantileValue, ...] = ()

    @property
    def promised(self) -> tuple[MetricValue, ...]:
        """What live rows, which have no weights, are held against."""
        return self.unweighted or self.metrics


@record
class Timings:
    """Measured on the machine that packed the model: kept apart from the evaluation, which is repeatable.

    evaluators: those that could answer, and which one was chosen; none where they were not measured. quiet_p99_ms: as
    row_p99_ms, of the quickest of three answers to each row, as what else runs on a machine only ever adds; where a goal asks.
    """

    schema: Literal["millwright.timings/1"] = "millwright.timings/1"
    row_p50_ms: float
    row_p99_ms: float
    batch_rows_per_second: float
    rows: int
    machine: str
    evaluators: tuple[MeasuredEvaluator, ...] = ()
    quiet_p99_ms: float | None = None


@record
class GateResult:
    """One gate: what was asked, what was found, and the arithmetic in words. code: for a program, where it did not pass."""

    gate: str
    state: Literal["passed", "failed", "inconclusive"]
    evidence: str
    interval: Interval | None = None
    code: str = ""


@record
class Verdict:
    """Whether a version may go live, with every gate's evidence."""

    schema: Literal["millwright.verdict/1"] = "millwright.verdict/1"
    state: Literal["passed", "failed", "inconclusive"]
    gates: tuple[GateResult, ...]
    summary: str
    champion: str | None = None


@record
class Judgement:
    """A payload as it would be packed (file name to blob digest), and how it did. out_of_fold: None where its scores are not
    of rows that it had not seen, or nobody asked yet. since: with the live version on all rows that that one has not learnt
    from, where they are more than the sealed ones. gap: how far groups lie apart on the sealed rows, where a goal asks."""

    schema: Literal["millwright.judgement/1"] = "millwright.judgement/1"
    payload: dict[str, str]
    payload_digest: str
    evaluation: Evaluation
    timings: Timings
    out_of_fold: OutOfFold | None = None
    since: Comparison | None = None
    gap: float | None = None


@record
class GoldenJudged:
    """How a payload did on the golden set.

    snapshot: the set as it was copied. comparison: with what was live, paired on the same rows; None where nothing was.
    answers: the sha256 of its answers, as little-endian float64.
    """

    schema: Literal["millwright.golden_judged/1"] = "millwright.golden_judged/1"
    snapshot: Snapshot
    payload_digest: str
    rows: int
    metric: MetricValue
    comparison: Comparison | None
    answers: str


@record
class LiveQuality:
    """How the live model did on a window of real traffic whose labels have come. days: how many days its labelled rows are of;
    None: not counted, as in what was written before they were."""

    schema: Literal["millwright.quality/1"] = "millwright.quality/1"
    project: str
    payload_digest: str
    version: int
    window: Window
    block: str | None
    metrics: tuple[MetricValue, ...]
    promised: tuple[MetricValue, ...]
    days: int | None = None
