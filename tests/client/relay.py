"""A wire that can fail on purpose: it stands between a client and a server and may lose an answer on its way back."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Relay:
    """Takes connections on `port`, asks the server at `to`, and hands its answers back.

    lose: how many answers are read and thrown away, after `spare` that are not; the connection is closed instead.
    meanwhile: called instead of an answer that is lost, before the connection closes. requests: what came, each whole.
    """

    port: int
    to: int
    lose: int = 0
    spare: int = 0
    meanwhile: Callable[[], None] | None = None
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where a client asks."""
        return f"http://127.0.0.1:{self.port}"

    def carry(self, near: socket.socket) -> None:
        """One connection of a client, request by request."""
        with near:
            while request := read_message(near):
                self.requests.append(request)
                answer = self._answer_to(request)
                if self.spare > 0:
                    self.spare -= 1
                elif self.lose > 0:
                    self.lose -= 1
                    if self.meanwhile is not None:
                        self.meanwhile()
                    return
                if not answer:
                    return
                near.sendall(answer)

    def _answer_to(self, request: bytes) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self.to), timeout=30) as far:
                far.sendall(request)
                return read_message(far)
        except OSError:
            return b""


def read_message(wire: socket.socket) -> bytes:
    """One HTTP message with a Content-Length; nothing where the other side closed."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = wire.recv(65536)
        if not piece:
            return b""
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
    size = next((int(value) for name, _, value in lines if name == b"content-length"), 0)
    while len(body) < size:
        body += wire.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def relaying(to: int) -> Iterator[Relay]:
    """A relay to a server's port, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        relay = Relay(door.getsockname()[1], to)

        def take() -> None:
            while True:
                try:
                    near, _ = door.accept()
                except OSError:
                    return
                threading.Thread(target=relay.carry, args=(near,), daemon=True).start()

        threading.Thread(target=take, daemon=True).start()
        yield relay
        door.shutdown(socket.SHUT_RDWR)
