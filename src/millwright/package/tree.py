"""Read a folder of plain files, each once, into memory; anything else that lies there is refused."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from millwright.errors import PackageRefused
from millwright.package.layout import MAX_FILES, MAX_PACKAGE, is_path

_CHUNK = 1 << 20
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def list_tree(folder: Path) -> dict[str, int]:
    """Every file under `folder` with its size in bytes, by path.

    Raises PackageRefused naming the file: a link of either kind, a device or pipe, an odd name, an empty folder, too many
    files, too many bytes; or no folder at all.
    """
    found: dict[str, int] = {}
    total = 0
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            raise refused(folder, "", "is not a folder")
        for path, size in _walk(folder, ""):
            found[path] = size
            total += size
            if len(found) > MAX_FILES or total > MAX_PACKAGE:
                raise refused(folder, path, "makes the package too large")
    except FileNotFoundError as error:
        raise refused(folder, "", "is missing") from error
    except OSError as error:
        raise refused(folder, "", f"cannot be read: {error.strerror}") from error
    return found


def _walk(folder: Path, prefix: str) -> Iterator[tuple[str, int]]:
    names = sorted(os.listdir(folder / prefix))
    if not names:
        raise refused(folder, prefix, "is an empty folder")
    for name in names:
        path = prefix + name
        if not is_path(path):
            raise refused(folder, ascii(path), "is not a name of a package's file")
        seen = os.lstat(folder / path)
        if stat.S_ISDIR(seen.st_mode):
            yield from _walk(folder, path + "/")
        else:
            _refuse_odd(folder, path, seen)
            yield path, seen.st_size


def _refuse_odd(folder: Path, path: str, seen: os.stat_result) -> None:
    if stat.S_ISLNK(seen.st_mode):
        raise refused(folder, path, "is a symbolic link")
    if not stat.S_ISREG(seen.st_mode):
        raise refused(folder, path, "is not a plain file")
    if seen.st_nlink != 1:
        raise refused(folder, path, "is a hard link: it has another name elsewhere")


def read_file(folder: Path, path: str, limit: int) -> bytes:
    """The bytes of one file, at most `limit` of them. Raises PackageRefused naming it."""
    try:
        handle = os.open(folder / path, _FLAGS)
        with os.fdopen(handle, "rb", buffering=0) as file:
            _refuse_odd(folder, path, os.fstat(handle))
            content = _read(lambda size: file.read(size) or b"", limit)
    except FileNotFoundError as error:
        raise refused(folder, path, "is missing") from error
    except OSError as error:
        raise refused(folder, path, f"cannot be read: {error.strerror}") from error
    if len(content) > limit:
        raise refused(folder, path, f"is larger than {limit} bytes")
    return content


def _read(read: Callable[[int], bytes], limit: int) -> bytes:
    """One byte more than `limit`, where there is one; memory grows with what is read, not with what a manifest claims."""
    pieces, left = [], limit + 1
    while left > 0 and (piece := read(min(left, _CHUNK))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def read_tree(folder: Path) -> Mapping[str, bytes]:
    """Every file under `folder` by path. Raises PackageRefused as `list_tree` does."""
    return {path: read_file(folder, path, size) for path, size in list_tree(folder).items()}


def refused(folder: Path, path: str, what: str) -> PackageRefused:
    """The error for one file (or, with no path, for the folder) of a package."""
    package = f"package {folder.name[:12]}"
    fix = "restore the package from where it was made, or train again"
    return PackageRefused(f"{path or 'the folder'} {what}", where=package, fix=fix)
