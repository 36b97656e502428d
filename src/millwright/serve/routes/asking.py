"""How a request for predictions is taken: its body bounded, small ones answered at once, large ones in a thread."""

import asyncio

from millwright.serve.dialects.dialect import Dialect
from millwright.serve.http import Receive, Response, Scope, check_headers, read_body
from millwright.serve.load import LARGE_BYTES, overloaded
from millwright.serve.plane import BATCH_THREADS, BATCHES_WAITING, Plane
from millwright.serve.refusal import not_found
from millwright.serve.router import Handler, Names
from millwright.serve.slot import Slot


class Asking:
    """Handlers of requests for predictions, in any dialect."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._batches = 0

    def in_dialect(self, dialect: Dialect) -> Handler:
        """A handler that answers requests in a dialect."""

        async def handler(names: Names, scope: Scope, receive: Receive) -> Response:
            slot = slot_of(self._plane, names)
            with self._plane.load:
                raw, media = await read_bounded(self._plane, slot, scope, receive, dialect.media)
                if len(raw) <= LARGE_BYTES:
                    return Response(200, dialect.answer(self._plane, slot, raw, media))
                return Response(200, await self._in_thread(dialect, slot, raw, media))

        return handler

    async def _in_thread(self, dialect: Dialect, slot: Slot, raw: bytes, media: bytes) -> bytes:
        if self._batches >= BATCH_THREADS + BATCHES_WAITING:
            raise overloaded("too many large requests at once")
        self._batches += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._plane.batches, dialect.answer, self._plane, slot, raw, media
            )
        finally:
            self._batches -= 1


def slot_of(plane: Plane, names: Names) -> Slot:
    """What answers for the project that a path names, which must have the version that it names."""
    slot = plane.slot(names.get("project"))
    version = names.get("version")
    if version is not None and version.removeprefix("v") != str(slot.version):
        raise not_found()
    return slot


async def read_bounded(
    plane: Plane, slot: Slot, scope: Scope, receive: Receive, media: frozenset[bytes]
) -> tuple[bytes, bytes]:
    """The body, and which of the media types it is."""
    limit = slot.settings.max_body_bytes
    kind = check_headers(scope["headers"], limit, media)
    return await read_body(receive, limit, plane.load), kind
