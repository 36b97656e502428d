"""Where an export goes: whole or not at all, and never over something that no export wrote."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from millwright.errors import Conflict
from millwright.records.codec import pretty_json
from millwright.stores.durable import durable_step, fsync_folder, make_folder, unavailable, write_atomic

MARK = "export.json"
"""The file by which a folder is known to be an export: what it holds, of which version."""


def refuse_taken(out: Path, *, force: bool) -> None:
    """Raise Conflict where `out` may not be written: something is there, and it is no export or `force` is not given."""
    if not os.path.lexists(out) or (out.is_dir() and not out.is_symlink() and not any(out.iterdir())):
        return
    if not force:
        raise _conflict("the target is there already", out, "name another one, or use --force to replace it")
    if out.is_symlink() or (out.is_dir() and not (out / MARK).is_file()):
        raise _conflict("the target is no folder that an export wrote", out, "remove it yourself, or name another one")


def write_folder(out: Path, files: Mapping[str, bytes], mark: Mapping[str, object], *, force: bool) -> None:
    """Make `out` a folder of `files`, by path, and the mark; an earlier export there goes only once the new one is whole.

    Raises Conflict as `refuse_taken` does, Unavailable where the disk is full or the place is not writable.
    """
    out = out.absolute()
    refuse_taken(out, force=force)
    with tempfile.TemporaryDirectory(prefix=".exporting-", dir=make_folder(out.parent)) as scratch:
        whole = Path(scratch) / "whole"
        for path, content in {**files, MARK: pretty_json(mark).encode() + b"\n"}.items():
            write_atomic(_inside(whole, path), content, mode=0o644)
        for folder in (whole, *(found for found in whole.rglob("*") if found.is_dir())):
            folder.chmod(0o755)
        with durable_step(f"export {out.name}"):
            _put(whole, out, Path(scratch) / "before")


def _inside(root: Path, path: str) -> Path:
    if path.startswith("/") or ".." in Path(path).parts:
        raise ValueError(f"{path} is no path below a folder")
    return root / path


def _put(whole: Path, out: Path, before: Path) -> None:
    try:
        if os.path.lexists(out):
            os.rename(out, before)
        os.rename(whole, out)
        fsync_folder(out.parent)
    except OSError as error:
        if before.exists() and not out.exists():
            os.rename(before, out)
        raise unavailable(error, out) from error
    shutil.rmtree(before, ignore_errors=True)


def _conflict(what: str, out: Path, fix: str) -> Conflict:
    return Conflict(what, where=str(out), fix=fix, code="export.exists")
