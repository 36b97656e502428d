"""When what was found began: by the days that are kept, and for broken data by the hours around, read once when it is new."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from millwright.data.profile import merge
from millwright.loop.kept_days import SHORTEST_PART, reading_of, window_parts
from millwright.loop.workshop import Workshop
from millwright.monitor.dating import Slot, dated
from millwright.monitor.inputs import Observed, Reference
from millwright.monitor.live import of_slice
from millwright.monitor.sides import Sides, sides_of
from millwright.monitor.slices import name_of
from millwright.predictions.profiled import OF_PARTS, profile_tail
from millwright.records.data import Contract, Profile
from millwright.records.deciding import Change, Finding, Onset
from millwright.records.traffic import KeptPart

FURTHER_BACK = timedelta(days=14)
"""How much older traffic, at most, is laid beside a window, to see when it was still as before."""

DATED = frozenset({"missing", "unseen", "range", "unit", "constant", "drift"})
"""The checks whose changes the days can date."""

Key = tuple[int | None, str, str, str]
Beside = tuple[Sequence[Slot], Sequence[Sides]]
"""What a finding is dated by: what was asked slot by slot of its rows, and its columns beside what they were held against."""

AROUND = timedelta(hours=12)
MOST_HOURS = timedelta(days=4)
"""By the hour are read the days within which something broke, and half a day around; never more than so many."""


def date(
    shop: Workshop,
    contract: Contract,
    reference: Reference,
    observed: Observed,
    found: Sequence[Finding],
    previous: Sequence[Finding],
) -> tuple[Finding, ...]:
    """The findings with when each change began: as the look before said of what it had found, else read now."""
    known = {_key(finding, change): change for finding in previous for change in finding.changes}
    kept = tuple(_as_before(finding, known) for finding in found)
    new = {_key(finding, change) for finding in kept for change in finding.changes if change.check in DATED} - known.keys()
    if not new or observed.profile is None:
        return kept
    columns = {change.column for finding in kept for change in finding.changes if _key(finding, change) in new}
    further = observed.start - min(observed.end - observed.start, FURTHER_BACK)
    parts = window_parts(shop, contract, further, observed.end)
    beside: dict[str, Beside] = {
        name: (_slots(parts, columns, name), [one for one in _sides(reference, observed, name) if one.rule.name in columns])
        for name in dict.fromkeys(finding.slice for finding in kept)
    }
    return tuple(_dated(shop, contract, finding, new, beside[finding.slice]) for finding in kept)


def _key(finding: Finding, change: Change) -> Key:
    return finding.version, change.check, change.column, finding.slice


def _sides(reference: Reference, observed: Observed, name: str) -> Sequence[Sides]:
    """The columns of the whole, or of a slice, beside what these were held against."""
    assert observed.profile is not None
    if not name:
        return list(sides_of(reference, observed.profile, observed.days))
    one = next((one for one in observed.profile.slices if name_of(one) == name), None)
    own = of_slice(reference, one.key) if one is not None else None
    return list(sides_of(own, _of(observed.profile, name), observed.days)) if own is not None else []


def _of(profile: Profile, name: str) -> Profile:
    """The profile of a slice by its name, or the whole where that is empty."""
    if not name:
        return profile
    one = next((one for one in profile.slices if name_of(one) == name), None)
    return Profile(of=name, rows=one.rows if one else 0, columns=one.columns if one else ())


def _as_before(finding: Finding, known: dict[Key, Change]) -> Finding:
    """With the onsets that are known from the look before; what it found and could not date is not read for again."""
    return replace(finding, changes=tuple(_with(change, known.get(_key(finding, change))) for change in finding.changes))


def _with(change: Change, earlier: Change | None) -> Change:
    if earlier is None or change.onset is not None or change.check not in DATED:
        return change
    return replace(change, onset=earlier.onset)


def _dated(shop: Workshop, contract: Contract, finding: Finding, new: Set[Key], beside: Beside) -> Finding:
    """Of each change that is new."""
    slots, sides = beside
    fresh = {change.column for change in finding.changes if _key(finding, change) in new}
    if not fresh:
        return finding
    by_days = dated(finding, slots, sides)
    span = _to_read(change.onset for change in by_days.changes if change.column in fresh)
    if finding.kind != "data_fault" or span is None or _are_hours(slots):
        return _only(finding, by_days, fresh)
    hours = _slots(_hours(shop, contract, fresh, span, sliced=bool(finding.slice)), fresh, finding.slice)
    by_hours = dated(finding, hours, sides)
    return _only(finding, replace(by_days, changes=tuple(map(_finer, by_days.changes, by_hours.changes))), fresh)


def _only(finding: Finding, now: Finding, fresh: set[str]) -> Finding:
    pairs = zip(finding.changes, now.changes, strict=True)
    return replace(finding, changes=tuple(new if old.column in fresh else old for old, new in pairs))


def _finer(by_days: Change, by_hours: Change) -> Change:
    """By the hours, where these say it closer."""
    days, hours = by_days.onset, by_hours.onset
    closer = hours is not None and (days is None or hours.latest - hours.earliest < days.latest - days.earliest)
    return by_hours if closer else by_days


def _to_read(onsets: Iterable[Onset | None]) -> tuple[datetime, datetime] | None:
    there = [onset for onset in onsets if onset is not None]
    if not there:
        return None
    start, end = min(o.earliest for o in there) - AROUND, max(o.latest for o in there) + AROUND
    return (start, end) if end - start <= MOST_HOURS else None


def _hours(
    shop: Workshop, contract: Contract, columns: set[str], span: tuple[datetime, datetime], *, sliced: bool
) -> list[KeptPart]:
    """What was asked hour by hour, of some columns; by slice too, where that is wanted."""
    whole = reading_of(shop, contract)
    reading = whole if sliced else replace(whole, slices=(), callers=())
    names = columns | {name for name, _ in reading.slices}
    few = tuple(column for column in reading.contract.columns if column.name in names or column.role != "feature")
    hourly = replace(reading, contract=replace(reading.contract, columns=few), part=SHORTEST_PART)
    return profile_tail(hourly, *span, frozenset())


def _are_hours(slots: Sequence[Slot]) -> bool:
    return any(slot.end - slot.start <= SHORTEST_PART for slot in slots)


def _slots(parts: Iterable[KeptPart], columns: set[str], name: str = "") -> list[Slot]:
    """Parts of the same time, by whoever answered, as one; with some columns alone, of the whole or of a slice by its name."""
    ordered = sorted(parts, key=lambda part: part.start)
    return [_slot(list(same), columns, name) for _, same in groupby(ordered, key=lambda part: part.start)]


def _slot(same: Sequence[KeptPart], columns: set[str], name: str) -> Slot:
    wholes = [_of(part.profile, name) for part in same]
    profiles = [replace(one, columns=tuple(c for c in one.columns if c.name in columns)) for one in wholes]
    whole = profiles[0] if len(profiles) == 1 else merge(*profiles, kept=OF_PARTS)
    return Slot(same[0].start, same[0].end, whole)
