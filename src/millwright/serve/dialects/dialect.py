"""One way to ask and to be answered over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from millwright.errors import MillwrightError
from millwright.serve.body import PredictBody
from millwright.serve.http import JSON
from millwright.serve.plane import Plane
from millwright.serve.predict import Answer, predict
from millwright.serve.slot import Slot

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one protocol spells requests, answers and refusals.

    read: a body of a media type, for a slot, to its rows, and what `write` needs of it besides; raises RequestRefused.
    write: the JSON data of an answer. refuse: the JSON data of an error, given with the id of the request.
    """

    read: Callable[[bytes, bytes, Slot], tuple[PredictBody, Any]]
    write: Callable[[Answer, Slot, Any], object]
    refuse: Callable[[MillwrightError, str], object]
    media: frozenset[bytes] = frozenset({JSON})

    def answer(self, plane: Plane, slot: Slot, raw: bytes, media: bytes) -> bytes:
        """The JSON answer to a body; every prediction in it is in the log when this returns. Raises as `predict` does."""
        body, besides = self.read(raw, media, slot)
        return _encode(self.write(predict(plane, slot, body), slot, besides))
