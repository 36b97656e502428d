"""From a file to its text: small, regular, UTF-8 (a UTF-16 byte-order mark is understood)."""

import codecs
import os
import stat
from pathlib import Path

from millwright.errors import NotFound, Problem, SpecError, Unavailable
from millwright.spec.places import Place, problem_at

LARGEST = 1_000_000
"""Bytes; a longer file is a mistake."""


def read_text(path: Path, largest: int = LARGEST) -> str:
    """The text of a file that people write. Raises NotFound, Unavailable, SpecError (not a file, too long, not text)."""
    handle = _opened(path)
    # A FIFO or device was opened without waiting; it is refused before anything is read from it.
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise SpecError([Problem(str(path), "this is not a regular file", "give the path of a YAML file")])
    with open(handle, "rb") as file:
        raw = file.read(largest + 1)
    if len(raw) > largest:
        raise SpecError([Problem(str(path), f"the file is longer than {largest:,} bytes", "a spec is a few pages of text")])
    return decode(raw, str(path))


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError as error:
        fix = "run `mw init --from DATA --target COLUMN` to write one"
        raise NotFound("there is no such file", where=str(path), fix=fix, code="spec.missing") from error
    except OSError as error:
        fix = "check the path and its permissions"
        raise Unavailable(f"cannot be read: {error.strerror}", where=str(path), fix=fix, code="spec.unreadable") from error


def decode(raw: bytes, name: str) -> str:
    """Text from bytes: UTF-8, with or without a byte-order mark, or UTF-16 with one. Raises SpecError at file:line:column."""
    encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode(encoding, errors="replace")
        line = before.count("\n") + 1
        place = Place(line, len(before) - before.rfind("\n"))
        lines = tuple(raw.decode(encoding, errors="replace").split("\n"))
        label = "UTF-16" if encoding == "utf-16" else "UTF-8"
        raise SpecError([problem_at(name, lines, place, f"this byte is not {label}", "save the file as UTF-8")]) from error
