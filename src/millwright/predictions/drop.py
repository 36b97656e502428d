"""Deleting what a manifest has replaced: files, and the folders that are empty then.

Many disks answer a deletion only after some milliseconds and take several at a time, so they are asked for several.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from millwright.stores.durable import fail_point

_AT_ONCE = 8
_passing = threading.Lock()


def drop(paths: Iterable[Path]) -> None:
    """Delete files; those that are gone already are no problem."""
    _each(_drop_file, paths)


def drop_folders(folders: Iterable[Path]) -> None:
    """Delete folders in which nothing is left; others stay, such as one in which a writer was faster with a new segment."""
    _each(_drop_folder, folders)


def _each(delete: Callable[[Path], None], paths: Iterable[Path]) -> None:
    found = list(paths)
    if len(found) <= 1:
        list(map(delete, found))
        return
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="drop") as pool:
        list(pool.map(delete, found))


def _drop_file(path: Path) -> None:
    _pass(f"drop {path.name}:before")
    path.unlink(missing_ok=True)
    _pass(f"drop {path.name}:after")


def _drop_folder(folder: Path) -> None:
    _pass(f"remove {folder.name}:before")
    with suppress(OSError):
        folder.rmdir()
    _pass(f"remove {folder.name}:after")


def _pass(name: str) -> None:
    """A fail point, one thread at a time: they are counted."""
    with _passing:
        fail_point(name)
