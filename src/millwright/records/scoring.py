"""Whether a decision was right, as labels say that came later."""

from datetime import datetime
from typing import Literal

from millwright.records.judging import Comparison
from millwright.records.record import record

Proved = Literal["right", "wrong", "cannot tell"]


@record
class Scored:
    """A decision held against what came true after it.

    chosen: the version that answered because of it; instead: the one that would have answered without it, None where there
    was none. start, end: the rows that are judged happened in [start, end). comparison: of the two on the same labelled rows,
    a positive difference in favour of what was decided; None where there were too few, or none could be asked.
    """

    schema: Literal["millwright.scored/1"] = "millwright.scored/1"
    project: str
    decision: int
    chosen: int | None
    instead: int | None
    start: datetime
    end: datetime
    known_at: datetime
    comparison: Comparison | None
    proved: Proved
    sentence: str
