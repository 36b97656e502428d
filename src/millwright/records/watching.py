"""What the loop saw when it looked at a window."""

from datetime import datetime
from typing import Literal

from millwright.records.causing import Cause
from millwright.records.judging import Comparison, LiveQuality
from millwright.records.record import record
from millwright.records.release import Pause
from millwright.records.traffic import Window


@record
class Refused:
    """Requests that were refused with one code; column: of the contract, where it was about one."""

    code: str
    column: str
    requests: int


@record
class Serving:
    """How the server answered between two looks: requests, those that failed by its own fault, how long answers took, and which
    requests for predictions it refused."""

    start: datetime
    end: datetime
    requests: int
    failed: int
    p99_ms: float | None
    refused: tuple[Refused, ...] = ()


@record
class VersionParity:
    """Logged answers of one version, answered anew one by one and all at once.

    unequal: rows where anything differs, be it the last bit. vector, output: the largest difference of a feature between
    the two ways to encode a row, and of a number between an answer and the logged one. example: the id of an unequal row.
    evaluator: by which they were answered, then and now.
    """

    version: int
    payload_digest: str
    rows: int
    unequal: int
    vector: float
    output: float
    example: str | None = None
    evaluator: str = ""


@record
class Parity:
    """Whether the log can be answered again, to the bit: of `predictions` that happened in [start, end), `rows` were.

    cannot: versions that could not be asked again, each with the reason.
    """

    project: str
    start: datetime
    end: datetime
    predictions: int
    versions: tuple[VersionParity, ...]
    cannot: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows that were answered again."""
        return sum(version.rows for version in self.versions)

    @property
    def unequal(self) -> int:
        """Rows that were answered otherwise."""
        return sum(version.unequal for version in self.versions)


@record
class Harm:
    """A test of harm that may be looked at after each row: how much worse the challenger did in one respect, and how strong
    the evidence is that this is more than is tolerated.

    what: the respect, in words. draws: how many were read, of `rows` rows. worse, tolerated: the mean of the draws, positive
    where the challenger did worse, and what it may be. evidence, largest: now, and when it was strongest. needed: what shows
    harm. shown_at, shown_after: when the evidence first was that strong, and after how many rows; None: never. cannot: why
    nothing is tested, where that is so.
    """

    what: str
    rows: int
    draws: int
    worse: float | None
    tolerated: float
    evidence: float
    largest: float
    needed: float
    shown_at: datetime | None = None
    shown_after: int | None = None
    cannot: str = ""

    @property
    def shown(self) -> bool:
        """Whether harm is shown; once it is, it stays so."""
        return self.shown_at is not None


@record
class Trying:
    """How a challenger did since its stage began: rows it answered, rows it could not answer, and the tests of harm: by its
    failures, and on labelled rows beside the live version. paused: whether a person told the policy to leave it."""

    version: int
    stage: Literal["shadow", "canary"]
    since: datetime
    answered: int
    failed: int
    failures: Harm | None = None
    quality: Harm | None = None
    paused: Pause | None = None


@record
class Detector:
    """What was gathered about one gauge (a mean, a share or a missing rate of one column) over disjoint windows.

    starts, values, rows: when the windows so far began, and the gauge in them, oldest first. grown: evidence for a shift, one
    for each size looked for.
    """

    gauge: str
    column: str
    starts: tuple[datetime, ...] = ()
    values: tuple[float, ...] = ()
    rows: tuple[float, ...] = ()
    grown: tuple[float, ...] = ()


@record
class Detectors:
    """The evidence that is gathered for one version from window to window: `windows` so far, the last one ending at `until`.
    live: whether they are held against live days; evidence of another kind begins anew."""

    windows: int = 0
    until: datetime | None = None
    live: bool = False
    detectors: tuple[Detector, ...] = ()


@record
class Arrivals:
    """How the rows of a window came. sampled, copies: of the rows sampled by content, how many there are, and how many are the
    second or a further one of their kind. future: rows whose own time lies after the day (or hour) on which they were asked;
    lag: by how many days the newest of these times (the 99th percentile) lies before the window's end; None without a time.
    """

    rows: int
    sampled: int
    copies: int
    future: int | None
    lag: float | None


@record
class Watched:
    """One look at one window.

    profile: the digest of the blob with the profile of its requests; None without traffic. quality: the live version on
    the newest traffic whose labels are complete. against_before: the live version and the one before it on those rows.
    parity: whether a sample of its answers comes out the same today. cannot: what could not be watched, each with the reason.
    detectors: the digest of the blob with the evidence for small changes gathered so far; None before a first whole window.
    causes: the findings by what is behind them, the most severe first. arrivals: how the rows came; None without traffic.
    beside: whether the window was held against periods of the rows learned from, live days or windows, or those rows alone.
    late_rows: how many came after the look, and are in window and profile since amended_at.
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
    parity: Parity | None = None
    detectors: str | None = None
    causes: tuple[Cause, ...] = ()
    arrivals: Arrivals | None = None
    beside: Literal["periods", "live", "rows"] = "rows"
    late_rows: int = 0
    amended_at: datetime | None = None
