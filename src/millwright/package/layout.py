"""Where the files of a package lie, and how large they may be."""

import hashlib
import re
from collections.abc import Iterable, Mapping

from millwright.records.codec import sha256
from millwright.records.release import FileEntry

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"

INFO = "payload.json"
PLAN = "plan.json"
CONTRACT = "contract.json"
GOLDEN = "golden.json"
MODEL = "model/"
"""Before the name of each model file."""

MAX_FILES = 1_000
MAX_MANIFEST = 4 << 20
MAX_SIGNATURE = 4 << 10
MAX_PACKAGE = 4 << 30
"""Bytes. Verified bytes are held in memory, so a package may not be larger than a server can hold."""

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127}"
_PATH = re.compile(rf"{_NAME}(/{_NAME}){{0,3}}")


def is_path(path: str) -> bool:
    """Whether a file of a package may have this path: plain names, no hidden ones, no way up, four levels at most."""
    return _PATH.fullmatch(path) is not None


def payload_digest(entries: Iterable[FileEntry]) -> str:
    """The identity of what computes an answer: sha256 over the sorted lines "PATH SHA256" of the payload's files."""
    lines = sorted(f"{entry.path} {entry.sha256}\n" for entry in entries if entry.part == "payload")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def entries_of(payload: Mapping[str, bytes], attestations: Mapping[str, bytes]) -> tuple[FileEntry, ...]:
    """One entry for each file, by path. Raises ValueError for a path that is no path of a package or comes twice."""
    taken = {MANIFEST, SIGNATURE, *payload} & {*attestations} | {MANIFEST, SIGNATURE} & {*payload}
    wrong = sorted(taken | {path for path in (*payload, *attestations) if not is_path(path)})
    if wrong:
        raise ValueError(f"these cannot be files of a package: {', '.join(wrong)}")
    listed = [_entry(path, content, "payload") for path, content in payload.items()]
    listed += [_entry(path, content, "attestation") for path, content in attestations.items()]
    return tuple(sorted(listed, key=lambda entry: entry.path))


def _entry(path: str, content: bytes, part: str) -> FileEntry:
    return FileEntry(path=path, size=len(content), sha256=sha256(content), part=part)  # type: ignore[arg-type]
