"""Write a package: all of it, synced, before it gets its name; the name is the digest of its manifest."""

import os
import re
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from millwright.errors import PackageRefused
from millwright.package.keys import SigningKey
from millwright.package.layout import MANIFEST, SIGNATURE, entries_of, payload_digest
from millwright.package.sign import PACKAGE, sign, write_signature
from millwright.package.tree import read_tree
from millwright.records.codec import sha256, to_json
from millwright.records.release import Manifest
from millwright.stores.durable import durable_step, fsync_folder, make_folder, unavailable, write_atomic

_TEMPORARY = re.compile(r"\.(?:writing|replaced)-[0-9a-f]{64}-(\d+)")


def write_package(
    folder: Path,
    *,
    payload: Mapping[str, bytes],
    attestations: Mapping[str, bytes],
    project: str,
    created_at: datetime,
    key: SigningKey,
    evaluator: str = "",
) -> str:
    """Write `folder`/DIGEST and return the digest. Same content and time, same package; writing it twice changes nothing.

    payload, attestations: path to bytes. evaluator: the one that answers for the payload. A folder of that name that is
    damaged, or signed by another key, is replaced.
    Raises Unavailable: the disk is full or not writable. ValueError: a path that no package may have.
    Read it back with `verify_package` before anything names it.
    """
    entries = entries_of(payload, attestations)
    manifest = to_json(
        Manifest(
            project=project,
            created_at=created_at,
            payload_digest=payload_digest(entries),
            files=entries,
            evaluator=evaluator,
        )
    )
    digest = sha256(manifest)
    signature = write_signature(sign(PACKAGE, manifest, key))
    files = {**payload, **attestations, MANIFEST: manifest, SIGNATURE: signature}
    _sweep(make_folder(folder))
    if not _is_written(folder / digest, files):
        _write(folder, digest, files)
    return digest


def _write(folder: Path, digest: str, files: Mapping[str, bytes]) -> None:
    temporary, target = folder / f".writing-{digest}-{os.getpid()}", folder / digest
    for path, content in files.items():
        write_atomic(temporary / path, content, mode=0o400)
    with durable_step(f"package {digest[:8]}"):
        try:
            for inner in {(temporary / path).parent for path in files} | {temporary}:
                fsync_folder(inner)
            if os.path.lexists(target):
                os.rename(target, folder / f".replaced-{digest}-{os.getpid()}")
            os.rename(temporary, target)
            fsync_folder(folder)
        except OSError as error:
            if not _is_written(target, files):  # unless another process was faster with the same package
                raise unavailable(error, target) from error
    _sweep(folder, os.getpid())


def _is_written(target: Path, files: Mapping[str, bytes]) -> bool:
    try:
        return read_tree(target) == files
    except PackageRefused:
        return False


def _sweep(folder: Path, own: int | None = None) -> None:
    """Remove what killed processes left behind; with `own`, what this one has no more use for."""
    for entry in folder.iterdir():
        match = _TEMPORARY.fullmatch(entry.name)
        if match is not None and (int(match[1]) == own or not _is_alive(int(match[1]))):
            shutil.rmtree(entry, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
