"""Profiles of the log's sealed days, kept so that a look reads no row twice.

A kept day names the sealed files whose rows are in it. Day files are never replaced: further rows of a day are a further file,
which is read alone and put in, and the day says so. Whatever no kept day holds is read from its rows. A day is kept for
one way of reading requests; with another contract it is read anew. Written whole or not at all, under a name that follows
from what it was made of: a look that is killed before has lost nothing but its time.
"""

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import gcd
from pathlib import Path

import msgspec

from millwright.data.profile import merge
from millwright.loop.callers import profiled_callers
from millwright.loop.side_by_side import hidden_names
from millwright.loop.workshop import Workshop
from millwright.monitor.slices import sliced
from millwright.predictions.layout import DAY, day_name, day_start, days, folder_day, project_folder
from millwright.predictions.profiled import OF_PARTS, Reading, profile_files, profile_tail
from millwright.predictions.pruned import pruned_before
from millwright.predictions.sealed import day_manifests
from millwright.predictions.window import Logs
from millwright.records.codec import digest_of, from_json, to_json
from millwright.records.data import Contract, ContractColumn, Profile
from millwright.records.traffic import KeptDay, KeptPart
from millwright.spec.durations import parse_duration
from millwright.stores.durable import write_atomic

SHORTEST_PART = timedelta(hours=1)
"""Where looks begin and end at finer steps, days are not kept: each would be in too many pieces."""


def window_profile(shop: Workshop, contract: Contract, start: datetime, end: datetime, name: str) -> Profile | None:
    """The profile of what was asked in [start, end); None where that was nothing. By the window as a whole: it is one period.

    contract: of the version that is live. Days that are sealed and not kept yet are, on the way. Raises Unavailable.
    """
    kept, parts = _parts(shop, reading_of(shop, contract), start, end)
    if not parts:
        return None
    amended = [day.amended_at for day in kept if day.amended_at is not None]
    whole = merge(*(part.profile for part in parts), of=name)
    return replace(whole, late_rows=sum(day.late_rows for day in kept), amended_at=max(amended, default=None))


def window_parts(shop: Workshop, contract: Contract, start: datetime, end: datetime) -> list[KeptPart]:
    """What was asked in [start, end) in the parts that days are kept in, in order of time. Raises Unavailable."""
    return sorted(_parts(shop, reading_of(shop, contract), start, end)[1], key=lambda part: part.start)


def _parts(shop: Workshop, reading: Reading, start: datetime, end: datetime) -> tuple[list[KeptDay], list[KeptPart]]:
    """The kept days of [start, end), and all its parts."""
    kept = [keep_day(shop, reading, day) for day in sealed_days(reading, start, end)] if keeps_days(reading) else []
    inside = [part for day in kept for part in day.parts if start <= part.start and part.end <= end]
    rest = profile_tail(reading, start, end, frozenset(file for day in kept for file in day.files))
    return kept, [*inside, *rest]


def reading_of(shop: Workshop, contract: Contract) -> Reading:
    """How a look of this project reads requests."""
    hidden = hidden_names(shop)
    columns = tuple(_as_logged(column, hidden) for column in contract.columns)
    return Reading(
        logs=Logs.of(shop.home.root),
        project=shop.project,
        contract=replace(contract, columns=columns),
        part=_part(parse_duration(shop.spec.watch.window), parse_duration(shop.spec.watch.every)),
        as_of=shop.clock.now(),
        keeps=shop.spec.watch.rows is None,
        slices=sliced(shop.spec.watch.slices, columns),
        callers=profiled_callers(shop),
    )


def keep_day(shop: Workshop, reading: Reading, day: str) -> KeptDay:
    """The profile of a sealed day: as it is kept, or made now and kept. Raises Unavailable."""
    path = kept_path(shop, reading, day)
    files = tuple(manifest.file for manifest in day_manifests(_folder(reading, day)))
    kept = _read(path)
    if kept is not None and set(kept.files) == set(files):
        return kept
    if kept is not None and set(kept.files) < set(files):
        made = _amended(kept, _made(reading, day, tuple(file for file in files if file not in kept.files)), reading.as_of)
    else:
        made = _made(reading, day, files)
    write_atomic(path, to_json(made))
    return made


def kept(shop: Workshop, reading: Reading, day: str) -> Path:
    """Where the profile of a sealed day is kept, after it was brought up to date. Raises Unavailable."""
    path, files = kept_path(shop, reading, day), frozenset(m.file for m in day_manifests(_folder(reading, day)))
    if not path.exists() or _files_of(path, path.stat().st_mtime_ns) != files:
        keep_day(shop, reading, day)
    return path


