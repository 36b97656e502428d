"""Runs and their steps: work that is durable, skipped when done, and counted once."""

from datetime import datetime
from typing import Literal

from millwright.records.record import record

RunState = Literal["running", "finished", "failed", "refused"]


@record
class Step:
    """One finished step: a pure function of digested inputs."""

    run: str
    name: str
    inputs: str
    output: str
    started_at: datetime
    finished_at: datetime
    reused: bool = False


@record
class Run:
    """One way through the stages, from a spec to a version."""

    id: str
    project: str
    spec: str
    state: RunState
    as_of: datetime
    started_at: datetime
    finished_at: datetime | None
    reason: str
    version: int | None
    actor: str
