"""How much is worked on at once: beyond it a request is refused at once, so that memory stays flat and answers stay fast."""

from types import TracebackType

from millwright.serve.refusal import RequestRefused

MAX_IN_PROGRESS = 1_024
LARGE_BYTES = 64_000
"""Bodies up to this size are answered on the event loop: handing one over costs more than answering it."""
LARGE_AT_ONCE = 10
"""So many of the largest bodies may be arriving at once, or more that are smaller."""


class Load:
    """The requests of one process that are in progress, and the bytes of large bodies that are still arriving."""

    def __init__(self) -> None:
        self._requests = self._bytes = 0

    def __enter__(self) -> None:
        """One more request. Raises RequestRefused (503) where there are too many."""
        if self._requests >= MAX_IN_PROGRESS:
            raise overloaded("too many requests at once")
        self._requests += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._requests -= 1

    def hold(self, size: int, limit: int) -> None:
        """So many bytes more of large bodies, each of at most `limit`. Raises RequestRefused (503) where they are too many."""
        if self._bytes + size > LARGE_AT_ONCE * limit:
            raise overloaded("too many large requests at once")
        self._bytes += size

    def release(self, size: int) -> None:
        """So many bytes less."""
        self._bytes -= size


def overloaded(what: str) -> RequestRefused:
    """The refusal of what is too much at this moment."""
    return RequestRefused(503, what, code="overload", fix="try again in a second")
