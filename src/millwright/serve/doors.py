"""Doors: the sockets that a server listens at."""

import ctypes
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from millwright.errors import Unavailable
from millwright.stores.durable import unavailable

SO_ATTACH_FILTER = 26


def opener(host: str, port: int) -> tuple[Callable[[], socket.socket], int]:
    """What opens listening sockets on one address, and its port (a free one for 0).

    Raises Unavailable naming the address where another program has it. The sockets share the port (SO_REUSEPORT) where the
    system deals connections out among them, as Linux does; elsewhere they are one and the same.
    """
    first = bound(host, port, shared=False)  # of others that share a port with nobody, this is told apart from ours
    port = int(first.getsockname()[1])
    if not sys.platform.startswith("linux"):
        return first.dup, port
    reserved = _shared_instead(first, host, port)
    doors = [reserved]
    return lambda: doors.pop() if doors else bound(host, port, shared=True), port


def _shared_instead(first: socket.socket, host: str, port: int) -> socket.socket:
    first.close()
    return bound(host, port, shared=True)


def bound(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A socket on an address, `shared` with others of this user that share theirs. Raises Unavailable where it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        door.bind((host, port))
    except OSError as error:
        door.close()
        raise Unavailable(
            f"cannot listen: {error.strerror or error}", where=f"{host}:{port}", fix="choose another --port", code="port.taken"
        ) from error
    return door


def back_door(path: Path) -> socket.socket:
    """A listening socket that only processes of this user on this machine can reach. Raises Unavailable."""
    path.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        door.bind(str(path))
        path.chmod(0o600)
        door.listen()
    except OSError as error:
        door.close()
        raise unavailable(error, path) from error
    return door


def deafen(door: socket.socket) -> None:
    """Let a listening socket hear of no new connections, and keep those that wait at it: closing it would reset them.

    Whoever knocks now knocks again a second later, and is refused by then, or let in by another process on the same port. By
    a filter that drops every packet (classic BPF, one instruction: return 0); elsewhere than on Linux nothing is done.
    """
    if not sys.platform.startswith("linux"):
        return
    drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    door.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(drop_all)))
