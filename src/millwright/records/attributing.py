"""Why a metric is not what it was: the change split into parts, each with its interval."""

from datetime import datetime
from typing import Literal

from millwright.records.deciding import FindingKind
from millwright.records.judging import Interval
from millwright.records.record import record

Fault = Literal["missing", "unit", "range", "unseen", "stuck", "mixed_up", "swapped"]
"""How a column is broken: empty cells; another scale; values, or levels, that the reference has none of; one value in all
rows; values that belong to other rows; two columns in each other's place."""


@record
class KindPart:
    """What one kind of cause has done to the metric, in the metric's own unit: now less before."""

    kind: FindingKind
    part: Interval


@record
class ColumnPart:
    """A column's share in it. Of `concept` it is that of the groups in which outcomes changed, which overlap between columns;
    of other kinds they add up to the kind's part.

    evidence: how many standard errors the change in the column is away from none. with_column: of two columns that were
    swapped, the other. sentence: what is to be seen in it. alike: columns that say nearly the same and would do as well.
    """

    column: str
    kind: FindingKind
    part: Interval
    evidence: float
    sentence: str
    fault: Fault | None = None
    with_column: str = ""
    alike: tuple[str, ...] = ()


@record
class SlicePart:
    """A group of a column in which rows alike in their inputs come out otherwise than before: of `rows` rows, the mean outcome
    less what it would have been before (`gap`), and what it has done to the metric.

    low, high: what the numbers of the group lie between, (low, high], or the one number it is; None of levels and open ends.
    """

    column: str
    group: str
    low: float | None = None
    high: float | None = None
    rows: int
    gap: Interval
    part: Interval


@record
class Attribution:
    """The change of a metric between rows with labels of before and of now, split into parts that sum to it.

    changed: whether it is beyond noise; where it is not, nothing is attributed. kinds: in the order of the path from before to
    now. undivided: what other inputs and another relation did together, where the two cannot be told apart; then they have no
    parts of their own. leading: the kind that has done most of it; None: cannot tell. columns: of each kind the one to look at
    first comes first. left_out: columns nearly all of whose values are new. cannot: what could not be told, and why. sampled:
    rows beyond which rows were drawn. look: commands that list rows.
    """

    schema: Literal["millwright.attribution/1"] = "millwright.attribution/1"
    project: str = ""
    version: int = 0
    payload_digest: str = ""
    start: datetime | None = None
    end: datetime | None = None
    known_at: datetime | None = None
    metric: str
    goal: Literal["max", "min"]
    before: Interval
    now: Interval
    change: Interval
    changed: bool
    reference_rows: int
    rows: int
    block: str | None = None
    sampled: int | None = None
    effective_rows: float | None = None
    leading: FindingKind | None = None
    kinds: tuple[KindPart, ...] = ()
    undivided: Interval | None = None
    columns: tuple[ColumnPart, ...] = ()
    slices: tuple[SlicePart, ...] = ()
    left_out: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    look: tuple[str, ...] = ()
    sentence: str = ""

    def of(self, kind: FindingKind) -> Interval | None:
        """The part of one kind, None where it has none."""
        return next((one.part for one in self.kinds if one.kind == kind), None)
