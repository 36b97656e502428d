"""Rows that come after the look at the window they belong to: the window is amended, and says so.

An offline worker sends its hours at night, a queue is emptied late: profile and counts of the window then take these rows
in. What was found in it stands: a window is tested once. Late rows are tested in every later window that holds their time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from millwright.loop.calendar import EPOCH, MOST_AT_ONCE
from millwright.loop.kept_days import window_profile
from millwright.loop.opened import open_model
from millwright.loop.stewardship import Hand
from millwright.loop.workshop import Workshop
from millwright.predictions.arrivals import arrivals
from millwright.predictions.window import Logs
from millwright.records.codec import to_json
from millwright.records.watching import Watched
from millwright.registry import versions
from millwright.registry import watched as catalogue_watched

LATE_FOR = timedelta(days=14)
"""How long after its end a window is amended."""


def amend_windows(shop: Workshop, hand: Hand) -> tuple[Watched, ...]:
    """Amend the newest windows of which more rows are there now than when they were looked at, the oldest first; returns them.

    Raises Conflict where another acts now, Unavailable where the log is damaged.
    """
    now = shop.clock.now()
    with shop.catalogue.read() as view:
        looks = catalogue_watched.page(view, shop.project, limit=MOST_AT_ONCE)
    lately = [look for look in looks if look.window.end >= now - LATE_FOR and look.window.begins is None][::-1]
    return tuple(_amended(shop, hand, lately, now)) if lately else ()


def _amended(shop: Workshop, hand: Hand, looks: Sequence[Watched], now: datetime) -> Iterator[Watched]:
    moments = arrivals(Logs.of(shop.home.root), shop.project, min(look.window.start for look in looks), now)
    for look in looks:
        ends = [(at - EPOCH) // timedelta(microseconds=1) for at in (look.window.start, look.window.end)]
        first, last = np.searchsorted(moments, ends).tolist()
        if last - first > look.window.predictions:
            yield _entered(shop, hand, look, last - first)


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
