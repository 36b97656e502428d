"""Blobs in memory, for work that leaves nothing behind."""

import hashlib
import tempfile
from pathlib import Path

from millwright.stores.blobs import missing


class MemoryBlobs:
    """The same promises as FileBlobs, kept in a dictionary; files for readers appear in a temporary folder."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="millwright-")

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
        path = Path(self._folder.name) / digest
        if not path.exists():
            path.write_bytes(self.get(digest))
        return path

    def has(self, digest: str) -> bool:
        return digest in self._blobs

    def drop(self, digest: str) -> None:
        self._blobs.pop(digest, None)
        (Path(self._folder.name) / digest).unlink(missing_ok=True)
