"""Bytes under the name of their own digest."""

import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Protocol

from millwright.errors import NotFound, Unavailable
from millwright.stores.durable import durable_step, fsync, fsync_folder, make_folder, unavailable, write_atomic

CHUNK = 1 << 20
_DIGEST = re.compile("[0-9a-f]{64}")


class BlobStore(Protocol):
    """Immutable bytes by sha256. Putting the same bytes twice is one blob, and mends a damaged one; dropping what is absent
    is no error."""

    def put(self, content: bytes) -> str:
        """Keep `content`; returns its digest once it is durable."""

    def put_file(self, path: Path) -> str:
        """Keep a copy of a file; returns its digest once it is durable."""

    def get(self, digest: str) -> bytes:
        """The bytes, re-digested on the way. Raises NotFound, or Unavailable where they were damaged."""

    def local(self, digest: str) -> Path:
        """A local file with the bytes, for readers that need a path. Not to be written to. Raises NotFound."""

    def has(self, digest: str) -> bool:
        """Whether the blob is kept."""

    def drop(self, digest: str) -> None:
        """Forget the blob."""


class FileBlobs:
    """Blobs as files in a folder: ROOT/ab/abcdef…"""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        if not self._is_whole(digest):
            write_atomic(self._path(digest), content, mode=0o400)
        return digest

    def put_file(self, path: Path) -> str:
        digest = digest_file(path)
        target = self._path(digest)
        if self._is_whole(digest):
            return digest
        handle, name = tempfile.mkstemp(dir=make_folder(target.parent), prefix=".copying-")
        temporary = Path(name)
        try:
            with durable_step(f"blob {digest[:8]}"):
                with os.fdopen(handle, "wb") as copy, open(path, "rb") as source:
                    shutil.copyfileobj(source, copy, CHUNK)
                    copy.flush()
                    fsync(copy.fileno())
                if digest_file(temporary) != digest:
                    raise changed(path)
                os.chmod(temporary, 0o400)
                os.replace(temporary, target)
                fsync_folder(target.parent)
        except OSError as error:
            raise unavailable(error, target) from error
        finally:
            temporary.unlink(missing_ok=True)
        return digest

    def get(self, digest: str) -> bytes:
        content = self.local(digest).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise damaged(digest)
        return content

    def local(self, digest: str) -> Path:
        path = self._path(digest)
        if not path.is_file():
            raise missing(digest)
        return path

    def has(self, digest: str) -> bool:
        return self._path(digest).is_file()

    def drop(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)

    def _is_whole(self, digest: str) -> bool:
        """Whether the blob is kept and undamaged; a damaged one is written anew by whoever brings its bytes."""
        return self.has(digest) and digest_file(self._path(digest)) == digest

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise missing(digest)
        return self._root / digest[:2] / digest


def digest_file(path: Path) -> str:
    """sha256 of a file, read in pieces."""
    whole = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(CHUNK):
            whole.update(piece)
    return whole.hexdigest()


def missing(digest: str) -> NotFound:
    """The error for a blob that is not there."""
    return NotFound(f"blob {digest[:12]} is missing", fix="run `mw train` again to make it anew", code="blob.missing")


def changed(path: Path) -> Unavailable:
    """The error for a file that changed while it was copied."""
    fix = "run the same command again"
    return Unavailable("the file changed while it was copied", where=str(path), fix=fix, code="blob.changed")


def damaged(digest: str) -> Unavailable:
    """The error for a blob whose bytes no longer match its name."""
    return Unavailable(f"blob {digest[:12]} is damaged", fix="delete the file and run `mw train` again", code="blob.damaged")
