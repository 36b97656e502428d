"""An end to a conversation that takes too long in all, however lively each part of it is."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Deadline:
    """Watches the socket of a conversation and shuts it down when its time is over."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._over = False

    def watch(self, door: socket.socket | None) -> None:
        """From now on this is the conversation's socket."""
        self._socket = door
        if self._over:
            self.end()

    def end(self) -> None:
        """The time is over."""
        self._over = True
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:  # it has ended by itself
                return

    def check(self) -> None:
        """Raise TimeoutError where the time is over: what was read since then was cut off, and may look whole."""
        if self._over:
            raise TimeoutError

    def words(self, error: Exception, seconds: float) -> str:
        """Why the conversation failed. smtplib wraps a time-out of a single read in an error of its own."""
        if self._over or isinstance(error, TimeoutError) or "timed out" in str(error):
            return f"no answer within {seconds:g} s"
        return getattr(error, "strerror", None) or str(error) or type(error).__name__


@contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """A deadline from now on."""
    late = Deadline()
    alarm = threading.Timer(seconds, late.end)
    alarm.daemon = True
    alarm.start()
    try:
        yield late
    finally:
        alarm.cancel()
