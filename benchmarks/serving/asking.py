"""A client of few words: one connection, kept open, bytes made beforehand; and many of them at once."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, pairwise

REFUSED = b"refused"
"""In place of a body: nobody listened, so nothing was sent."""

Outcome = tuple[float, float, int, bytes]
"""When a request began (time.monotonic()), what it took in seconds, the status (0: no answer), and the body."""


class Client:
    """One connection to a server on this machine."""

    def __init__(self, port: int, path: str = "/v1/predict", seconds: float = 30) -> None:
        self._head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        self._wire = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def predict(self, body: bytes) -> bytes:
        """The body of an answer. Raises RuntimeError where it is not 200."""
        status, answer = self.ask(body)
        if status != 200:
            raise RuntimeError(f"the server answered {status} {answer[:300]!r}")
        return answer

    def ask(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of an answer. Raises OSError where the connection breaks."""
        return self.ask_once(body)[:2]

    def ask_once(self, body: bytes) -> tuple[int, bytes, bool]:
        """Status and body of an answer, and whether the server ends the connection with it."""
        self._wire.sendall(f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._receive()
        head, _, answer = got.partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length:")[2].split()[0])
        pieces = [answer]
        while (size := size - len(pieces[-1])) > 0:
            pieces.append(self._receive())
        return int(head.split()[1]), b"".join(pieces), b"connection: close" in head.lower()

    def _receive(self) -> bytes:
        piece = self._wire.recv(1 << 18)
        if not piece:
            raise ConnectionResetError("the server closed the connection")
        return piece


@dataclass(slots=True)
class Askers:
    """Clients that ask until they are told to stop; a broken connection is opened anew."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def failed(self) -> list[Outcome]:
        """Requests that got no answer, or another one than 200."""
        return [outcome for outcome in self.outcomes if outcome[2] != 200]

    def between(self, since: float, until: float) -> list[Outcome]:
        """Requests that began in a span of time."""
        return [outcome for outcome in self.outcomes if since <= outcome[0] < until]

    def longest_gap(self) -> float:
        """The longest time in seconds in which no answer came."""
        ends = sorted(began + took for began, took, status, _ in self.outcomes if status == 200)
        return max((later - earlier for earlier, later in pairwise(ends)), default=float("inf"))


@contextmanager
def asking(port: int, bodies: Sequence[bytes], clients: int, pause: float = 0.0) -> Iterator[Askers]:
    """So many clients that ask all the time, each from a thread of its own, while the block runs.

    pause: seconds between an answer and the next request.
    """
    askers, over = Askers(), threading.Event()
    threads = [
        threading.Thread(target=_ask, args=(port, bodies[at::clients], over, askers.outcomes, pause)) for at in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield askers
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _ask(port: int, bodies: Sequence[bytes], over: threading.Event, outcomes: list[Outcome], pause: float) -> None:
    client: Client | None = None
    for body in cycle(bodies):
        if over.is_set():
            break
        began = time.monotonic()
        try:
            client = client or Client(port)
            status, answer, closes = client.ask_once(body)
            if closes:
                client.close()
                client = None
        except ConnectionRefusedError:  # it was not sent
            client, status, answer = None, 0, REFUSED
        except OSError:
            client, status, answer = None, 0, b""
        outcomes.append((began, time.monotonic() - began, status, answer))
        if pause or not status:
            time.sleep(max(pause, 0.005))
    if client is not None:
        client.close()
