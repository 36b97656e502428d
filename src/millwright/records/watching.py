"""What the loop saw when it looked at a window."""

from datetime import datetime
from typing import Literal

from millwright.records.judging import Comparison, LiveQuality
from millwright.records.record import record
from millwright.records.traffic import Window


@record
class Serving:
    """How the server answered between two looks: requests, those that failed by its own fault, and how long answers took."""

    start: datetime
    end: datetime
    requests: int
    failed: int
    p99_ms: float | None


@record
class Trying:
    """How a challenger did since its stage began: rows it answered, rows it could not answer, and, on labelled rows that
    both answered, the paired comparison with the live version."""

    version: int
    stage: Literal["shadow", "canary"]
    since: datetime
    answered: int
    failed: int
    comparison: Comparison | None = None


@record
class Watched:
    """One look at one window.

    profile: the digest of the blob with the profile of its requests; None without traffic. quality: the live version on
    the newest traffic whose labels are complete. against_before: the live version and the one before it on those rows.
    cannot: what could not be watched, each with the reason.
    """

    schema: Literal["millwright.watched/1"] = "millwright.watched/1"
    project: str
    version: int
    payload_digest: str
    window: Window
    profile: str | None
    quality: LiveQuality | None
    against_before: Comparison | None
    serving: Serving | None
    trying: Trying | None
    findings: tuple[str, ...]
    cannot: tuple[str, ...] = ()
