"""Sealing one day that has passed: its segments and its files of hours become one Parquet file in the day's folder."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from millwright.predictions.drop import drop, drop_folders
from millwright.predictions.layout import OPENING, segment_names
from millwright.predictions.press import Press
from millwright.predictions.seal_hour import clean_hour, part_name, remove_litter
from millwright.predictions.sealed import Sealed, SealedDay, day_manifests, manifest_name, manifests
from millwright.predictions.segments import is_finished
from millwright.records.codec import to_json
from millwright.records.record import record
from millwright.stores.blobs import digest_file
from millwright.stores.durable import durable_step, fsync_folder, make_folder, write_atomic


@record
class _Found:
    """What lies in the hours of a day: finished segments, whether others are held, and sealed files with their manifests."""

    segments: tuple[Path, ...]
    held: bool
    sealed: tuple[tuple[Path, Sealed], ...]


def seal_day(press: Press, day: str, folders: Sequence[Path], *, wait: bool) -> SealedDay | None:
    """Seal what is finished in the hours (`folders`) of a day; None where that is nothing. Raises Unavailable.

    wait: seal nothing while a segment of the day is being written.
    """
    into = press.project / f"day={day}"
    _go_on(press.project, into, folders)
    found = _look(folders)
    sealed = None
    if (found.segments or found.sealed) and not (wait and found.held):
        sealed = _write(press, into, found)
        drop(press.project / name for name in sealed.replaces)
    _remove_emptied(folders)
    return sealed


def _go_on(project: Path, into: Path, folders: Sequence[Path]) -> None:
    """Finish what a sealer that died had begun."""
    found = day_manifests(into)
    if into.is_dir():
        remove_litter(into, found)
    drop(path for path in (project / name for manifest in found for name in manifest.replaces) if path.exists())
    for folder in folders:
        clean_hour(folder)


def _look(folders: Sequence[Path]) -> _Found:
    segments = [folder / name for folder in folders for name in segment_names(folder)]
    finished = tuple(path for path in segments if is_finished(path))
    return _Found(
        segments=finished,
        held=len(finished) < len(segments),
        sealed=tuple((folder, manifest) for folder in folders for manifest in manifests(folder)),
    )


def _write(press: Press, into: Path, found: _Found) -> SealedDay:
    with durable_step(f"make {into.name}"):
        make_folder(into)
        fsync_folder(press.project)  # the folder's own name, before anything is deleted that it replaces
    replaces = tuple(_replaced(found))
    file = part_name(replaces)
    hourly = [folder / manifest.file for folder, manifest in found.sealed]
    rows, torn = press.write(found.segments, hourly, into / file)
    sealed = SealedDay(
        file=file,
        digest=digest_file(into / file),
        rows=rows,
        replaces=replaces,
        torn_bytes=torn + sum(manifest.torn_bytes for _, manifest in found.sealed),
    )
    write_atomic(into / manifest_name(file), to_json(sealed))
    return sealed


def _replaced(found: _Found) -> Iterator[str]:
    """Paths below the project's folder. What the files of hours had replaced is named again: a power loss may bring
    a deleted segment back, after the manifest that spoke of it is gone."""
    yield from (f"{path.parent.name}/{path.name}" for path in found.segments)
    for folder, manifest in found.sealed:
        names = (*manifest.segments, manifest.file, manifest_name(manifest.file))
        yield from (f"{folder.name}/{name}" for name in names)


def _remove_emptied(folders: Sequence[Path]) -> None:
    """Remove folders of hours in which nothing is left. A writer that is slower than us makes its folder again."""
    names = {folder: os.listdir(folder) for folder in folders}
    dead = [folder / name for folder in folders for name in names[folder] if name.startswith(OPENING)]
    drop(path for path in dead if is_finished(path))  # their writers died before these were segments
    drop_folders(folder for folder in folders if all(name.startswith(OPENING) for name in names[folder]))
