"""Sealing: finished segments become Parquet files, safely against a crash at any instant.

A segment is finished when its hour has passed and no living process holds its lock. The finished segments of an hour of the
current day become one file of that hour; once a day (of UTC) has passed, all its segments and its files of hours become one
file of the day. The Parquet file is written and synced first, then its manifest (from then on it counts, and what it
replaces does not), and only then is that deleted, and the emptied folders of hours with it. Run again after a crash, it goes
on from where it was. Rows that come for a day that is sealed become a further file of that day.
"""

import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from millwright.predictions.layout import DAY, HOUR, day_name, hour_start, hours, project_folder
from millwright.predictions.press import Press, remove_scratch
from millwright.predictions.seal_day import seal_day
from millwright.predictions.seal_hour import seal_hour
from millwright.predictions.sealed import Sealed, SealedDay
from millwright.predictions.tables import PREDICTIONS, Table

QUIET = timedelta(minutes=5)
"""How long after its end an hour or a day is left alone, for writers that are just finishing."""

PATIENCE = DAY
"""How long after its end a day waits for those that still write into it.

While one of its segments is held, each round would make another small file of the day, so the rows wait: they are read from
their segments as well. A day after its end nobody is just finishing any more: what is held then are late rows, as where
history is played, and these must not keep the day in pieces for as long as they come.
"""

LANES = 2
"""How many days are sealed at a time: while one waits for the disk, another is sorted."""


def seal(
    root: Path, project: str, now: datetime, *, table: Table = PREDICTIONS, quiet: timedelta = QUIET
) -> tuple[Sealed | SealedDay, ...]:
    """Seal every finished segment of a project under `root`; returns what was sealed in this round.

    `root` holds lines of `table`. Segments that a living process has open are left for another round, and so is a day
    that has just ended while one of its segments is open. Waits where another process is sealing the project. Raises
    Unavailable where the disk is full: then nothing is lost.
    """
    folder = project_folder(root, project)
    if not folder.is_dir():
        return ()
    with alone(folder):
        remove_scratch(folder)
        passed = [hour for hour in hours(root, project) if _start(hour) + HOUR + quiet <= now]
        days = [(day, list(found)) for day, found in groupby(passed, key=lambda hour: day_name(_start(hour)))]
        lanes = [_Lane(folder, table, at, days[at::LANES], now - quiet) for at in range(min(LANES, len(days)))]
        if len(lanes) == 1:
            return lanes[0].seal()
        with ThreadPoolExecutor(LANES, thread_name_prefix="seal") as pool:
            return tuple(sealed for lane in pool.map(_Lane.seal, lanes) for sealed in lane)


@dataclass(frozen=True, slots=True)
class _Lane:
    """Some days of a round, sealed one after the other beside those of the other lanes."""

    project: Path
    table: Table
    number: int
    days: list[tuple[str, list[Path]]]
    until: datetime

    def seal(self) -> tuple[Sealed | SealedDay, ...]:
        with Press(self.project, self.table, self.number) as press:
            return tuple(sealed for day, folders in self.days for sealed in _seal(press, day, folders, self.until))


def _seal(press: Press, day: str, folders: list[Path], until: datetime) -> Iterator[Sealed | SealedDay]:
    """Seal what is finished of one day, of which some hours have passed by `until`."""
    end = hour_start(f"{day}T00") + DAY
    if end <= until:
        whole = seal_day(press, day, folders, wait=until < end + PATIENCE)
        yield from (whole,) if whole else ()
        return
    for folder in folders:
        sealed = seal_hour(press, folder)
        yield from (sealed,) if sealed else ()


def _start(folder: Path) -> datetime:
    return hour_start(folder.name.removeprefix("hour="))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other sealers away from a project's folder. The lock ends with the process."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
