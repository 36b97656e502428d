"""Whether the catalogue is as it was: a number that changes with every commit, whoever makes it, and costs next to nothing to
read."""

import os
import sqlite3
import threading
from collections.abc import Hashable
from pathlib import Path
from urllib.parse import quote


class Revision:
    """SQLite counts the commits of all other connections; this one never makes any, so it sees each of them."""

    def __init__(self, catalogue: Path) -> None:
        self._path = catalogue
        self._lock = threading.Lock()
        self._opened: tuple[int, sqlite3.Connection] | None = None

    def now(self) -> Hashable:
        """What the catalogue is at: two that are equal mean that nothing was entered between them."""
        with self._lock:
            try:
                inode = os.stat(self._path).st_ino
                return inode, self._connection(inode).execute("PRAGMA data_version").fetchone()[0]
            except (OSError, sqlite3.Error):  # it is busy, gone or being replaced: nothing is known, and nothing is like it
                self._let_go()
                return object()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._let_go()

    def _connection(self, inode: int) -> sqlite3.Connection:
        if self._opened is None or self._opened[0] != inode:
            self._let_go()
            where = f"file:{quote(str(self._path))}?mode=ro"
            self._opened = inode, sqlite3.connect(where, uri=True, timeout=0, check_same_thread=False)
        return self._opened[1]

    def _let_go(self) -> None:
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None
