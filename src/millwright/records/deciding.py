"""What was found and what was decided."""

from datetime import datetime
from typing import Any, Literal

from millwright.records.record import record


@record
class Finding:
    """Something that changed, how much, since when, and what it is likely to come from."""

    id: str
    project: str
    kind: Literal["data_fault", "covariate", "label", "concept", "serving"]
    columns: tuple[str, ...]
    effect: float | None
    sentence: str
    since: datetime
    event_at: datetime
    known_at: datetime


@record
class Decision:
    """What to do, why, and who approved."""

    number: int
    project: str
    action: Literal["promote", "rollback", "hold", "retrain", "refuse"]
    version: int | None
    actor: str
    rule: str
    reason: str
    evidence: dict[str, Any]
    event_at: datetime
    known_at: datetime
