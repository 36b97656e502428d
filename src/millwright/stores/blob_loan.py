"""Blobs of another store, and beside them one's own: work that reads what is kept and leaves nothing there."""

from pathlib import Path

from millwright.stores.blobs import BlobStore


class BorrowedBlobs:
    """What is put lies in `own`; what is not there is read from `lender`, in which nothing is ever changed."""

    def __init__(self, own: BlobStore, lender: BlobStore) -> None:
        self._own, self._lender = own, lender

    def put(self, content: bytes) -> str:
        return self._own.put(content)

    def put_file(self, path: Path) -> str:
        return self._own.put_file(path)

    def get(self, digest: str) -> bytes:
        return self._of(digest).get(digest)

    def local(self, digest: str) -> Path:
        return self._of(digest).local(digest)

    def has(self, digest: str) -> bool:
        return self._own.has(digest) or self._lender.has(digest)

    def drop(self, digest: str) -> None:
        self._own.drop(digest)

    def _of(self, digest: str) -> BlobStore:
        return self._own if self._own.has(digest) else self._lender
