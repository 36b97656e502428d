"""How rows arrive: the same ones again, with times that stand still, or with times that have not come yet."""

from collections.abc import Callable, Sequence
from datetime import datetime
from statistics import median
from typing import Literal

from millwright.data.copies import counted
from millwright.data.sketch import quantile
from millwright.monitor.found import Scene, of_the_model
from millwright.monitor.readings import FEWEST_PERIODS
from millwright.monitor.rises import Share, rise
from millwright.monitor.words import number, percent
from millwright.records.data import Profile
from millwright.records.deciding import Change, Finding
from millwright.records.watching import Arrivals

FEWEST_ROWS = 20
_COPIES, _FUTURE = (0.05, 0.2), (0.01, 0.05)
_FEWEST = 5
_LATE, _LATE_DAYS = 3.0, 1.0
_NEWEST, _FRESH = 0.99, 0.02
_MICROSECONDS_A_DAY = 86_400e6

Measure = Callable[[Arrivals], Share]


def arrivals_in(profile: Profile, time: str | None, end: float | None) -> Arrivals:
    """How the rows of a window came. time: the column that says when they happened; end: of the window, by its clock, in
    microseconds since 1970."""
    sampled, copies = counted(profile.copies)
    column = next((one for one in profile.columns if one.name == time), None)
    newest = quantile(column.sketch, _NEWEST) if column else None
    return Arrivals(
        rows=profile.rows,
        sampled=sampled,
        copies=copies,
        future=column.times.future if column and column.times else None,
        lag=None if newest is None or end is None else (end - newest) / _MICROSECONDS_A_DAY,
    )


def duplicates(now: Arrivals, earlier: Sequence[Arrivals], scene: Scene, level: float) -> Finding | None:
    """More rows than before are exact copies of another row of the window."""
    return _rise("duplicates", now, earlier, scene, level)


def clock(now: Arrivals, earlier: Sequence[Arrivals], scene: Scene, level: float) -> Finding | None:
    """More rows than before had not happened yet on the day when they were asked: a clock, or a time zone, is wrong."""
    return _rise("clock", now, earlier, scene, level)


def stale(now: Arrivals, earlier: Sequence[Arrivals], scene: Scene, fresh: int) -> Finding | None:
    """Rows come, but the newest of their times lies much further back than it ever did. No test: it may not be near it.

    fresh: rows since the look before. Where hardly any come the times stand still by that, and silence is told elsewhere.
    """
    lags = [one.lag for one in earlier if one.lag is not None]
    if now.lag is None or now.rows < FEWEST_ROWS or len(lags) < FEWEST_PERIODS or fresh < max(_FEWEST, _FRESH * now.rows):
        return None
    usual = max(lags)
    if now.lag < usual + _LATE_DAYS or now.lag - median(lags) < _LATE * (usual - min(lags)):
        return None
    change = Change(column="", check="stale", was=usual, now=now.lag, unit="days behind", effect=now.lag - usual)
    said = (
        f"rows come, but their times lag behind: the newest by {number(now.lag)} days, {number(max(usual, 0.0))} before at most"
    )
    return of_the_model("data_fault", change, said, scene)


def _rise(
    check: Literal["duplicates", "clock"], now: Arrivals, earlier: Sequence[Arrivals], scene: Scene, level: float
) -> Finding | None:
    measure = _MEASURES[check]
    found = rise(measure(now), [measure(one) for one in earlier], _LARGE[check], level)
    if found is None or measure(now).rows * found.now < _FEWEST or now.rows < FEWEST_ROWS:
        return None
    what, unit = _WORDS[check]
    change = Change(
        column="",
        check=check,
        was=100 * found.was,
        now=100 * found.now,
        unit=f"% {unit}",
        effect=100 * (found.now - found.was),
        evidence=found.evidence.size,
        limit=found.evidence.limit,
    )
    return of_the_model("data_fault", change, f"{what}: {percent(found.now)} of the rows, {percent(found.was)} before", scene)


def _copied(one: Arrivals) -> Share:
    return Share(one.copies / one.sampled if one.sampled else 0.0, one.sampled)


def _not_yet(one: Arrivals) -> Share:
    return Share((one.future or 0) / one.rows if one.rows else 0.0, 0 if one.future is None else one.rows)


_MEASURES: dict[str, Measure] = {"duplicates": _copied, "clock": _not_yet}
_LARGE = {"duplicates": _COPIES, "clock": _FUTURE}
_WORDS = {
    "duplicates": ("the same rows come again", "copies of another row"),
    "clock": ("rows come before their time", "of a later day"),
}


def before(scene: Scene, check: str, looks: Sequence[tuple[datetime, Arrivals]]) -> list[Arrivals]:
    """The looks before the one that first saw a change of this kind, by the ends of their windows: what is found goes on being
    held against what was before it."""
    since = min((f.since for f in scene.previous if f.check == check and f.version == scene.version), default=None)
    first = None if since is None else since + (scene.end - scene.start)
    return [one for end, one in looks if first is None or end < first]
