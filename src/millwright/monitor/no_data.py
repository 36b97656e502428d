"""No data is no good news: what could not be watched for longer than the deadline is a finding, until there is data again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from millwright.monitor.found import Scene, of_the_model
from millwright.records.codec import digest_of
from millwright.records.deciding import Change, Finding

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Absent:
    """Something of which a look has no data. what: in a word or two. since: when there was some last, or should have been
    first. said: what that means, in a clause."""

    what: str
    since: datetime
    said: str


def no_data(absent: Iterable[Absent], deadline: timedelta, scene: Scene) -> Iterator[Finding]:
    """A finding for each thing that has been absent for as long as `deadline`, or longer."""
    for one in absent:
        lasted = scene.looked_at - one.since
        if lasted >= deadline:
            yield _finding(one, lasted, deadline, scene)


def _finding(one: Absent, lasted: timedelta, deadline: timedelta, scene: Scene) -> Finding:
    days = lasted / _DAY
    change = Change(column="", check="no_data", was=None, now=days, unit=one.what, effect=days, limit=deadline / _DAY)
    found = of_the_model("serving", change, f"no {one.what}: {one.said}", replace(scene, previous=(), start=one.since))
    key = [scene.project, "no_data", one.what, scene.version, scene.looked_at.isoformat()]
    return replace(found, id=digest_of(key)[:32], start=scene.start)
