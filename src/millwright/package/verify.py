"""Verify a package: every byte is read once, and nothing of it is parsed before it is known to be what was signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from millwright.errors import PackageRefused
from millwright.package.keys import Trust
from millwright.package.layout import MANIFEST, MAX_MANIFEST, MAX_SIGNATURE, SIGNATURE, is_path, payload_digest
from millwright.package.sign import PACKAGE, read_signature, verify_signature
from millwright.package.tree import list_tree, read_file, refused
from millwright.records.codec import from_json, sha256
from millwright.records.release import FileEntry, Manifest


@dataclass(frozen=True, slots=True)
class Verified:
    """A package as it was read from the disk, once, and found whole: no file of it needs to be opened again.

    key: the id of the key that signed it.
    """

    digest: str
    manifest: Manifest
    files: Mapping[str, bytes]
    key: str = ""

    @property
    def payload(self) -> dict[str, bytes]:
        """The files that compute an answer."""
        return {entry.path: self.files[entry.path] for entry in self.manifest.files if entry.part == "payload"}


def verify_package(folder: Path, digest: str, trust: Trust) -> Verified:
    """Read and verify the package in `folder` (…/packages/DIGEST).

    In this order: it was not revoked; plain files only; the manifest's sha256 is `digest`; a pinned key that was not revoked
    signed it; it lists exactly the files that are there; each has the size and sha256 it lists; the payload's digest fits.
    Raises PackageRefused naming the file.
    """
    trust.refuse_revoked(digest)
    sizes = list_tree(folder)
    manifest, key = _verified_manifest(folder, digest, trust)
    _refuse_other_files(folder, manifest, sizes)
    files = {entry.path: _verified_file(folder, entry) for entry in manifest.files}
    if payload_digest(manifest.files) != manifest.payload_digest:
        raise refused(folder, MANIFEST, "names another payload than it lists")
    return Verified(digest=digest, manifest=manifest, files=files, key=key)


def _verified_manifest(folder: Path, digest: str, trust: Trust) -> tuple[Manifest, str]:
    """The manifest, and the id of the key that signed it."""
    raw = read_file(folder, MANIFEST, MAX_MANIFEST)
    if sha256(raw) != digest:
        raise refused(folder, MANIFEST, f"was changed: its digest is not {digest[:12]}")
    try:
        signature = read_signature(read_file(folder, SIGNATURE, MAX_SIGNATURE))
        verify_signature(PACKAGE, raw, signature, trust)
    except PackageRefused as error:
        if SIGNATURE in str(error):
            raise
        raise PackageRefused(
            f"{SIGNATURE}: {error.what}", where=f"package {folder.name[:12]}", fix=error.fix, code=error.code
        ) from error
    try:
        return from_json(Manifest, raw), signature.key
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refused(folder, MANIFEST, f"is signed, but of a form this Millwright does not read: {error}") from error


def _refuse_other_files(folder: Path, manifest: Manifest, sizes: Mapping[str, int]) -> None:
    listed = [entry.path for entry in manifest.files]
    odd = next((path for path in listed if not is_path(path) or path in (MANIFEST, SIGNATURE)), None)
    if odd is not None or len(set(listed)) != len(listed):
        raise refused(folder, MANIFEST, f"lists {odd!a}, which no package may hold" if odd else "lists a file twice")
    missing = sorted({*listed} - {*sizes})
    if missing:
        raise refused(folder, missing[0], "is missing")
    added = sorted({*sizes} - {*listed, MANIFEST, SIGNATURE})
    if added:
        raise refused(folder, added[0], "is not in the manifest")


def _verified_file(folder: Path, entry: FileEntry) -> bytes:
    content = read_file(folder, entry.path, entry.size)
    if len(content) != entry.size or sha256(content) != entry.sha256:
        raise refused(folder, entry.path, "was changed")
    return content
