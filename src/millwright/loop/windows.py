"""Which windows are due, and where each begins: by time, by count or since the release."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from millwright.loop.calendar import Bounds, Count, due, filled, last_end
from millwright.loop.workshop import Workshop
from millwright.monitor.inputs import Observed
from millwright.predictions.arrivals import arrivals
from millwright.predictions.window import Logs
from millwright.records.spec import WatchSpec
from millwright.registry import releases
from millwright.registry import watched as catalogue_watched
from millwright.spec.durations import parse_duration

LOOKED_BACK = 60
"""Looks that are asked for how fast rows usually come."""


def windows_due(shop: Workshop) -> tuple[Bounds, ...]:
    """The windows that have ended and were not looked at, the oldest first. Raises Unavailable where the log is damaged."""
    watch, now = shop.spec.watch, shop.clock.now()
    looked, begun = looked_until(shop)
    count = count_of(watch)
    if count is None:
        return tuple(bounds_by_time(shop, end) for end in due(now, parse_duration(watch.every), looked, begun))
    until = max(looked or begun, begun)
    if until >= now:
        return ()
    found = filled(_arrived(shop, until, now), count, until, begun, now)
    if not found or count.every == count.rows:
        return found
    # only now, since a steward asks every half minute: what windows hold of the rows before
    return filled(_arrived(shop, max(until - count.longest, begun), now), count, until, begun, now)


def _arrived(shop: Workshop, since: datetime, now: datetime) -> NDArray[np.int64]:
    return arrivals(Logs.of(shop.home.root), shop.project, since, now)


def count_of(watch: WatchSpec) -> Count | None:
    """How windows end by count; None where they end by time alone."""
    if watch.rows is None:
        return None
    return Count(watch.rows, watch.every_rows or watch.rows, parse_duration(watch.window))


def bounds_by_time(shop: Workshop, end: datetime) -> Bounds:
    """The window by time that ends at `end`."""
    start = window_start(shop, end)
    return Bounds(start, end, max(start, end - parse_duration(shop.spec.watch.every)))


def window_start(shop: Workshop, end: datetime) -> datetime:
    """Where a window by time that ends at `end` begins. Of a cumulative one, where the live version was released."""
    watch = shop.spec.watch
    if not watch.cumulative:
        return end - parse_duration(watch.window)
    with shop.catalogue.read() as view:
        live = releases.current(view, shop.project)
        since = releases.since(view, shop.project, live.version) if live else None
    # what was released less than a step ago has the whole last step: a window is never shorter than that
    return min(since.event_at if since else end, end - parse_duration(watch.every))


def looked_until(shop: Workshop) -> tuple[datetime | None, datetime]:
    """The end of the newest window that was looked at, and when the first version went live."""
    with shop.catalogue.read() as view:
        newest = catalogue_watched.newest(view, shop.project)
        first = releases.numbered(view, shop.project, 1)
    return (newest.window.end if newest else None), first.event_at


def step_of(watch: WatchSpec, bounds: Bounds) -> timedelta:
    """What time a look takes its share of the alarm budget for: that since the last one. A window by count may spend as much of
    the budget as the time since the last one is of a quarter, however fast rows come."""
    return bounds.new if watch.rows is not None else parse_duration(watch.every)


def usual_steps(shop: Workshop, seen: Observed) -> tuple[timedelta, timedelta]:
    """How long windows that do not overlap are, and how often one of them ends; of windows by count the average so far."""
    watch = shop.spec.watch
    if watch.rows is None:
        every = parse_duration(watch.every)
        return (every if watch.cumulative else parse_duration(watch.window)), every
    with shop.catalogue.read() as view:
        looks = catalogue_watched.page(view, shop.project, limit=LOOKED_BACK)
    lengths = [look.window.end - look.window.start for look in looks]
    usual = sum(lengths, seen.end - seen.start) / (len(lengths) + 1)
    return usual, usual


def longest_step(watch: WatchSpec) -> timedelta:
    """The most time between the ends of two windows."""
    return parse_duration(watch.window if watch.rows is not None else watch.every)


def next_end(shop: Workshop) -> datetime:
    """When the next window ends at the latest."""
    step, now = longest_step(shop.spec.watch), shop.clock.now()
    if shop.spec.watch.rows is None:
        return last_end(now, step) + step
    with shop.catalogue.read() as view:
        newest = catalogue_watched.newest(view, shop.project)
    return max(newest.window.end + step if newest else now + step, now)
