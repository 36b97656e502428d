"""Writes that survive a crash: the one place where bytes become durable, and where tests may pull the plug.

Every durable write passes a fail point before and after it. A process armed with `kill_at(n)` kills itself with SIGKILL
at the n-th fail point it passes, so a test can stop it at every instant that matters.
"""

import errno
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from millwright.errors import Unavailable

_passed = 0
_counting = threading.RLock()
_on_fail_point: Callable[[int, str], None] | None = None
_synced: ContextVar[bool] = ContextVar("synced", default=True)


def watch_fail_points(listener: Callable[[int, str], None] | None) -> None:
    """Call `listener(number, name)` at each fail point from now on; None stops it. For tests and `arm`."""
    global _passed, _on_fail_point
    _passed, _on_fail_point = 0, listener


def arm(setting: str) -> None:
    """Arm fail points from a setting: 'kill:N' kills at the N-th, 'trace:FILE' appends the name of each to a file."""
    verb, _, value = setting.partition(":")
    if verb == "kill":
        watch_fail_points(lambda number, _name: os.kill(os.getpid(), signal.SIGKILL) if number == int(value) else None)
    elif verb == "trace":
        watch_fail_points(lambda _number, name: _append_line(value, name))


def _append_line(path: str, line: str) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(line + "\n")


def fail_point(name: str) -> None:
    """A place where a crash matters. Costs one comparison when nothing is armed."""
    global _passed
    if _on_fail_point is not None:
        with _counting:
            _passed += 1
            _on_fail_point(_passed, name)


@contextmanager
def durable_step(name: str) -> Iterator[None]:
    """Surround a durable write (a commit, a rename, an append) with its two fail points."""
    fail_point(f"{name}:before")
    yield
    fail_point(f"{name}:after")


@contextmanager
def unsynced() -> Iterator[None]:
    """Do not wait for the disk in here, in this thread and in those that carry its context: for what is done anew from its
    beginning after a power loss, such as a rehearsal. Files are still written whole or not at all."""
    before = _synced.set(False)
    try:
        yield
    finally:
        _synced.reset(before)


def is_synced() -> bool:
    """Whether writes have to survive a power loss here."""
    return _synced.get()


def fsync(handle: int) -> None:
    """Make what was written to an open file durable."""
    if _synced.get():
        os.fsync(handle)


def fsync_folder(folder: Path) -> None:
    """Make names in `folder` durable: a rename is not, until its folder is synced."""
    if not _synced.get():
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> Path:
    """Create `folder` (private to the user) where absent. Raises Unavailable where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise unavailable(error, folder) from error
    return folder


def write_atomic(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Put `content` at `path` whole or not at all: temporary file, fsync, rename, fsync of the folder.

    Raises Unavailable naming the path where the disk is full or the place is not writable.
    """
    make_folder(path.parent)
    with durable_step(f"write {path.name}"):
        try:
            _place(path, content, mode, os.replace)
        except OSError as error:
            raise unavailable(error, path) from error


def write_new(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Like `write_atomic`, for a file that must not be there: raises FileExistsError, also where another was faster."""
    make_folder(path.parent)
    with durable_step(f"write {path.name}"):
        try:
            _place(path, content, mode, os.link)
        except FileExistsError:
            raise
        except OSError as error:
            raise unavailable(error, path) from error


def _place(path: Path, content: bytes, mode: int, put: Callable[[str, Path], None]) -> None:
    """Write and sync a temporary file beside `path`, then `put` it there; nothing is left behind where that fails."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            fsync(file.fileno())
        os.chmod(temporary, mode)
        put(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    fsync_folder(path.parent)


def unavailable(error: OSError, path: Path) -> Unavailable:
    """The error a person reads for a failed write at `path`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        fix = "free some space, then run the same command again"
        return Unavailable("the disk is full", where=str(path), fix=fix, code="disk.full")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        fix = "check the folder's owner and permissions"
        return Unavailable("not writable", where=str(path), fix=fix, code="disk.denied")
    return Unavailable(error.strerror or str(error), where=str(path), code="disk.error")
