"""Rows of the logs, loaded into DuckDB while a sealer may be at work on the same files."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from millwright.data.locked import THREADS, open_locked
from millwright.errors import Unavailable
from millwright.predictions.held import Held, rows_of
from millwright.predictions.pressed import Pressed
from millwright.predictions.sealed import Files, files_of
from millwright.predictions.tables import Table, create_view
from millwright.records.record import record

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")

_ATTEMPTS = 20
_PAUSE_SECONDS = 0.01
_PREFIX = "millwright-logs-"
_LEFT_SECONDS = 3600.0
"""A folder that was just made is not locked yet."""
_WORTH_THREADS = 8 << 20
"""Bytes of files. Below, threads wait for each other longer than they work."""


@record
class Span:
    """The lines of one table of a project whose hours touch [since, until]; of the days (2013-06-01) in `only`, if given, and
    of no sealed file in `without`."""

    table: Table
    root: Path
    project: str
    since: datetime
    until: datetime
    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()

    def files(self) -> Files:
        """The files that hold them."""
        found = files_of(self.root, self.project, self.since, self.until, self.only)
        return Files(sealed=tuple(path for path in found.sealed if path.name not in self.without), open=found.open)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for one load, gone at its end: the one place besides the log that a load reads, and writes."""
    place = _scratches()
    place.mkdir(mode=0o700, exist_ok=True)  # whoever clears temporary files now and then may have taken it away
    with tempfile.TemporaryDirectory(dir=place, prefix="load-") as folder:
        yield Path(folder)


@lru_cache(maxsize=1)
def _scratches() -> Path:
    """The folder of this process's loads, locked while it lives: the next one sees what others left that were killed."""
    clear_left(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_SH)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def clear_left(place: Path) -> None:
    """Remove the scratch folders of processes that were killed: rows of a log do not lie about among temporary files."""
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # it is in use, another's, or gone meanwhile
            if time.time() - folder.stat().st_mtime > _LEFT_SECONDS and _is_free(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_free(folder: Path) -> bool:
    """Whether no living process works in a folder. Raises OSError where one does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    finally:
        os.close(handle)


def threads_for(size: int) -> int:
    """With how many threads to read files of so many bytes."""
    return THREADS if size >= _WORTH_THREADS else 1


@lru_cache(maxsize=8)
def _opened(logs: frozenset[Path], threads: int) -> Held:
    """A locked DuckDB that reads and writes inside some folders of logs and nowhere else, and the files that it holds. It is
    opened once, since that takes longer than most questions do."""
    return Held(open_locked([], folder=_scratches(), inside=sorted(logs), threads=threads))


def database(logs: frozenset[Path], threads: int = THREADS) -> duckdb.DuckDBPyConnection:
    """The database of these logs; each load, and each lane of a sealer, has a connection of its own to it."""
    return _opened(logs, threads).database


@lru_cache(maxsize=1)
def _pressed() -> Pressed:
    """What this process has read of segments that are still open."""
    return Pressed(_scratches())


os.register_at_fork(before=_opened.cache_clear)  # its threads would not be there in the child, which would wait for them
os.register_at_fork(after_in_child=_pressed.cache_clear)  # the parent lets go of its own files when it likes


def load(spans: Sequence[Span], folder: Path, copy: Callable[[duckdb.DuckDBPyConnection], None]) -> duckdb.DuckDBPyConnection:
    """A connection in which `copy` has made the tables it wants from views named after the spans' tables.

    The views hold each line once; `copy` reads all it needs of them, since the files behind them may be gone afterwards. A
    sealer may replace a file between our looking and our reading: then all is done again. folder: a `scratch` of the
    caller's, kept while the connection is. Raises Unavailable where a file is missing for good; duckdb.Error goes through.
    """
    return patiently(lambda: _load_once(spans, folder, copy))


def patiently(work: Callable[[], T]) -> T:
    """What `work` returns, which raises FileNotFoundError where a file is gone that was there a moment ago: then it is done
    again. Raises Unavailable where it is missing for good."""
    for attempt in range(_ATTEMPTS):
        try:
            return work()
        except FileNotFoundError as error:
            missing = str(error.filename or error)
        time.sleep(_PAUSE_SECONDS * attempt)
    raise Unavailable("a file of the log is missing", where=missing, fix="restore it from a backup", code="log.damaged")


def _load_once(
    spans: Sequence[Span], folder: Path, copy: Callable[[duckdb.DuckDBPyConnection], None]
) -> duckdb.DuckDBPyConnection:
    found = [(span.table, span.files()) for span in spans]
    size = sum(path.stat().st_size for _, files in found for path in (*files.sealed, *files.open))
    held = _opened(frozenset(span.root.resolve() for span in spans), threads_for(size))
    connection = held.database.cursor()
    try:
        with ExitStack() as in_use:
            for table, files in found:
                lines = folder / f"{table.name}.jsonl"
                pressed, left = in_use.enter_context(_pressed().of(table, files.open, lines, connection))
                numbers, others = in_use.enter_context(held.of(table, files.sealed))
                create_view(connection, table, [*others, *pressed], left, rows_of(table, numbers) if numbers else None)
            copy(connection)
    except BaseException as error:
        connection.close()
        refuse_gone(found, error)
        raise
    return connection


def refuse_gone(found: Sequence[tuple[Table, Files]], error: BaseException) -> None:
    """Raise FileNotFoundError where a sealed file is gone: DuckDB has no error of its own for that."""
    for path in (path for _, files in found for path in files.sealed):
        if not path.exists():
            raise FileNotFoundError(str(path)) from error
