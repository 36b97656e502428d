"""One way to ask and to be answered over HTTP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from millwright.errors import MillwrightError
from millwright.serve.body import PredictBody
from millwright.serve.explaining import answer_request, answer_requests
from millwright.serve.http import JSON
from millwright.serve.plane import Plane
from millwright.serve.predict import Answer, Outcome
from millwright.serve.slot import Slot

_encode = msgspec.json.Encoder().encode
_EXPLAIN = b'"explain"'


class Written(msgspec.Struct, frozen=True):
    """An answer as its client reads it, and the answer that it tells."""

    body: bytes
    answer: Answer


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one protocol spells requests, answers and refusals.

    read: a body of a media type, for a slot, to its rows, and what `write` needs of it besides; raises RequestRefused.
    write: the JSON data of an answer. refuse: the JSON data of an error, given with the id of the request. explains: whether
    every request is one for contributions.
    """

    read: Callable[[bytes, bytes, Slot], tuple[PredictBody, Any]]
    write: Callable[[Answer, Slot, Any], object]
    refuse: Callable[[MillwrightError, str], object]
    media: frozenset[bytes] = frozenset({JSON})
    explains: bool = False

    def answer(self, plane: Plane, slot: Slot, raw: bytes, media: bytes) -> Written:
        """The JSON answer to a body; every prediction in it is in the log when this returns. Raises as `predict` does."""
        body, besides = self.read(raw, media, slot)
        answer = answer_request(plane, slot, body)
        return Written(_encode(self.write(answer, slot, besides)), answer)

    def is_quick(self, raw: bytes) -> bool:
        """Whether a body of usual size takes microseconds: not where it may ask for contributions, which take milliseconds."""
        return not self.explains and _EXPLAIN not in raw

    def answer_all(self, plane: Plane, slot: Slot, raws: Sequence[tuple[bytes, bytes]]) -> list[Written | MillwrightError]:
        """The JSON answers to bodies (each with its media type) that came together, or what is wrong with each."""
        read = [self._try_read(raw, media, slot) for raw, media in raws]
        outcomes = iter(answer_requests(plane, slot, [one[0] for one in read if not isinstance(one, MillwrightError)]))
        return [one if isinstance(one, MillwrightError) else self._told(next(outcomes), slot, one[1]) for one in read]

    def _try_read(self, raw: bytes, media: bytes, slot: Slot) -> tuple[PredictBody, Any] | MillwrightError:
        try:
            return self.read(raw, media, slot)
        except MillwrightError as error:
            return error

    def _told(self, outcome: Outcome, slot: Slot, besides: Any) -> Written | MillwrightError:
        """An outcome in this protocol's words, which may find that it has none for it."""
        if isinstance(outcome, MillwrightError):
            return outcome
        try:
            return Written(_encode(self.write(outcome, slot, besides)), outcome)
        except MillwrightError as error:
            return error
