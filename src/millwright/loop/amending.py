"""Rows that come after the look at the window they belong to: the window is amended, and says so.

An offline worker sends its hours at night, a queue is emptied late: profile and counts of the window then take these rows
in. What was found in it stands: a window is tested once. Late rows are tested in every later window that holds their time.
The rows of a window are counted again where a file of its days is new or has grown since this process counted them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from millwright.loop.calendar import EPOCH, MOST_AT_ONCE, Bounds
from millwright.loop.kept_days import window_profile
from millwright.loop.opened import open_model
from millwright.loop.stewardship import Hand
from millwright.loop.workshop import Workshop
from millwright.predictions.arrivals import arrivals
from millwright.predictions.layout import day_name, folder_day
from millwright.predictions.of_record import IDEMPOTENT_FOR
from millwright.predictions.sealed import files_of
from millwright.predictions.window import Logs
from millwright.records.codec import to_json
from millwright.records.watching import Watched
from millwright.registry import versions
from millwright.registry import watched as catalogue_watched

LATE_FOR = timedelta(days=14)
"""How long after its end a window is amended."""

Span = tuple[datetime, datetime]
Lies = frozenset[tuple[Path, int]]
"""Files, and how large they were."""


def amend_windows(shop: Workshop, hand: Hand, due: Sequence[Bounds]) -> tuple[Watched, ...]:
    """Amend the newest windows of which more rows are there now than when they were looked at, the oldest first; returns them.

    due: windows that are looked at now, and so counted, right after this. Raises Conflict where another acts now, Unavailable
    where the log is damaged.
    """
    now = shop.clock.now()
    with shop.catalogue.read() as view:
        looks = catalogue_watched.page(view, shop.project, limit=MOST_AT_ONCE)
    lately = [look for look in looks if look.window.end >= now - LATE_FOR and look.window.begins is None][::-1]
    spans = [*((look.window.start, look.window.end) for look in lately), *((bounds.start, bounds.end) for bounds in due)]
    lie = _lie(shop, spans)
    counted = _counted(Logs.of(shop.home.root), shop.project)
    changed = [look for look in lately if counted.get(span := (look.window.start, look.window.end)) != lie[span]]
    amended = tuple(_amended(shop, hand, changed, now)) if changed else ()
    counted.clear()
    counted.update(lie)
    return amended


def _amended(shop: Workshop, hand: Hand, looks: Sequence[Watched], now: datetime) -> Iterator[Watched]:
    moments = arrivals(Logs.of(shop.home.root), shop.project, min(look.window.start for look in looks), now)
    for look in looks:
        ends = [(at - EPOCH) // timedelta(microseconds=1) for at in (look.window.start, look.window.end)]
        begin, end = np.searchsorted(moments, ends).tolist()
        if end - begin > look.window.predictions:
            yield _entered(shop, hand, look, end - begin)


@lru_cache(maxsize=64)
def _counted(_logs: Logs, _project: str) -> dict[Span, Lies]:
    """The files that the rows of each window lay in when this process counted them last."""
    return {}


def _lie(shop: Workshop, spans: Sequence[Span]) -> dict[Span, Lies]:
    """The files of the days of each window, and of the day before, where what is asked again may have been answered."""
    if not spans:
        return {}
    first, last = min(start for start, _ in spans) - IDEMPOTENT_FOR, max(end for _, end in spans)
    found = files_of(Logs.of(shop.home.root).predictions, shop.project, first, last)
    days: dict[str, set[tuple[Path, int]]] = {}
    for path in (*found.sealed, *found.open):
        with suppress(FileNotFoundError):  # sealed meanwhile: then the file it went into is new, and counted
            days.setdefault(folder_day(path.parent), set()).add((path, path.stat().st_size))
    return {span: _of_days(days, *span) for span in spans}


def _of_days(days: Mapping[str, set[tuple[Path, int]]], start: datetime, end: datetime) -> Lies:
    first, last = day_name(start - IDEMPOTENT_FOR), day_name(end - datetime.resolution)
    return frozenset(file for day, found in days.items() if first <= day <= last for file in found)


def _entered(shop: Workshop, hand: Hand, look: Watched, rows: int) -> Watched:
    with shop.catalogue.read() as view:
        model = open_model(shop, versions.numbered(view, shop.project, look.version))
    window, now = look.window, shop.clock.now()
    name = f"{window.start:%Y-%m-%dT%H} to {window.end:%Y-%m-%dT%H}"
    profile = window_profile(shop, model.contract, window.start, window.end, name)
    amended = replace(
        look,
        window=replace(window, predictions=rows),
        profile=shop.blobs.put(to_json(profile)) if profile else None,
        late_rows=look.late_rows + rows - window.predictions,
        amended_at=now,
    )
    with shop.catalogue.write() as tx:
        hand.check(tx)
        catalogue_watched.amend(tx, amended)
    return amended
