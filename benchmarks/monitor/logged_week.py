"""A project whose log holds a week and a day of sealed days, of which the first week is one window."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sealed_log import make_log
from site_of_run import Site

from millwright.loop.calendar import last_end
from millwright.loop.opened import chosen_version, open_model
from millwright.predictions.window import Logs
from millwright.spec.write import write_spec
from millwright.stores.clock import SystemClock

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Week:
    """Where the project lies, and when the window of its first look ends."""

    folder: Path
    end: datetime


def make_week(site: Site, rows: int) -> Week:
    """`rows` in the first window, as many a day in the day after it."""
    folder = site.copy_of_flights("week")
    project = site.project(folder)
    spec = replace(project.spec, watch=replace(project.spec.watch, window="7d", every="1d"))
    project.path.write_text(write_spec(spec, {}))
    shop = project.workshop
    model = open_model(shop, chosen_version(shop, None))
    start = last_end(SystemClock().now(), 7 * DAY)
    site.say(f"a log of {rows:,} rows and of one day more")
    make_log(Logs.of(shop.home.root), model, start, start + 8 * DAY, rows * 8 // 7)
    return Week(folder, (start + 7 * DAY).astimezone(UTC))
