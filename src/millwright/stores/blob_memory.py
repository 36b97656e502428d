"""Blobs in memory, for work that leaves nothing behind."""

import hashlib
import shutil
import tempfile
import weakref
from pathlib import Path

from millwright.stores.blobs import missing


class MemoryBlobs:
    """The same promises as FileBlobs, kept in a dictionary; files for readers appear in a temporary folder."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="millwright-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self._blobs.setdefault(digest, content)
        return digest

    def put_file(self, path: Path) -> str:
        return self.put(path.read_bytes())

    def get(self, digest: str) -> bytes:
        if digest not in self._blobs:
            raise missing(digest)
        return self._blobs[digest]

    def local(self, digest: str) -> Path:
        path = self._folder / digest
        if not path.exists():
            path.write_bytes(self.get(digest))
        return path

    def has(self, digest: str) -> bool:
        return digest in self._blobs

    def drop(self, digest: str) -> None:
        self._blobs.pop(digest, None)
        (self._folder / digest).unlink(missing_ok=True)
