"""What came of a history that was played through the loop, and of simpler ways to go about it."""

from datetime import datetime

from millwright.records.causing import Cause
from millwright.records.deciding import Decision, Finding
from millwright.records.judging import Interval
from millwright.records.record import record
from millwright.records.scoring import Scored


@record
class Life:
    """When a version was live. until: None where it still was at the end."""

    version: int
    start: datetime
    until: datetime | None
    actor: str
    reason: str


@record
class Trial:
    """When a version was tried beside the live one, and in which stage."""

    version: int
    stage: str
    start: datetime
    until: datetime | None


@record
class Month:
    """The metrics of a way to go about it on the labelled traffic of one month, such as 2013-06, by metric name."""

    month: str
    n: int
    metrics: dict[str, float | None]


@record
class Way:
    """One way to go about it: the policy, never retraining, or retraining at every window without a gate."""

    name: str
    title: str
    retrains: int
    months: tuple[Month, ...]
    overall: dict[str, Interval]


@record
class Gap:
    """The policy against another way on the same rows, paired; a positive difference: the policy was better."""

    against: str
    metric: str
    difference: Interval


@record
class Story:
    """A history that was played, from beginning to end. goals: for each metric, whether more or less is better."""

    project: str
    start: datetime
    end: datetime
    zone: str
    predictions: int
    labels: int
    failed: int
    seconds: float
    label_delay: str
    window: str
    injected: tuple[tuple[datetime, datetime, str], ...]
    lives: tuple[Life, ...]
    trials: tuple[Trial, ...]
    ways: tuple[Way, ...]
    gaps: tuple[Gap, ...]
    goals: dict[str, str]
    titles: dict[str, str]
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    causes: tuple[Cause, ...] = ()
    scores: tuple[Scored, ...] = ()
