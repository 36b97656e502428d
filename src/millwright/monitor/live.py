"""What a window is held against where the rows that the version learned from do not show what varies from day to day.

Rows without a time, or of too few periods, say what a column was and not how it varies; and periods of weeks do not show how much
their days differ. Live days do, once there are enough of them. The window is then held against two things, each at half the
level: the live days before it, as it would be against periods of the reference; and all the rows learned from, which lend their
value, while the live days lend how much it varies. Nobody knows how many days those rows are from, so they count as one day.
"""

from collections.abc import Iterator
from dataclasses import replace

from millwright.monitor.inputs import Reference
from millwright.monitor.readings import FEWEST_PERIODS, Pace
from millwright.monitor.sides import whole_periods

FEWEST_DAYS = 14
"""Two of each day of the week: fewer days do not show what varies by itself."""
MOST_DAYS = 56
"""The newest live days that are used."""


def needs_days(reference: Reference, window_days: float) -> bool:
    """Whether a window of so many days is held against live days, where there are any."""
    if reference.independent:
        return False
    profile = reference.profile
    enough = len(whole_periods(profile.periods)) >= FEWEST_PERIODS
    return not enough or Pace.of(profile.grain, window_days).hides_cycles


def views(reference: Reference, window_days: float) -> tuple[Reference, ...]:
    """The reference, or, with live days enough, the two that take its place: all rows learned from, and the days alone."""
    days = len(reference.live.periods) if reference.live else 0
    if reference.live is None or days < FEWEST_DAYS or not needs_days(reference, window_days):
        return (reference,)
    return tuple(_views(reference, window_days, days))


def watched_over_time(reference: Reference, window_days: float) -> Reference:
    """The one of them that windows say together how they differ from."""
    return views(reference, window_days)[-1]


def _views(reference: Reference, window_days: float, days: int) -> Iterator[Reference]:
    assert reference.live is not None
    own = reference.profile
    if len(whole_periods(own.periods)) >= FEWEST_PERIODS:
        yield reference
    else:
        yield replace(
            reference,
            profile=replace(own, periods=reference.live.periods, grain=reference.live.grain),
            live_days=days,
            anchored=True,
        )
    contract = replace(reference.contract, zone="UTC")
    yield replace(reference, profile=reference.live, contract=contract, live_days=days)


def beside(reference: Reference) -> str:
    """What a window was held against, in words; empty where that needs no word."""
    if not reference.live_days:
        return ""
    days = f"{reference.live_days} live days"
    return f"all training rows, and how {days} varied" if reference.anchored else f"the {days} before"
