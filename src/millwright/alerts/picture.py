"""The picture of one change: a ring where the value was, a dot where it is. As PNG, which every mail reader shows."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 220, 22
"""As it is shown; it is drawn twice as large, for fine screens."""

_SCALE = 2
_PAPER, _LINE, _WAS, _NOW = (255, 255, 255), (214, 211, 202), (93, 100, 109), (173, 59, 52)
_MARGIN, _RADIUS = 9.0, 5.0

Canvas = NDArray[np.float64]


def picture(places: tuple[float, float]) -> bytes:
    """A PNG of `WIDTH` x `HEIGHT`; `places`: where was and now lie, from 0 to 1."""
    canvas = np.empty((HEIGHT * _SCALE, WIDTH * _SCALE, 3))
    canvas[:] = _PAPER
    y = HEIGHT / 2
    was, now = (_MARGIN + place * (WIDTH - 2 * _MARGIN) for place in places)
    _bar(canvas, _MARGIN, WIDTH - _MARGIN, y, 0.5, _LINE)
    _bar(canvas, min(was, now), max(was, now), y, 1.0, _NOW)
    _disc(canvas, was, y, _RADIUS, _WAS)
    _disc(canvas, was, y, _RADIUS - 1.6, _PAPER)
    _disc(canvas, now, y, _RADIUS, _NOW)
    return png(canvas.round().astype(np.uint8))


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels [height, width, 3] as a PNG file (ISO/IEC 15948): one IDAT, no filter."""
    height, width, _ = pixels.shape
    raw = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _bar(canvas: Canvas, left: float, right: float, y: float, half: float, colour: tuple[int, int, int]) -> None:
    rows = slice(round((y - half) * _SCALE), round((y + half) * _SCALE))
    canvas[rows, round(left * _SCALE) : round(right * _SCALE)] = colour


def _disc(canvas: Canvas, x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
    """A round spot, its edge as dark as it covers of each pixel."""
    down, across = np.mgrid[: canvas.shape[0], : canvas.shape[1]] + 0.5
    far = np.hypot(across - x * _SCALE, down - y * _SCALE)
    cover = np.clip(radius * _SCALE - far + 0.5, 0.0, 1.0)[..., None]
    canvas[:] = canvas * (1 - cover) + np.array(colour) * cover
