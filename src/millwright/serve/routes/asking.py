"""How a request for predictions is taken: its body bounded, small ones answered at once, large ones elsewhere.

Elsewhere is the worker for large requests; where there is none, a thread.
"""

import asyncio

from millwright.serve.access import Permission
from millwright.serve.dialects.dialect import Dialect, Written
from millwright.serve.form import Form, form_of
from millwright.serve.http import Receive, Response, Scope, check_headers, read_body
from millwright.serve.load import LARGE_BYTES, overloaded
from millwright.serve.plane import BATCH_THREADS, BATCHES_WAITING, Plane
from millwright.serve.router import Handler, Names, Route
from millwright.serve.slot import Slot

ANSWER = "millwright.answer"
"""Where the scope of a request for predictions has its `Answer`, once it was given here."""


class Asking:
    """Routes of requests for predictions, in any dialect."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._batches = 0

    def route(self, path: str, dialect: Dialect, counted_as: str = "") -> Route:
        """A route on which predictions are asked for in a dialect."""
        handler = self._in_dialect(dialect)
        return Route("POST", path, Permission.PREDICT, handler, dialect.refuse, counted_as, asks=dialect)

    def _in_dialect(self, dialect: Dialect) -> Handler:

        async def handler(names: Names, scope: Scope, receive: Receive) -> Response:
            slot = slot_of(self._plane, names)
            with self._plane.load:
                raw, media = await read_bounded(self._plane, slot, scope, receive, dialect.media)
                form = form_of(scope["headers"], media, self._plane.access.name(scope["headers"]))
                large = form.in_json(len(raw)) > LARGE_BYTES
                if not large and dialect.is_quick(raw):
                    return _told(scope, dialect.answer(self._plane, slot, raw, form))
                if large and self._plane.back_door is not None:
                    return await self._plane.back_door.ask(scope, raw)
                return _told(scope, await self._in_thread(dialect, slot, raw, form))

        return handler

    async def _in_thread(self, dialect: Dialect, slot: Slot, raw: bytes, form: Form) -> Written:
        if self._batches >= BATCH_THREADS + BATCHES_WAITING:
            raise overloaded("too many large requests at once")
        self._batches += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._plane.batches, dialect.answer, self._plane, slot, raw, form
            )
        finally:
            self._batches -= 1


def _told(scope: Scope, written: Written) -> Response:
    scope[ANSWER] = written.answer
    return written.response()


def slot_of(plane: Plane, names: Names) -> Slot:
    """What answers for the project and version that a request names."""
    return plane.slot(names.get("project"), names.get("version"), names.get("asked"))


async def read_bounded(
    plane: Plane, slot: Slot, scope: Scope, receive: Receive, media: frozenset[bytes]
) -> tuple[bytes, bytes]:
    """The body, and which of the media types it is."""
    limit = slot.settings.max_body_bytes
    kind = check_headers(scope["headers"], limit, media)
    return await read_body(receive, limit, plane.load), kind
