"""The catalogue's file or database: one writer at a time, readers never in its way, every commit durable."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError

from millwright.errors import Unavailable
from millwright.registry import migrations
from millwright.stores.durable import durable_step, is_synced, make_folder

BUSY_SECONDS = 20.0
"""How long a writer waits for another before it says that the catalogue is busy."""

MOST_OPEN = 16
"""Connections that are kept for whoever asks next: opening one takes longer than most questions. None is opened before it is
needed."""

_WRITES = "millwright_writes"
_ADVISORY_LOCK = 0x6D696C6C
"""Any number, the same in every process: who holds it in Postgres is the one writer, as in SQLite."""


class Catalogue:
    """Opens transactions. Functions of the sibling modules take what `read` and `write` give and return records."""

    rehearses = False
    """Whether every write is undone."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine, self._where = engine, where

    @classmethod
    def open(cls, where: Path | str) -> "Catalogue":
        """The catalogue in a SQLite file (made where absent) or behind a database URL, brought to the current schema.

        Raises Unavailable: not writable, busy, damaged, or written by a newer Millwright.
        """
        catalogue = cls(*_engine(where))
        try:
            with _plain_words(catalogue._where):
                current = migrations.is_current(catalogue._engine, catalogue._where)
            if not current:
                with catalogue.write() as tx:
                    migrations.take_steps(tx, catalogue._where)
        except BaseException:
            catalogue.close()
            raise
        return catalogue

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that changes things: all of it, durably, or nothing. Only one is open at a time, anywhere.

        Raises Unavailable where the disk is full, the file is not writable, or another writer stays too long.
        """
        with _plain_words(self._where), self._engine.connect().execution_options(**{_WRITES: True}) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            yield connection
            with durable_step("catalogue commit"):
                connection.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A view of one moment; what is written through it is undone."""
        with _plain_words(self._where), self._engine.connect() as connection:
            yield connection

    def rehearsal(self) -> "Catalogue":
        """The same catalogue for a rehearsal: every write is undone at its end, as if its process had been killed."""
        return _Rehearsal(self._engine, self._where)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def __enter__(self) -> "Catalogue":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Rehearsal(Catalogue):
    rehearses = True

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with _plain_words(self._where), self._engine.connect().execution_options(**{_WRITES: True}) as connection:
            yield connection


def _engine(where: Path | str) -> tuple[Engine, str]:
    if isinstance(where, str) and "://" in where and not where.startswith("sqlite:"):
        engine = create_engine(where, pool_pre_ping=True)
        return engine, engine.url.render_as_string(hide_password=True)
    path = Path(str(where).removeprefix("sqlite:///"))
    make_folder(path.parent)
    _make_private(path)
    engine = create_engine(f"sqlite:///{path}", creator=lambda: _connect(path), pool_size=MOST_OPEN)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    _notice_another_file(engine, path)
    return engine, str(path)


def _connect(path: Path) -> sqlite3.Connection:
    """Open the file that is there: one that was taken away is missed, and not made anew."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=BUSY_SECONDS, check_same_thread=False)


def _notice_another_file(engine: Engine, path: Path) -> None:
    """Let go of a connection whose file is not the one at `path` any more: it was moved away, or a backup was put there."""

    def remember(_connection: sqlite3.Connection, record: Any) -> None:
        record.info["file"] = _identity(path)

    def compare(_connection: sqlite3.Connection, record: Any, _proxy: Any) -> None:
        if record.info.get("file") != _identity(path):
            raise DisconnectionError("another file lies where the catalogue was")

    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", compare)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _make_private(path: Path) -> None:
    """Make the file, for its owner alone, where there is none.

    One that is there is not opened, not even for a moment: closing it would let go of the locks that other connections of this
    process have on it (POSIX), and a process that then takes itself for the last one would take their log away.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise Unavailable(
            f"the catalogue cannot be opened: {error.strerror}",
            where=str(path),
            fix="check the folder's owner and permissions",
            code="catalogue.unavailable",
        ) from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    """WAL: readers and the writer do not wait for each other. FULL: a commit survives a power loss, where that matters."""
    connection.isolation_level = None
    _switch_to_wal(connection)
    connection.execute(f"PRAGMA synchronous={'FULL' if is_synced() else 'OFF'}")
    connection.execute("PRAGMA foreign_keys=ON")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Switching the mode of a new file needs it alone, and SQLite does not wait for that by itself: ask again."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    """BEGIN IMMEDIATE takes the one write lock before anything is read, so what was read still holds at the commit."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _plain_words(where: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise _unavailable(str(error.orig), where) from error


_CAUSES = (
    ("locked", "busy", "another writer holds the catalogue", "try again in a moment"),
    ("full", "full", "the disk is full", "free some space, then run the same command again"),
    ("readonly", "denied", "the catalogue is not writable", "check the file's owner and permissions"),
    ("not a database", "damaged", "the file is not a catalogue", "restore it from a backup, or move it away"),
    ("unable to open", "unavailable", "the catalogue cannot be opened", "put it back, or restore it from a backup"),
    ("malformed", "damaged", "the catalogue is damaged", "restore it from a backup"),
)


def _unavailable(message: str, where: str) -> Unavailable:
    for sign, code, what, fix in _CAUSES:
        if sign in message:
            return Unavailable(what, where=where, fix=fix, code=f"catalogue.{code}")
    return Unavailable(f"the catalogue does not answer: {message}", where=where, code="catalogue.unavailable")
