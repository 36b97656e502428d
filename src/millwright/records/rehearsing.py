"""What a rehearsal is asked and what came of it."""

from datetime import datetime

from millwright.records.judging import Interval
from millwright.records.record import Pictured, record
from millwright.records.replaying import Story


@record
class Asked:
    """How a history is to be rehearsed. Moments are texts as a person writes them, days of data.zone; None: to be chosen.

    source: the table, None: that of the spec. begin, until: rows before and from then on are left out. train_until: what
    happened before it is learnt from, and the rest is played; train_share: the same as a share of the rows. inject: faults.
    ways: what is compared. http: through a real server. within: how far from the best a cheaper policy may be to be advised;
    None: no other is tried.
    """

    source: str | None = None
    begin: str | None = None
    until: str | None = None
    train_until: str | None = None
    train_share: float = 0.3
    inject: tuple[str, ...] = ()
    ways: tuple[str, ...] = ("policy", "never", "every", "scheduled", "oracle")
    http: bool = False
    within: float | None = None


@record
class FaultMet:
    """How the loop met a fault that was put in. found_at: when a look first found something of it; None: it never did.

    retrains: those that were begun between its start and the end of the first window after it, and learnt from its rows.
    """

    text: str
    start: datetime
    end: datetime
    found_at: datetime | None
    sentence: str
    held: bool
    retrains: int


@record
class Share:
    """How much of what could be won by retraining at the best moments the policy won. closed: None where nothing could."""

    metric: str
    never: float | None
    policy: float | None
    oracle: float | None
    closed: float | None
    cap: int

    @property
    def won(self) -> str:
        """That share in words, and where it is more than all how that can be; empty where nothing could be won."""
        if self.closed is None:
            return ""
        more = ", more than any schedule of retrains: its gates keep models out, and it is not bound to the ends of windows"
        return f"the policy won {self.closed + 0.0:.0%}{more if self.closed > 1 else ''}"


@record
class Advice:
    """A policy that was tried. lines: what it changes in the spec; difference: better than the spec's own by, paired."""

    name: str
    lines: tuple[str, ...]
    retrains: int
    value: float | None
    difference: Interval | None
    advised: bool = False


@record
class Rehearsal(Pictured):
    """A history that was played through the loop, beside what other ways to go about it would have answered.

    history: the rows that the first model learnt from; remarks: what a reader has to know of how it was played.
    changed: the lines of the spec that the rehearsal changed. advice: policies that were tried, the spec's own first.
    """

    story: Story
    history: int
    faults: tuple[FaultMet, ...]
    share: Share | None
    seconds: dict[str, float]
    kept: int
    remarks: tuple[str, ...]
    changed: tuple[str, ...]
    folder: str
    report: str
    advice: tuple[Advice, ...] = ()
