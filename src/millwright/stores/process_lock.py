"""Locks that belong to a process: free again however it ends, and never believed from a file alone."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from millwright.stores.durable import make_folder, unavailable


@contextlib.contextmanager
def hold(path: Path) -> Iterator[int]:
    """Hold the lock at `path`; gives its file descriptor.

    Raises BlockingIOError where another process holds it, Unavailable where its file cannot be written (a full disk).
    A child that inherits the descriptor holds the lock too, and longer than we do if it lives longer.
    """
    make_folder(path.parent)
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise unavailable(error, path) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _sign(handle, path)
        yield handle
    finally:
        os.close(handle)


def _sign(handle: int, path: Path) -> None:
    try:
        name(handle, os.getpid())
    except OSError as error:
        raise unavailable(error, path) from error


def name(handle: int, pid: int) -> None:
    """Write which process holds the lock."""
    os.truncate(handle, 0)
    os.pwrite(handle, str(pid).encode(), 0)


def holder(path: Path) -> int | None:
    """The process that holds the lock at `path`, or None."""
    try:
        file = open(path, "rb")  # noqa: SIM115  (closed below)
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0) or None
    return None
