"""What can be said of a model's quality before its labels are complete, and under which assumption."""

from datetime import datetime
from typing import Literal

from millwright.records.judging import MetricValue
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
    """

    reference_rows: int
    rows: int
    effective_rows: float
    separable: float
    outside: float
    thin: str = ""


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
