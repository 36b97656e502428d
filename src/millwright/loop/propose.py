"""From a look at the data to a proposed spec, with the reason of every guess."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from millwright.records.codec import to_plain
from millwright.records.record import record
from millwright.records.spec import DataSpec, Spec, TaskName


@record
class Choices:
    """What the person said on the command line; None means "look for yourself"."""

    project: str | None = None
    task: TaskName | None = None
    time: str | None = None
    zone: str | None = None
    key: tuple[str, ...] = ()


@record
class Proposal:
    """What was seen and what is proposed."""

    rows: int
    columns: int
    sentence: str
    lines: tuple[str, ...]
    known_later: tuple[str, ...]

    def as_plain(self) -> dict[str, Any]:
        """The proposal as JSON data."""
        plain: dict[str, Any] = to_plain(self)
        return plain
