"""Of what a look has no data though it should have some, and since when."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from millwright.loop.came_true import CameTrue
from millwright.loop.quality import maturity_of
from millwright.loop.seeing import Seen, begun
from millwright.loop.workshop import Workshop
from millwright.monitor.found import Scene
from millwright.monitor.no_data import Absent, no_data
from millwright.records.deciding import Finding
from millwright.records.traffic import Window
from millwright.records.watching import Watched
from millwright.spec.durations import parse_duration

_SAYS_AS_MUCH = {"volume": "requests", "label_feed": "labels"}
"""Findings that say already of what there is no data."""


def not_there(
    shop: Workshop, seen: Seen, came: CameTrue, looks: Sequence[Watched], found: Sequence[Finding], scene: Scene
) -> Iterator[Finding]:
    """A finding for each thing of which there has been no data for too long, where none of those `found` says as much."""
    told = {_SAYS_AS_MUCH.get(finding.check or "") for finding in found}
    missing = (one for one in absent(shop, seen, came.ripe, looks, begun(shop)) if one.what not in told)
    yield from no_data(missing, deadline_of(shop), scene)


def deadline_of(shop: Workshop) -> timedelta:
    """How long there may be no data of something before that is a finding."""
    return parse_duration(shop.spec.watch.no_data or shop.spec.watch.window)


def absent(shop: Workshop, seen: Seen, ripe: Window, looks: Sequence[Watched], released: datetime) -> Iterator[Absent]:
    """What this look has no data of. ripe: of predictions that should have a label; looks: those before, the newest first;
    released: when the first version was."""
    if not seen.recent.predictions:
        since = _last(looks, lambda look: look.window.event_at if look.window.predictions else None)
        yield Absent("requests", since or released, "nothing was asked, so nothing is watched")
    else:
        yield from _of_answers(seen, looks, released)
    if ripe.predictions and not ripe.labelled:
        since = _last(looks, lambda look: look.quality.window.end if look.quality and look.quality.window.labelled else None)
        waits = f"none of {ripe.predictions:,} predictions that should have one does, so no quality is known"
        yield Absent("labels", since or released + maturity_of(shop), waits)
    server = _last(looks, lambda look: look.serving.end if look.serving else None)
    if seen.serving is None and server is not None:
        yield Absent("answer of the server", server, "errors and latency are not watched")


def _of_answers(seen: Seen, looks: Sequence[Watched], released: datetime) -> Iterator[Absent]:
    if seen.profile is None:
        since = _last(looks, lambda look: look.window.end if look.profile else None)
        yield Absent("profile", since or released, "no column of the requests is watched")
    if not seen.parity().rows:
        since = _last(looks, lambda look: look.window.end if look.parity and look.parity.rows else None)
        why = f" ({seen.parity().cannot[0]})" if seen.parity().cannot else ""
        yield Absent("answer given again", since or released, f"whether the log still comes out the same is not watched{why}")


def _last(looks: Sequence[Watched], moment: Callable[[Watched], datetime | None]) -> datetime | None:
    """When there was data last."""
    return next((at for look in looks if (at := moment(look)) is not None), None)
