"""Text files in whatever encoding, made UTF-8 before anything else reads them. No character is ever replaced."""

import codecs
import gzip
import zlib
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import IO, cast

from millwright.errors import DataRefused
from millwright.stores.durable import unavailable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSES = ("utf-8", "cp1252", "latin-1")
_CHUNK = 1 << 20


def to_utf8(source: Path, target: Path, encoding: str | None, label: str) -> str:
    """Write `source` to `target` as UTF-8 with line ends \\n; returns the name of the encoding it was in.

    The encoding is the one given, else what the byte order mark says, else the first of UTF-8, Windows-1252 and Latin-1
    that fits every byte. Raises DataRefused for NUL bytes, damaged gzip, and text that is not in the encoding given.
    """
    try:
        return _first_that_fits(source, target, encoding, label)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataRefused("damaged gzip file", where=label, fix="copy it again", code="data.damaged") from error
    except OSError as error:
        raise unavailable(error, target) from error


def _first_that_fits(source: Path, target: Path, encoding: str | None, label: str) -> str:
    choices = _choices(source, encoding)
    for choice in choices[:-1]:
        with suppress(UnicodeError):
            return _rewrite(source, target, choice, label)
    try:
        return _rewrite(source, target, choices[-1], label)
    except UnicodeError as error:
        what = f"the text is not {choices[-1]}"
        raise DataRefused(what, where=label, fix="set data.encoding", code="data.encoding") from error


def _choices(source: Path, encoding: str | None) -> Sequence[str]:
    with _open(source) as file:
        head = file.read(1024)
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked:
        return (marked,)
    if encoding is None:
        return _wide(head) or _GUESSES
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        fix = "try utf-8, cp1252, latin-1 or utf-16"
        raise DataRefused(f'"{encoding}" is no text encoding', where="data.encoding", fix=fix, code="data.encoding") from error
    return (encoding,)


def _wide(head: bytes) -> tuple[str, ...]:
    """UTF-16 without a mark: every second byte of plain text is zero."""
    if len(head) >= 8 and head[1::2].count(0) > 0.4 * len(head[1::2]):
        return ("utf-16-le",)
    return ("utf-16-be",) if len(head) >= 8 and head[::2].count(0) > 0.4 * len(head[::2]) else ()


def _rewrite(source: Path, target: Path, encoding: str, label: str) -> str:
    line = 1
    with (
        _open(source) as raw,
        TextIOWrapper(raw, encoding=encoding, errors="strict", newline=None) as text,
        open(target, "w", encoding="utf-8", newline="") as out,
    ):
        while piece := text.read(_CHUNK):
            if "\0" in piece:
                where = f"{label}:{line + piece[: piece.index(chr(0))].count(chr(10))}"
                raise DataRefused("a NUL byte in the text", where=where, fix="export the file again", code="data.nul")
            line += piece.count("\n")
            out.write(piece)
    return codecs.lookup(encoding).name


def _open(source: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(source, "rb")) if source.name.lower().endswith(".gz") else open(source, "rb")
