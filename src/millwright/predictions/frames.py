"""Frames: how records lie in a segment file, so that what a crash tore off is seen and never misread.

A frame is the length of its content (4 bytes, little-endian), the CRC-32 of the content (4 bytes) and the content: one or
more lines of JSON, each ending in a newline. Frames are only ever appended; a file is whole up to its first bad frame.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

_HEAD = struct.Struct("<II")
MAX_CONTENT = 1 << 30


def frame(content: bytes) -> bytes:
    """`content` as one frame."""
    return _HEAD.pack(len(content), crc32(content)) + content


def contents(raw: bytes) -> Iterator[bytes]:
    """The content of each whole frame of a segment's bytes, in order; stops at the first that is torn."""
    view, at = memoryview(raw), 0
    while (end := _frame_end(view, at)) is not None:
        yield bytes(view[at + _HEAD.size : end])
        at = end


def contents_from(raw: bytes) -> tuple[list[bytes], int]:
    """The contents of the whole frames of a segment's bytes, and how many bytes these frames are."""
    found = list(contents(raw))
    return found, sum(map(len, found)) + _HEAD.size * len(found)


def read_lines(path: Path) -> Iterator[bytes]:
    """Every JSON line of a segment file without its newline; a torn tail is left out."""
    for content in contents(path.read_bytes()):
        yield from content.rstrip(b"\n").split(b"\n")


def _frame_end(view: memoryview, at: int) -> int | None:
    if at + _HEAD.size > len(view):
        return None
    length, checksum = _HEAD.unpack_from(view, at)
    end: int = at + _HEAD.size + length
    if not 0 < length <= MAX_CONTENT or end > len(view) or crc32(view[at + _HEAD.size : end]) != checksum:
        return None
    return end
