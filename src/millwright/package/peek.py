"""Look at what a package says of itself, without verifying all of it: for telling people, never for answering."""

from pathlib import Path

import msgspec

from millwright.package.layout import MANIFEST, MAX_MANIFEST
from millwright.package.tree import read_file, refused
from millwright.records.codec import from_json, sha256
from millwright.records.release import Manifest


def peek_manifest(folder: Path) -> Manifest:
    """The manifest of the package in `folder` (…/packages/DIGEST). Its signature is not looked at: whoever names the package
    by its digest knows these bytes. Raises PackageRefused: missing or changed."""
    raw = read_file(folder, MANIFEST, MAX_MANIFEST)
    if sha256(raw) != folder.name:
        raise refused(folder, MANIFEST, f"was changed: its digest is not {folder.name[:12]}")
    try:
        return from_json(Manifest, raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refused(folder, MANIFEST, f"is of a form this Millwright does not read: {error}") from error


def peek_file(folder: Path, path: str) -> bytes:
    """One file that the manifest lists. Raises PackageRefused: it is not listed, missing or changed."""
    entry = next((entry for entry in peek_manifest(folder).files if entry.path == path), None)
    if entry is None:
        raise refused(folder, path, "is not in the manifest")
    content = read_file(folder, path, entry.size)
    if sha256(content) != entry.sha256:
        raise refused(folder, path, "was changed")
    return content