@lru_cache(maxsize=1024)
def _files_of(path: Path, _changed: int) -> frozenset[str] | None:
    """The sealed files whose rows a kept day holds; None where it cannot be read."""
    found = _read(path)
    return None if found is None else frozenset(found.files)


def drop_pruned(shop: Workshop) -> None:
    """Delete the profiles of days that were deleted from the log."""
    begins = pruned_before(Logs.of(shop.home.root).predictions, shop.project)
    if begins is None:
        return
    for folder in days(shop.home.profiles, shop.project, until=begins - timedelta(microseconds=1)):
        shutil.rmtree(folder, ignore_errors=True)


def _as_logged(column: ContractColumn, hidden: frozenset[str]) -> ContractColumn:
    """A column as the log holds it: levels of personal data are hashed there already, as in the reference; what else is
    hidden cannot be compared, and is left out."""
    if column.role != "feature" or column.name not in hidden:
        return column
    hashed_alike = column.kind == "category" and column.pii
    return replace(column, pii=False) if hashed_alike else replace(column, role="ignored")


def _part(window: timedelta, every: timedelta) -> timedelta:
    """The longest part of a day at whose ends all windows begin and end."""
    second = timedelta(seconds=1)
    return timedelta(seconds=gcd(DAY // second, window // second, every // second))


def keeps_days(reading: Reading) -> bool:
    """Whether days are kept for this way of reading."""
    return reading.keeps and reading.part >= SHORTEST_PART


def sealed_days(reading: Reading, start: datetime, end: datetime) -> list[str]:
    """The sealed days of which the window has some, and that had ended when it is looked at."""
    found = days(reading.logs.predictions, reading.project, start, end - timedelta(microseconds=1))
    begins = pruned_before(reading.logs.predictions, reading.project) or start
    names = [folder_day(folder) for folder in found if day_manifests(folder)]
    return [day for day in names if day_start(day) + DAY <= reading.as_of and day >= day_name(begins)]


def _made(reading: Reading, day: str, files: tuple[str, ...]) -> KeptDay:
    start = day_start(day)
    parts = profile_files(reading, start, start + DAY, [_folder(reading, day) / file for file in files])
    rows = sum(part.profile.rows for part in parts)
    return KeptDay(project=reading.project, day=day, reading=_digest(reading), files=files, rows=rows, parts=tuple(parts))


def _amended(kept: KeptDay, late: KeptDay, at: datetime) -> KeptDay:
    """The day with the rows that came after it was kept."""
    by_part: dict[tuple[datetime, str], list[KeptPart]] = {}
    for part in (*kept.parts, *late.parts):
        by_part.setdefault((part.start, part.payload_digest), []).append(part)
    parts = [replace(same[0], profile=merge(*(part.profile for part in same), kept=OF_PARTS)) for same in by_part.values()]
    return replace(
        kept,
        files=(*kept.files, *late.files),
        rows=kept.rows + late.rows,
        parts=tuple(sorted(parts, key=lambda part: (part.start, part.payload_digest))),
        late_rows=kept.late_rows + late.rows,
        amended_at=at,
    )


def _read(path: Path) -> KeptDay | None:
    """What is kept there; None where nothing is, or what is cannot be read: then it is made again."""
    try:
        return from_json(KeptDay, path.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _folder(reading: Reading, day: str) -> Path:
    return project_folder(reading.logs.predictions, reading.project) / f"day={day}"


def kept_path(shop: Workshop, reading: Reading, day: str) -> Path:
    """Where a day is kept."""
    return project_folder(shop.home.profiles, shop.project) / f"day={day}" / f"{_digest(reading)[:16]}.json"


def _digest(reading: Reading) -> str:
    """What a profile depends on besides the rows: what a contract allows is not part of it, nor are the names of callers. One
    that is new asked nothing on the days that are kept, so these stand."""
    shown = [column for column in reading.contract.columns if column.role in ("feature", "time")]
    read = [(column.name, column.kind, column.date_format, column.pii) for column in shown]
    slices = [reading.slices] if reading.slices else []
    callers = ["by caller"] if reading.callers else []
    kept_as = ["millwright.kept-day/1", "with copies", read, reading.contract.zone, reading.part.total_seconds()]
    return digest_of([*kept_as, *slices, *callers])
