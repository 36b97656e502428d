"""What was found and what was decided."""

from datetime import datetime
from typing import Any, Literal

from millwright.records.record import Pictured, record

FindingKind = Literal["data_fault", "covariate", "label", "concept", "serving"]
"""Where a change is likely to come from: a broken feed, other inputs, another share of outcomes, another relation between
the two, or the serving itself."""

FindingCheck = Literal[
    "missing",
    "unseen",
    "range",
    "unit",
    "constant",
    "drift",
    "slow_drift",
    "label_shift",
    "decay",
    "worse_than_before",
    "volume",
    "label_feed",
    "label_sample",
    "label_flip",
    "errors",
    "latency",
    "parity",
    "no_data",
    "refused",
    "duplicates",
    "stale",
    "clock",
    "older",
    "callers",
]
"""What was looked at when a finding was made; docs/loop.md has a line on each."""

Mode = Literal["advise", "approve", "auto"]
Action = Literal[
    "promote",
    "rollback",
    "hold",
    "retrain",
    "recalibrate",
    "ask_labels",
    "refuse",
    "shadow",
    "canary",
    "abort",
    "pause",
    "resume",
    "alert",
    "approve",
    "decline",
    "archive",
    "restore",
]


@record
class Onset:
    """When a change began: most likely at `start`, and not before `earliest` nor after `latest`."""

    start: datetime
    earliest: datetime
    latest: datetime


@record
class Change:
    """One column's part of a finding. `was` and `now` are in `unit`; `evidence` is how many standard errors the change is
    away from the variation of earlier periods, and `limit` how many it takes; of `slow_drift` the evidence gathered, and what
    the average over all gauges had to reach. onset: when it began, where that could be told from the days or hours."""

    column: str
    check: FindingCheck
    was: float | None
    now: float | None
    unit: str
    effect: float
    evidence: float | None = None
    limit: float | None = None
    onset: Onset | None = None


@record
class Loss:
    """What a finding may cost while it lasts.

    share: of what the live model is worth over its baseline, per row. points: the same in points of `metric`, None where what
    it is worth is not known. per_day: in the unit of the spec's costs, None where none are declared. measured: whether labels
    say so; otherwise it is expected, from the rows that changed and the share of the model's importance that their columns
    hold. page: whether it is above the limit of the spec, as it stood then.
    """

    share: float
    metric: str
    points: float | None = None
    per_day: float | None = None
    measured: bool = False
    page: bool = False


@record
class Finding(Pictured):
    """Something that changed, how much, since when, and what it is likely to come from.

    start, event_at: the window it was found in. since: the start of the first window in a row that shows it. weight: the
    share of the model's importance that its columns hold. loss: what it may cost, where that can be said. until: when it
    ended, where that is known: it is not so any more.
    """

    id: str
    project: str
    kind: FindingKind
    columns: tuple[str, ...]
    effect: float | None
    sentence: str
    since: datetime
    event_at: datetime
    known_at: datetime
    check: FindingCheck | None = None
    version: int | None = None
    start: datetime | None = None
    rows: int = 0
    weight: float | None = None
    changes: tuple[Change, ...] = ()
    loss: Loss | None = None
    until: datetime | None = None
    slice: str = ""


@record
class Term:
    """One condition of a rule: what was looked at, its value, its limit, and whether it holds."""

    name: str
    value: str
    limit: str
    holds: bool


@record
class Decision:
    """What to do, why, and who approved.

    mode: whether it was only advised, waits for a person, or is done; None for what a person did. of: the number of the
    decision that this one follows from: the retrain that made the version, the advice that was approved.
    """

    number: int
    project: str
    action: Action
    version: int | None
    actor: str
    rule: str
    reason: str
    evidence: dict[str, Any]
    event_at: datetime
    known_at: datetime
    mode: Mode | None = None
    of: int | None = None
