"""What a look compares: what was asked in a window, and what the live version learnt and promised."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from numpy.typing import NDArray

from millwright.data.dates import wall_clock, zone_of
from millwright.data.profile import time_column
from millwright.evaluate.slices import importance_by_column
from millwright.loop.calendar import Bounds
from millwright.loop.callers import FEWEST_CALLERS, callers_of, judged_callers
from millwright.loop.came_true import CameTrue
from millwright.loop.kept_days import reading_of, window_profile
from millwright.loop.live_days import live_before
from millwright.loop.one_side import SAID
from millwright.loop.opened import Model
from millwright.loop.parity import COMPARED, parity_on
from millwright.loop.quality import maturity_of
from millwright.loop.serving import read_serving
from millwright.loop.side_by_side import hidden_features
from millwright.loop.watchable import limits
from millwright.loop.workshop import Workshop
from millwright.monitor.arrivals import arrivals_in
from millwright.monitor.inputs import Newest, Observed, Reference
from millwright.monitor.live import needs_live
from millwright.monitor.slices import sliced, unjudged, unjudged_callers, unsliced, with_callers
from millwright.predictions.arrivals import arrivals
from millwright.predictions.layout import DAY
from millwright.predictions.window import Logs, Wanted, counted_window
from millwright.records.data import ColumnProfile, ContractColumn, Profile
from millwright.records.traffic import Window
from millwright.records.watching import Arrivals, Parity, Serving
from millwright.registry import findings as catalogue_findings
from millwright.registry import releases
from millwright.registry import watched as catalogue_watched
from millwright.spec.durations import parse_duration

Array = NDArray[Any]

LOOKED_BACK = 60
"""Looks that are asked for what traffic is usual."""

ANSWERED_AGAIN, FEWEST_AGAIN = 2_000, 200
"""Logged answers that are given again in a week, to see whether they come out the same; and at a look that comes sooner."""

SHORTEST_RATE = timedelta(hours=1)
"""What comes in bursts has no rate of a moment: of a shorter time than this nobody says how many rows a day are usual."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was asked in a window. newest: how many rows of it came in the part that no window before it held. parity: gives
    whether requests are answered as they were, which is found out meanwhile where there is a process for that."""

    bounds: Bounds
    recent: Window
    newest: int
    profile: Profile | None
    parity: Callable[[], Parity]
    serving: Serving | None


def see(shop: Workshop, model: Model, bounds: Bounds) -> Seen:
    """The window that ended, how many of its rows came since the look before, the profile of its requests, and whether they
    are answered as they were. Its rows are counted and a sample is read; the profile comes from the days that are kept."""
    start, end = bounds.start, bounds.end
    recent, newest, asked = counted_window(
        Logs.of(shop.home.root),
        shop.project,
        start,
        end,
        as_of=shop.clock.now(),
        maturity=maturity_of(shop),
        wanted=Wanted(columns=COMPARED, sample=answered_again(bounds.new), newest=bounds.end - bounds.new),
    )
    parity = _parity(shop, model, recent, asked)
    name = f"{start:%Y-%m-%dT%H} to {end:%Y-%m-%dT%H}"
    profile = window_profile(shop, model.contract, start, end, name)
    return Seen(bounds, recent, newest, profile, parity, read_serving(shop))


def _parity(shop: Workshop, model: Model, recent: Window, asked: dict[str, Array]) -> Callable[[], Parity]:
    """Whether requests are answered as they were; by the process beside it is to be asked for after what it began before."""
    if shop.beside is None:
        found = parity_on(shop, recent, asked, opened=model)
        return lambda: found
    later = shop.beside.begin(parity_on, shop.clock.now(), recent, asked)
    return cache(lambda: later() or parity_on(shop, recent, asked, opened=model))


def answered_again(new: timedelta) -> int:
    """How many answers a look gives again when so much time has passed since the one before."""
    return min(ANSWERED_AGAIN, max(FEWEST_AGAIN, round(ANSWERED_AGAIN * (new / timedelta(days=7)))))


def compared(shop: Workshop, model: Model, seen: Seen) -> tuple[Reference, Observed]:
    """What the live version learned and promised, with live traffic where that has to show what varies, and the window."""
    reference, now = reference_of(model), observed(shop, model, seen)
    sliced_too = now.profile is not None and bool(now.profile.slices)
    if now.rows and (sliced_too or needs_live(reference, now.days)):
        live = live_before(shop, model.contract, seen.recent.start, now.days)
        reference = replace(reference, live=live)
    return reference, now


def observed(shop: Workshop, model: Model, seen: Seen) -> Observed:
    return Observed(
        project=shop.project,
        version=model.version.number,
        start=seen.recent.start,
        end=seen.recent.end,
        known_at=seen.recent.known_at,
        profile=seen.profile and with_callers(seen.profile, judged_callers(shop)),
        usual_per_day=_usual(shop, seen.bounds),
        newest=Newest(rows=seen.newest, days=seen.bounds.new.total_seconds() / 86_400),
        begun=begun(shop),
    )


def arrived(model: Model, seen: Seen) -> Arrivals | None:
    """How the rows of the window came; None without any."""
    if seen.profile is None:
        return None
    contract = model.payload.scorer.contract
    end = wall_clock(int(seen.recent.end.timestamp() * 1e6), zone_of(contract.zone))
    return arrivals_in(seen.profile, time_column(contract), end)


def begun(shop: Workshop) -> datetime:
    """The first release: before it nothing was asked."""
    with shop.catalogue.read() as view:
        return releases.numbered(view, shop.project, 1).event_at


def _usual(shop: Workshop, bounds: Bounds) -> float | None:
    """Rows a day lately, see `_rate_lately`, None before the first; of less than a day that is new, in the same hours of
    the day before or of the week before, the fewer of both: a night is no silence, and neither is a Sunday. That nothing came
    the day before may be this silence already; that nothing came a week before is usual. While a silence lasts that was told,
    it is what it was before."""
    if bounds.new < DAY:
        rates = [_rate_before(shop, bounds, back) for back in (DAY, 7 * DAY) if bounds.end - bounds.new - back >= begun(shop)]
        if rates:
            return min(filter(None, rates), default=0.0) if rates[-1] else 0.0
    with shop.catalogue.read() as view:
        looks = catalogue_watched.page(view, shop.project, limit=LOOKED_BACK)
        told = catalogue_findings.of_window(view, shop.project, looks[0].window.end) if looks else ()
    silent = min((finding.since for finding in told if finding.check == "volume"), default=None)
    before = [look.window for look in looks if silent is None or look.window.end <= silent]
    return _rate_lately(before or [look.window for look in looks])


def _rate_lately(windows: Sequence[Window]) -> float | None:
    """Rows a day from the newest window that had any back over as long a time as says something, by windows that do not
    overlap; None where there is no such time. windows: the newest first."""
    rows, start, end = 0, None, None
    for one in windows:
        if (end is None and not one.predictions) or (start is not None and one.end > start):
            continue
        rows, start, end = rows + one.predictions, one.start, end or one.end
        if end - start >= SHORTEST_RATE:
            return rows / ((end - start) / DAY)
    return None


def _rate_before(shop: Workshop, bounds: Bounds, back: timedelta) -> float:
    """Rows a day, so much time before what is new."""
    lasts = max(bounds.new, SHORTEST_RATE)
    start, last = bounds.end - lasts - back, bounds.end - back - timedelta.resolution
    return len(arrivals(Logs.of(shop.home.root), shop.project, start, last)) / (lasts / DAY)


def newest_part(shop: Workshop, model: Model, seen: Observed) -> Observed:
    """The part of a window that no window before it had, where windows are cumulative; else the window."""
    start = seen.end - parse_duration(shop.spec.watch.every)
    if not shop.spec.watch.cumulative or seen.start >= start:
        return seen
    profile = window_profile(
        shop, model.payload.scorer.contract, start, seen.end, f"{start:%Y-%m-%dT%H} to {seen.end:%Y-%m-%dT%H}"
    )
    return replace(seen, start=start, profile=profile)


def cannot(shop: Workshop, model: Model, seen: Seen, came: CameTrue) -> Iterator[str]:
    """What could not be watched in this look, and why."""
    spec = shop.spec
    if came.judged is not None and came.judged.one_sided is not None:
        yield SAID[came.judged.one_sided]
    if not came.ripe.labelled:
        due = seen.recent.end + maturity_of(shop)
        yield f"quality: no labels are complete yet; those of this window are due from {due:%Y-%m-%d}"
    yield from limits(spec)
    yield from (f"parity: {why}" for why in seen.parity().cannot)
    if seen.serving is None:
        yield "errors and latency: no server of this folder answered, or it was the first look"
    if hidden_features(shop, model):
        yield "other versions on the same rows: features are hidden in the log"


def unwatched_slices(shop: Workshop, model: Model, reference: Reference, seen: Observed) -> Iterator[str]:
    """Slices and callers that could not be looked at, and why."""
    names, slices = shop.spec.watch.slices, seen.profile.slices if seen.profile else ()
    if names:
        columns = reading_of(shop, model.contract).contract.columns
        yield from unsliced(names, columns)
        yield from unjudged(reference, slices, sliced(names, columns))
    callers = callers_of(shop)
    if len(callers) >= FEWEST_CALLERS:
        yield from unjudged_callers(reference, slices, callers)


def reference_of(model: Model) -> Reference:
    """What the live version was made from and promised. The contract knows every value that was there in training, too:
    what a retrain has learnt from is not unseen any more."""
    contract = model.payload.scorer.contract
    importance = dict(model.evaluation.importance)
    profiled = {column.name: column for column in model.profile.columns}
    by_column = importance_by_column(model.payload.scorer.plan, importance)
    shares = {c.name: by_column.get(c.name, 0.0) for c in contract.columns if c.role in ("feature", "time")}
    return Reference(
        profile=model.profile,
        contract=replace(contract, columns=tuple(_widened(c, profiled.get(c.name)) for c in contract.columns)),
        importance=shares,
        promised=model.evaluation.promised,
        promised_days=model.evaluation.blocks if model.evaluation.block == "day" else None,
        metric=model.evaluation.metric,
        positive=model.payload.info.positive,
    )


def _widened(column: ContractColumn, profile: ColumnProfile | None) -> ContractColumn:
    if profile is None:
        return column
    levels = column.levels
    if levels is not None:
        levels = tuple(dict.fromkeys((*levels, *(level for level, _ in profile.top))))
    low = min((v for v in (column.minimum, profile.minimum) if v is not None), default=None)
    high = max((v for v in (column.maximum, profile.maximum) if v is not None), default=None)
    return replace(
        column,
        levels=levels,
        minimum=None if column.minimum is None else low,
        maximum=None if column.maximum is None else high,
    )
