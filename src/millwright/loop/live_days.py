"""Live traffic as periods, for where the rows that a version learned from do not show what varies by itself.

Kept days, and for windows shorter than a day the windows looked at before: profiles that are there already, so no row is read.
Left out is what each look at it told of: days of a broken feed, or of a changed world, are no measure of what is usual.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count
from math import gcd
from pathlib import Path

from millwright.data.gathering import PERIOD
from millwright.data.profile import merge
from millwright.loop.kept_days import keeps_days, kept, reading_of, sealed_days
from millwright.loop.workshop import Workshop
from millwright.monitor.cycles import named
from millwright.monitor.inputs import Live
from millwright.predictions.layout import DAY, day_start
from millwright.records.codec import from_json
from millwright.records.data import Contract, PeriodProfile, Profile, SliceKey
from millwright.records.deciding import Finding
from millwright.records.traffic import KeptDay
from millwright.records.watching import Watched
from millwright.registry import findings as catalogue_findings
from millwright.registry import releases
from millwright.registry import watched as catalogue_watched

MOST_DAYS = timedelta(days=56)
"""How far back live traffic is a measure of what is usual."""
MOST_WINDOWS = 168
_SPAN = timedelta(days=7)
"""How much time windows shorter than a day must span, to show what hours and weekdays make of them."""
_LOOKS = 3_000
_INPUTS = ("missing", "unseen", "range", "unit", "constant", "drift", "slow_drift")


def live_before(shop: Workshop, contract: Contract, start: datetime, days: float) -> Live:
    """Live traffic before `start`, where a window of so many days begins. Raises Unavailable."""
    with shop.catalogue.read() as view:
        lately = start - MOST_DAYS
        looks = catalogue_watched.page(view, shop.project, limit=_LOOKS, since=lately)
        found = {finding.id: finding for finding in catalogue_findings.page(view, shop.project, limit=_LOOKS, since=lately)}
        release = releases.current(view, shop.project)
        begun = releases.since(view, shop.project, release.version) if release else None
    since = begun.event_at if begun else start
    if days >= 1 and shop.spec.watch.rows is None:
        return _days(shop, contract, start, looks, found, since)
    return _windows(shop, start, looks, found, since)


def _days(
    shop: Workshop,
    contract: Contract,
    start: datetime,
    looks: Sequence[Watched],
    found: dict[str, Finding],
    since: datetime,
) -> Live:
    reading, periods, newest = reading_of(shop, contract), [], 0
    if not keeps_days(reading):
        return Live(periods=())
    for day in sealed_days(reading, start - MOST_DAYS, start):
        begin = day_start(day)
        if begin + DAY > start or _is_marred(begin, begin + DAY, looks, found):
            continue
        path = kept(shop, reading, day)
        stat = path.stat()
        period = _period_of(path, stat.st_mtime_ns, stat.st_size)
        if period is not None:
            periods.append(period)
            newest += begin >= since
    return Live(periods=tuple(one.whole for one in periods), since=newest, slices=_by_slice(periods))


@lru_cache(maxsize=256)
def _period_of(path: Path, _changed: int, _size: int) -> "_Stretch | None":
    """A kept day as one period; None where nothing was asked."""
    found = from_json(KeptDay, path.read_bytes())
    return _period(found.day, [part.profile for part in found.parts]) if found.parts else None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A day or window: all of it, and by slice."""

    whole: PeriodProfile
    slices: Mapping[SliceKey, PeriodProfile]


def _period(name: str, profiles: Sequence[Profile]) -> _Stretch:
    whole = merge(*profiles, kept=PERIOD)
    slices = {s.key: PeriodProfile(period=name, rows=s.rows, columns=s.columns) for s in whole.slices}
    return _Stretch(PeriodProfile(period=name, rows=whole.rows, columns=whole.columns), slices)


def _by_slice(stretches: Sequence[_Stretch]) -> dict[SliceKey, tuple[PeriodProfile, ...]]:
    names = sorted({name for stretch in stretches for name in stretch.slices})
    return {name: tuple(stretch.slices[name] for stretch in stretches if name in stretch.slices) for name in names}


def _windows(shop: Workshop, start: datetime, looks: Sequence[Watched], found: dict[str, Finding], since: datetime) -> Live:
    """Earlier windows that do not overlap each other. Where they are many, at equal steps that meet all hours of a week."""
    apart = list(_apart(start, [look for look in looks if look.profile and not _harms(look, found)]))
    if not apart or apart[0].window.end - apart[-1].window.start < _SPAN:
        return Live(periods=(), what="live windows")
    length = sum((look.window.end - look.window.start for look in apart), timedelta()) / len(apart)
    taken = apart[:: every_nth(len(apart), length)][::-1]
    stretches = [_period(named(look.window.start, look.window.end), [_profile(shop, look)]) for look in taken]
    return Live(
        periods=tuple(one.whole for one in stretches),
        slices=_by_slice(stretches),
        length_days=length / DAY,
        since=sum(look.window.start >= since for look in taken),
        what="live windows",
    )


def every_nth(windows: int, length: timedelta) -> int:
    """Every how manieth of so many windows is taken, so that no hour of the week is met more often than others."""
    a_week = max(1, round(_SPAN / length))
    fewest = -(-windows // MOST_WINDOWS)
    return next(step for step in count(fewest) if gcd(step, a_week) == 1)


def _profile(shop: Workshop, look: Watched) -> Profile:
    assert look.profile is not None
    return from_json(Profile, shop.blobs.get(look.profile))


def _apart(start: datetime, looks: Sequence[Watched]) -> Iterator[Watched]:
    """The newest first, each before the one that was taken last."""
    until = start
    for look in looks:
        if look.window.end <= until:
            yield look
            until = look.window.start


def _is_marred(begin: datetime, end: datetime, looks: Sequence[Watched], found: dict[str, Finding]) -> bool:
    """Whether each look at a day told of something; a day that no look was at is not."""
    over = [look for look in looks if look.window.start <= begin and end <= look.window.end]
    return bool(over) and all(_harms(look, found) for look in over)


def _harms(look: Watched, found: dict[str, Finding]) -> bool:
    """Whether a look told of broken inputs, or of changed ones where it knew what varies by itself. Where it did not, what it
    took for a change may be what days do: to leave these out would leave the calm ones."""
    there = [found[finding] for finding in look.findings if finding in found]
    return any(one.check in _INPUTS and (one.kind == "data_fault" or look.beside != "rows") for one in there)
