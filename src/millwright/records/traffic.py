"""What was answered and what came true."""

from datetime import datetime
from typing import Any, Literal

from msgspec import UNSET, UnsetType

from millwright.records.data import Profile
from millwright.records.record import record

Outcome = float | int | str | bool | None


@record
class Prediction:
    """One answered row. caller: the name of the API key that it was asked with; left out where no keys were asked for."""

    id: str
    project: str
    key: str | None
    event_at: datetime
    known_at: datetime
    request: dict[str, Any]
    output: dict[str, Any]
    payload_digest: str
    version: int
    role: Literal["live", "canary", "shadow", "asked"]
    client_id: str | None = None
    flags: tuple[str, ...] = ()
    caller: str | UnsetType = UNSET


@record
class Label:
    """What came true for a prediction."""

    project: str
    prediction_id: str | None
    key: str | None
    value: Outcome
    source: str
    event_at: datetime
    known_at: datetime


@record
class LabelCounts:
    """What became of the labels received: each was one of these.

    joined: the first of its prediction; late: the same, after the labels should have been complete. conflicting: a further
    one with another value than the one before it, a new version. repeated: a further one with the same value. unknown: its
    prediction is not there.
    """

    received: int = 0
    joined: int = 0
    repeated: int = 0
    conflicting: int = 0
    unknown: int = 0
    late: int = 0


@record
class Window:
    """Predictions of a time range with the labels known by `known_at`.

    begins: where the log begins, if that is within or after the range, since what was older was deleted.
    """

    project: str
    start: datetime
    end: datetime
    event_at: datetime | None
    known_at: datetime
    predictions: int
    labelled: int
    labels: LabelCounts
    complete_until: datetime | None
    begins: datetime | None = None


@record
class KeptPart:
    """The profile of what was asked in [start, end) and answered by one payload, one part of a kept day."""

    start: datetime
    end: datetime
    payload_digest: str
    profile: Profile


@record
class KeptDay:
    """What was asked on one sealed day of the log, so that its rows need not be read again.

    reading: the digest of how requests were read (columns, kinds, zone). files: the day's sealed files whose rows are in it.
    late_rows: how many came after it had been made, with a further file of the day; amended_at: when the last of these were
    put in.
    """

    schema: Literal["millwright.kept-day/1"] = "millwright.kept-day/1"
    project: str
    day: str
    reading: str
    files: tuple[str, ...]
    rows: int
    parts: tuple[KeptPart, ...]
    late_rows: int = 0
    amended_at: datetime | None = None
