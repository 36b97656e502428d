"""What a window is held against where the rows that the version learned from do not show what varies by itself.

Rows without a time, or of too few periods, say what a column was and not how it varies; periods of weeks do not show how much
their days differ. Live traffic does, once there is enough of it. The window is then held against two things, each at half the
level: the live days before it, as it would be against periods of the reference; and all the rows learned from, which lend their
value, while the live days lend how much it varies. Nobody knows how many days those rows are from, so they count as one day.
Where windows are shorter than a day, earlier windows take the place of days.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from millwright.data.gathering import PERIOD
from millwright.data.profile import merge_columns
from millwright.monitor.cycles import is_part
from millwright.monitor.inputs import Live, Observed, Reference
from millwright.monitor.readings import FEWEST_PERIODS, Pace
from millwright.monitor.sides import whole_periods
from millwright.records.data import PeriodProfile, Profile, SliceKey

FEWEST = 14
"""Two of each day of the week: fewer days do not show what varies by itself."""


def needs_live(reference: Reference, window_days: float) -> bool:
    """Whether a window of so many days is held against live traffic, where there is any."""
    return not reference.independent and (
        not _has_history(reference) or Pace.of(reference.profile.grain, window_days).hides_cycles
    )


def views(reference: Reference, window_days: float) -> tuple[Reference, ...]:
    """The reference, or, with live traffic enough, what takes its place: all rows learned from and, last, the live periods
    since the version was released, where these are enough too."""
    return tuple(_views(reference)) if _has_live(reference, window_days) else (reference,)


def of_slice(reference: Reference, key: SliceKey) -> Reference | None:
    """The live periods of one slice, as a reference; None where they are too few."""
    live = reference.live
    periods = live.slices.get(key, ()) if live is not None else ()
    if live is None or len(periods) < FEWEST:
        return None
    return _lived(reference, live, periods)


def kind_of_null(reference: Reference, observed: Observed) -> Literal["periods", "live", "rows"]:
    """What says how much varies by itself: periods of the rows learned from, live traffic, or nothing but those rows."""
    history = _has_history(reference)
    if _has_live(reference, observed.days) and (not history or len(_since_release(reference)) >= FEWEST):
        return "live"
    return "periods" if history else "rows"


def beside(reference: Reference) -> str:
    """What a window was held against, in words; empty where that needs no word."""
    if not reference.lived or reference.live is None:
        return ""
    live = f"{len(reference.profile.periods)} {reference.live.what}"
    return f"all training rows at once, as far as {live} varied" if reference.anchored else f"the {live} before"


def _views(reference: Reference) -> Iterator[Reference]:
    live, own = reference.live, reference.profile
    assert live is not None
    yield (
        reference
        if _has_history(reference)
        else replace(reference, profile=replace(own, periods=live.periods, grain="day"), lived=live.length_days, anchored=True)
    )
    since = _since_release(reference)
    if len(since) >= FEWEST:
        yield _lived(reference, live, since)


def _has_live(reference: Reference, window_days: float) -> bool:
    live = reference.live
    return live is not None and len(live.periods) >= FEWEST and needs_live(reference, window_days)


def _since_release(reference: Reference) -> tuple[PeriodProfile, ...]:
    live = reference.live
    return () if live is None else live.periods[len(live.periods) - live.since :]


def _lived(reference: Reference, live: Live, periods: tuple[PeriodProfile, ...]) -> Reference:
    """Some live periods as a reference. Live days are days of UTC; windows say themselves when they were."""
    zone = reference.contract.zone if any(is_part(one.period) for one in periods) else "UTC"
    contract = replace(reference.contract, zone=zone)
    return replace(reference, profile=_of_all(periods), contract=contract, lived=live.length_days)


def _has_history(reference: Reference) -> bool:
    return len(whole_periods(reference.profile.periods)) >= FEWEST_PERIODS


def _of_all(periods: tuple[PeriodProfile, ...]) -> Profile:
    columns = merge_columns([period.columns for period in periods], PERIOD)
    return Profile(of="live", rows=sum(p.rows for p in periods), columns=columns, periods=periods, grain="day")
