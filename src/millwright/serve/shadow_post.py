"""Rows for challengers in shadow, sent to the process that answers them: a challenger that is slow or crashes is nobody's
trouble.

Over a socket of this machine, each piece as its length (4 bytes, little-endian) and its content. The side that sends has a
thread, which gathers for a moment: the path of a request only leaves its rows where that thread finds them. Where the other
side does not keep up, what waits is bounded, and the rest is dropped and counted by who wanted to send it.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from millwright.predictions.line import Line

GATHER_SECONDS = 0.002
SEND_SECONDS = 0.5
"""How long the other side may take to make room."""
_LENGTH = struct.Struct("<I")


class Posted(msgspec.Struct, frozen=True):
    """Rows to be answered unseen by the challenger that has a payload; see `shadow.Unseen`.

    rows: None where they are those of the lines.
    """

    project: str
    payload_digest: str
    lines: Sequence[Line]
    rows: Sequence[dict[str, Any]] | None
    failed: bool


_encode = msgspec.json.Encoder().encode  # as the log has them: numbers of any size among them
_decode = msgspec.json.Decoder(Posted).decode


class ShadowPost:
    """The side that sends. Used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._socket: socket.socket | None = None

    def send(self, posted: Posted) -> bool:
        """Whether the other side took it."""
        try:
            content = _encode(posted)
            self._connected().sendall(_LENGTH.pack(len(content)) + content)
        except (OSError, ValueError):  # no room, nobody there, or rows that cannot be written
            self.close()
            return False
        return True

    def close(self) -> None:
        """Let go of the connection: a piece that was cut short is no piece."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if self._socket is None:
            wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            wire.settimeout(SEND_SECONDS)
            try:
                wire.connect(self._path)
            except OSError:
                wire.close()
                raise
            self._socket = wire
        return self._socket


def rest(worked: float, share: float) -> float:
    """Seconds of rest after so many of work, for a share of a processor above 0 and up to 1."""
    return worked * (1 - share) / share


async def receive(door: socket.socket, take: Callable[[Posted], float], ends: Callable[[bool], bool]) -> None:
    """Hand every piece that comes through a listening socket to `take`, one at a time, whoever sent it.

    take: says what share of a processor its piece may have; the rest of the time belongs to others.
    ends: asked ten times a second whether that was all; told whether anything came since it was asked last.
    """
    came, turn = False, asyncio.Lock()

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        try:
            while True:
                (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                content = await reader.readexactly(length)
                came = True
                async with turn:
                    began = time.perf_counter()
                    share = take(_decode(content))
                    await asyncio.sleep(rest(time.perf_counter() - began, share))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_unix_server(read, sock=door)
    async with server:
        while not ends(came):
            came = False
            await asyncio.sleep(0.1)
