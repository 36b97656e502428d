"""Deleting what a manifest has replaced: files, and the folders that are empty then.

Many disks answer a deletion only after some milliseconds and take several at a time, so they are asked for several, unless the
first deletions show that they answer at once.
"""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from millwright.stores.durable import fail_point

_SEVERAL = 8
_FIRST = 2
_SOON = 0.0005
"""Seconds. What answers sooner is not worth a thread: handing it over takes as long."""
_passing = threading.Lock()


def drop(paths: Iterable[Path]) -> None:
    """Delete files; those that are gone already are no problem."""
    _each(_drop_file, paths)


def drop_folders(folders: Iterable[Path]) -> None:
    """Delete folders in which nothing is left; others stay, such as one in which a writer was faster with a new segment."""
    _each(_drop_folder, folders)


def _each(delete: Callable[[Path], None], paths: Iterable[Path]) -> None:
    found = list(paths)
    began = time.monotonic()
    list(map(delete, found[:_FIRST]))
    rest = found[_FIRST:]
    if not rest or time.monotonic() - began < _FIRST * _SOON:
        list(map(delete, rest))
        return
    with ThreadPoolExecutor(_SEVERAL, thread_name_prefix="drop") as pool:
        list(pool.map(delete, rest))


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
