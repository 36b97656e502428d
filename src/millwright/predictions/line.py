"""A prediction as it is written: what `records.traffic.Prediction` says, under the same names, made in a fifth of the time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One answered row on its way to the log. It is read back as a Prediction."""

    id: str
    project: str
    key: str | None
    event_at: datetime
    known_at: datetime
    request: Mapping[str, Any]
    output: dict[str, Any]
    payload_digest: str
    version: int
    role: Literal["live", "canary", "shadow", "asked"]
    client_id: str | None = None
    flags: tuple[str, ...] = ()
    caller: str | UnsetType = UNSET
