"""What is sealed and what is still open: the manifests beside sealed files say what each one replaces.

A sealed file counts only with its manifest, and a file that a manifest names no longer counts: the manifest appears whole
or not at all, so every row is read once whenever a sealer dies. Segments become files of an hour, and both become files of
a day; nothing goes the other way.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from millwright.predictions.layout import days, folder_day, hours, segment_names
from millwright.predictions.pruned import pruned_before
from millwright.records.codec import from_json
from millwright.records.record import record

SEALED = ".parquet"
MANIFEST = ".sealed.json"


@record
class Sealed:
    """One sealed Parquet file of an hour and the segments of that hour it replaces."""

    schema: Literal["millwright.sealed/1"] = "millwright.sealed/1"
    file: str
    digest: str
    rows: int
    segments: tuple[str, ...]
    torn_bytes: int = 0


@record
class SealedDay:
    """One sealed Parquet file of a day and what it replaces: segments, files of hours and their manifests.

    replaces: paths below the project's folder, such as hour=2013-06-01T12/w000-s000001-p0001.seg.
    """

    schema: Literal["millwright.sealed-day/1"] = "millwright.sealed-day/1"
    file: str
    digest: str
    rows: int
    replaces: tuple[str, ...]
    torn_bytes: int = 0


@record
class Files:
    """The files that hold the rows of some hours, each row once. A sealed day may hold rows of its other hours too."""

    sealed: tuple[Path, ...]
    open: tuple[Path, ...]


Manifest = TypeVar("Manifest", Sealed, SealedDay)


def manifests(folder: Path) -> tuple[Sealed, ...]:
    """The manifests of an hour's folder."""
    return tuple(_manifests(folder, Sealed))


def day_manifests(folder: Path) -> tuple[SealedDay, ...]:
    """The manifests of a day's folder; none where the day is not sealed."""
    return tuple(_manifests(folder, SealedDay)) if folder.is_dir() else ()


def manifest_name(file: str) -> str:
    """The name of the manifest of a sealed file."""
    return file.removesuffix(SEALED) + MANIFEST


def files_of(
    root: Path,
    project: str,
    since: datetime | None = None,
    until: datetime | None = None,
    only: frozenset[str] | None = None,
) -> Files:
    """The files to read for the rows of a project whose hours touch [since, until]. What was pruned is not among them.

    only: the days (2013-06-01) that are wanted; None: all.
    Hours are looked at before days: what a sealer took from an hour meanwhile is then in the manifest of its day. What it
    takes after our looking is gone when it is opened, which raises FileNotFoundError: look again.
    """
    begins = pruned_before(root, project)
    since = begins if begins and (since is None or since < begins) else since
    hourly = [folder for folder in hours(root, project, since, until) if only is None or folder_day(folder) in only]
    found = [_hour_files(folder) for folder in hourly]
    daily = [folder for folder in days(root, project, since, until) if only is None or folder_day(folder) in only]
    sealed = [(folder, manifest) for folder in daily for manifest in day_manifests(folder)]
    replaced = {name for _, manifest in sealed for name in manifest.replaces}
    return Files(
        sealed=tuple(folder / manifest.file for folder, manifest in sealed)
        + tuple(path for files in found for path in files.sealed if _below_project(path) not in replaced),
        open=tuple(path for files in found for path in files.open if _below_project(path) not in replaced),
    )


def _hour_files(folder: Path) -> Files:
    """Segments are looked for before manifests, for the same reason. A folder that is gone was emptied into its day."""
    try:
        segments = segment_names(folder)
        found = manifests(folder)
    except FileNotFoundError:
        return Files(sealed=(), open=())
    replaced = {name for manifest in found for name in manifest.segments}
    return Files(
        sealed=tuple(folder / manifest.file for manifest in found),
        open=tuple(folder / name for name in segments if name not in replaced),
    )


def _manifests(folder: Path, kind: type[Manifest]) -> Iterator[Manifest]:
    for name in sorted(name for name in os.listdir(folder) if name.endswith(MANIFEST)):
        with suppress(FileNotFoundError):  # replaced since we looked, by the manifest of its day
            yield from_json(kind, (folder / name).read_bytes())


def _below_project(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
