"""Which findings have one cause: of a kind, from the same place, and begun at a time that they can have in common. Pure.

What is grouped are parts: one column's part of one finding, or a finding about no column. Within a kind and a place, parts are
put together whose onset intervals have a moment in common (the fewest moments that explain all: sort by the latest, take the
first as a moment, leave out what it explains, go on), and parts of the same column. Then what follows is laid to what it
follows from: other values of a column to the fault of that column, worse answers to the fault that they were answered in, or to
the outcomes that shifted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from millwright.records.deciding import Change, Finding, FindingCheck, FindingKind, Onset
from millwright.records.spec import FeedSpec

PLACES: Mapping[FindingCheck, str] = {
    "volume": "requests",
    "duplicates": "requests",
    "stale": "requests",
    "clock": "requests",
    "callers": "callers",
    "label_feed": "labels",
    "label_shift": "labels",
    "decay": "outcomes",
    "worse_than_before": "outcomes",
    "label_sample": "outcomes",
    "errors": "server",
    "latency": "server",
    "parity": "parity",
    "no_data": "no data",
    "older": "older",
}
"""Where a finding belongs that is about no column, or, of `older`, about no change of late."""

_OF_NO_COLUMN: frozenset[FindingCheck | None] = frozenset({"label_shift", "older"})
_OF_CELLS: frozenset[FindingCheck] = frozenset({"missing", "unseen", "range"})
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Part:
    """One column's part of a finding, or a finding about no column. place: the feed of the column, empty where it is not
    known; else where the finding belongs."""

    finding: Finding
    change: Change | None
    place: str
    onset: Onset

    @property
    def column(self) -> str:
        """The column, or nothing."""
        return self.change.column if self.change and self.finding.check not in _OF_NO_COLUMN else ""


Group = tuple[Part, ...]


def feed_of(column: str, feeds: Sequence[FeedSpec]) -> str:
    """The name of the first feed that a column comes from; nothing where none says so."""
    return next((feed.name for feed in feeds if any(fnmatchcase(column, pattern) for pattern in feed.columns)), "")


def groups_of(findings: Iterable[Finding], feeds: Sequence[FeedSpec] = ()) -> list[Group]:
    """The parts of the findings by cause."""
    parts = [part for finding in findings for part in _parts(finding, feeds)]
    late = [part for part in parts if _follows_in_labels(part)]
    buckets: dict[tuple[FindingKind, str], list[Part]] = {}
    for part in parts:
        if part not in late:
            buckets.setdefault((part.finding.kind, _bucket(part)), []).append(part)
    groups = [group for bucket in buckets.values() for group in _one_column_once(list(_of_one_moment(bucket)))]
    return _with_late(_after_faults(groups), late)


def when_of(group: Sequence[Part]) -> Onset:
    """When the cause of a group began: what its parts have in common, and where that is nothing, its first part's."""
    earliest, latest = max(part.onset.earliest for part in group), min(part.onset.latest for part in group)
    closest = min(group, key=lambda part: (part.onset.latest - part.onset.earliest, part.onset.start)).onset
    if earliest > latest:
        return min(group, key=lambda part: part.onset.latest).onset
    return Onset(start=min(max(closest.start, earliest), latest), earliest=earliest, latest=latest)


def meet(one: Onset, other: Onset) -> bool:
    """Whether both can have begun at the same moment."""
    return one.earliest <= other.latest and other.earliest <= one.latest


def _parts(finding: Finding, feeds: Sequence[FeedSpec]) -> Iterator[Part]:
    changes: Sequence[Change | None] = finding.changes or (None,)
    for change in changes:
        place = PLACES.get(finding.check) if finding.check else None
        if place is None:
            place = feed_of(change.column, feeds) if change and change.column else "requests"
        yield Part(finding, change, place, (change and change.onset) or _unknown(finding))


def _unknown(finding: Finding) -> Onset:
    """Where nothing tells when it began: in the first window that showed it."""
    length = finding.event_at - (finding.start or finding.since)
    latest = finding.event_at if finding.since == finding.start else min(finding.since + length, finding.event_at)
    return Onset(start=finding.since, earliest=finding.since, latest=max(latest, finding.since + _MICROSECOND))


def _bucket(part: Part) -> str:
    """Outcomes are one matter, and so is each thing of which there is no data; all else goes by its place."""
    if part.finding.check == "no_data" and part.change:
        return f"{part.place}: {part.change.unit}"
    return part.place


def _of_one_moment(parts: Sequence[Part]) -> Iterator[list[Part]]:
    left = sorted(parts, key=lambda part: (part.onset.latest, part.onset.earliest, part.column))
    while left:
        moment: datetime = left[0].onset.latest
        yield [part for part in left if part.onset.earliest <= moment]
        left = [part for part in left if part.onset.earliest > moment]


def _one_column_once(groups: Sequence[list[Part]]) -> list[Group]:
    """Groups that share a column are one."""
    found: list[list[Part]] = []
    for group in groups:
        columns = {part.column for part in group if part.column}
        same = [one for one in found if columns & {part.column for part in one}]
        found = [one for one in found if one not in same]
        found.append([part for one in (*same, group) for part in one])
    return [tuple(group) for group in found]


def _after_faults(groups: Sequence[Group]) -> list[Group]:
    """Other values of a column that a fault holds come from the fault; and so do cells that came empty, or with what was never
    there, in its feed and since its moment."""
    faults = [list(group) for group in groups if group[0].finding.kind == "data_fault"]
    others: list[Group] = []
    for group in groups:
        if group[0].finding.kind == "data_fault":
            continue
        rest: list[Part] = []
        for part in group:
            at_fault = next((fault for fault in faults if _comes_with(part, fault)), None)
            (rest if at_fault is None else at_fault).append(part)
        if rest:
            others.append(tuple(rest))
    return [*map(tuple, faults), *others]


def _comes_with(part: Part, fault: Sequence[Part]) -> bool:
    if not part.column or part.finding.kind != "covariate":
        return False
    if part.column in {other.column for other in fault}:
        return True
    dated = part.change is not None and part.change.onset is not None and part.finding.check in _OF_CELLS
    alike = any(other.column and other.place == part.place for other in fault)
    return dated and alike and meet(part.onset, when_of(fault))


def _follows_in_labels(part: Part) -> bool:
    """What labels say and something else may explain."""
    return part.finding.check == "decay" and part.finding.kind in ("data_fault", "label")


def _with_late(groups: Sequence[Group], late: Sequence[Part]) -> list[Group]:
    """Worse answers with what explains them: the heaviest fault of their time, or the outcomes; else alone."""
    found = list(groups)
    for part in late:
        kind = part.finding.kind
        fitting = [
            g
            for g in found
            if g[0].finding.kind == kind and when_of(g).earliest < part.finding.event_at and _of_inputs(g, kind)
        ]
        behind = max(fitting, key=_weight, default=None)
        if behind is None:
            found.append((part,))
        else:
            found[found.index(behind)] = (*behind, part)
    return found


def _of_inputs(group: Group, kind: FindingKind) -> bool:
    return kind == "label" or any(part.column for part in group)


def _weight(group: Group) -> float:
    return max(part.finding.weight or 0.0 for part in group)
