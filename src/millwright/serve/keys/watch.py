"""The watch over API keys: a new, rotated or revoked key counts within a second, in a server that runs."""

import os
import sys
import threading
import time
from pathlib import Path

from millwright.errors import Unavailable
from millwright.serve.access import Access
from millwright.serve.keys.file import keys_path, local_api_key, read_keys
from millwright.serve.keys.ring import KeyRing
from millwright.serve.keys.used import read_used_by, used_path, write_used

LOOK_SECONDS = 0.25
WRITE_SECONDS = 60.0


class KeyWatch:
    """Keeps an Access in step with the key file of its home, and that file's neighbour with when keys were used.

    A file that cannot be read changes nothing: the keys of before go on counting, and that is said. No file: no keys.
    """

    def __init__(self, home: Path, access: Access, worker: int = 0) -> None:
        self._home, self._access, self._worker = home, access, worker
        self._local = local_api_key(home)
        self._used = self._written = read_used_by(used_path(home, worker))
        self._seen: tuple[int, int, int] | None = (0, 0, 0)
        self._write_at = time.monotonic() + WRITE_SECONDS
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="keys", daemon=True)

    def start(self) -> None:
        """Take up the keys that are there, and watch from now on, in a thread. Raises Unavailable where they are damaged."""
        self._take(self._stamp())
        self._thread.start()

    def stop(self) -> None:
        """Stop watching, and write when keys were used."""
        self._stop.set()
        self._thread.join()
        self._write()

    def look(self) -> None:
        """Take up the keys where their file changed since the last look."""
        seen = self._stamp()
        if seen == self._seen:
            return
        try:
            self._take(seen)
        except Unavailable as error:
            self._say(error)
            self._seen = seen

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            self.look()
            if time.monotonic() >= self._write_at:
                self._write()

    def _take(self, seen: tuple[int, int, int] | None) -> None:
        ring = KeyRing([*read_keys(self._home), self._local])
        self._seen = seen
        self._used = {**self._used, **self._access.take(ring).used()}

    def _write(self) -> None:
        self._write_at = time.monotonic() + WRITE_SECONDS
        self._used = {**self._used, **self._access.used()}
        if self._used == self._written:
            return
        try:
            write_used(self._home, self._worker, self._used)
        except Unavailable as error:
            self._say(error)
        else:
            self._written = self._used

    def _say(self, error: Unavailable) -> None:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()

    def _stamp(self) -> tuple[int, int, int] | None:
        """What tells one state of the file from another; reading says what is wrong where even that cannot be asked."""
        try:
            found = os.stat(keys_path(self._home))
        except FileNotFoundError:
            return None
        except OSError as error:
            return (0, 0, error.errno or 0)
        return (found.st_ino, found.st_mtime_ns, found.st_size)
