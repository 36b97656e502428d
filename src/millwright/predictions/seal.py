"""Sealing: finished segments become one Parquet file per hour and round, safely against a crash at any instant.

A segment is finished when its hour has passed and no living process holds its lock. The Parquet file is written and synced
first, then its manifest (from then on it counts, and the segments do not), and only then are the segments deleted. Run
again after a crash, it goes on from where it was.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from millwright.data.locked import open_locked
from millwright.predictions.layout import HOUR, SEGMENT, hour_start, hours
from millwright.predictions.sealed import MANIFEST, SEALED, Sealed, manifests
from millwright.predictions.tables import PREDICTIONS, Table, lines_sql, plain_words, unframe
from millwright.records.codec import sha256, to_json
from millwright.stores.blobs import digest_file
from millwright.stores.durable import durable_step, fsync_folder, write_atomic

QUIET = timedelta(minutes=5)
"""How long after its end an hour is left alone, for writers that are just finishing."""

_STAGING = ".sealing-"


def seal(
    root: Path, project: str, now: datetime, *, table: Table = PREDICTIONS, quiet: timedelta = QUIET
) -> tuple[Sealed, ...]:
    """Seal every finished segment of a project under `root`; returns what was sealed in this round.

    `root` holds lines of `table`. Segments that a living process has open are left for another round. Raises Unavailable
    where the disk is full: then nothing is lost.
    """
    folders = [folder for folder in hours(root, project) if _hour_of(folder) + HOUR + quiet <= now]
    rounds = (seal_hour(folder, table) for folder in folders)
    return tuple(sealed for sealed in rounds if sealed is not None)


def seal_hour(folder: Path, table: Table) -> Sealed | None:
    """Seal the finished segments of one hour's folder; None where there are none."""
    _clean(folder)
    with _finished(folder) as segments:
        if not segments:
            return None
        sealed = _write(folder, segments, table)
        write_atomic(folder / f"{Path(sealed.file).stem}{MANIFEST}", to_json(sealed))
        _drop(segments)
    return sealed


def _hour_of(folder: Path) -> datetime:
    return hour_start(folder.name.removeprefix("hour="))


@contextmanager
def _finished(folder: Path) -> Iterator[list[Path]]:
    """The segments that no process is writing, locked against other sealers meanwhile."""
    with ExitStack() as locks:
        candidates = sorted(folder / name for name in os.listdir(folder) if name.endswith(SEGMENT))
        yield [path for path in candidates if _lock(path, locks)]


def _lock(path: Path, locks: ExitStack) -> bool:
    try:
        file = locks.enter_context(path.open("rb"))
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(file.fileno()).st_nlink > 0
    except (BlockingIOError, FileNotFoundError):
        return False


def _write(folder: Path, segments: Sequence[Path], table: Table) -> Sealed:
    name = f"part-{sha256(to_json([path.name for path in segments]))[:16]}"
    lines, staged = folder / f"{_STAGING}{name}.jsonl", folder / f"{_STAGING}{name}{SEALED}"
    torn = unframe(segments, lines)
    rows = _copy(table, lines, staged)
    with durable_step(f"seal {table.name}"):
        _sync(staged)
        os.replace(staged, folder / f"{name}{SEALED}")
        fsync_folder(folder)
    lines.unlink()
    return Sealed(
        file=f"{name}{SEALED}",
        digest=digest_file(folder / f"{name}{SEALED}"),
        rows=rows,
        segments=tuple(path.name for path in segments),
        torn_bytes=torn,
    )


def _copy(table: Table, lines: Path, into: Path) -> int:
    connection = open_locked([], folder=into.parent)
    try:
        source = f"{lines_sql(table, lines)} order by {table.order}"
        target = str(into).replace("'", "''")
        with plain_words(into.parent):
            copied = connection.execute(f"copy ({source}) to '{target}' (format parquet, compression zstd)").fetchone()
        return int(copied[0]) if copied else 0
    finally:
        connection.close()


def _clean(folder: Path) -> None:
    """Remove what a sealer that died left behind: staged files, and segments that a manifest has replaced."""
    for name in os.listdir(folder):
        if name.startswith(_STAGING):
            (folder / name).unlink(missing_ok=True)
    _drop([folder / name for manifest in manifests(folder) for name in manifest.segments])


def _drop(segments: Sequence[Path]) -> None:
    for path in segments:
        with durable_step(f"drop {path.name}"):
            path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
