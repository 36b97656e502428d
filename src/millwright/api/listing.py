"""What every list takes: a page, its order, a text to look for; and a range of time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator

from millwright.errors import MillwrightError
from millwright.registry.pages import MOST, Asked
from millwright.spec.durations import parse_duration

Limit = Annotated[int, Query(ge=1, le=MOST, description="Items on the page.")]
Cursor = Annotated[str, Query(max_length=2000, description="`next` of the page before; empty: the first page.")]
Sort = Annotated[str, Query(max_length=60, description="By what, with - before it from the most to the least.")]
Search = Annotated[str, Query(max_length=200, description="Only what holds this text.")]


def utc(moment: datetime | None) -> datetime | None:
    """A moment in UTC; without a zone it is taken for UTC. Raises MillwrightError where that is out of reach."""
    if moment is None:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise MillwrightError(
            "that time is out of reach", where="from", fix="write a year of ours", code="request.range"
        ) from error


Moment = Annotated[datetime | None, AfterValidator(utc), Query(description="ISO 8601; UTC where it names no zone.")]


async def _asked(limit: Limit = 50, cursor: Cursor = "", sort: Sort = "") -> Asked:
    """Without a thread of its own: there is nothing to wait for."""
    return Asked(limit=limit, cursor=cursor, sort=sort)


Wanted = Annotated[Asked, Depends(_asked)]


@dataclass(frozen=True, slots=True)
class Range:
    """[start, end), in UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


def range_of(now: datetime, start: datetime | None, end: datetime | None, usual: str) -> Range:
    """The range that is asked for; `usual`: how long it is where nobody says. Raises MillwrightError where it is none."""
    ends = end or now
    try:
        starts = start or ends - parse_duration(usual)
    except OverflowError as error:
        raise MillwrightError(
            "that time is out of reach", where="to", fix="write a year of ours", code="request.range"
        ) from error
    if starts >= ends:
        raise MillwrightError("`from` is not before `to`", where="from", fix="turn the two around", code="request.range")
    return Range(start=starts, end=ends)
