"""One way to ask and to be answered over HTTP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from millwright.errors import MillwrightError
from millwright.serve.asked import Sent
from millwright.serve.body import PredictBody
from millwright.serve.explaining import answer_request, answer_requests
from millwright.serve.form import Form
from millwright.serve.http import EXPLAINED, JSON, Response
from millwright.serve.plane import Plane
from millwright.serve.predict import Answer, Outcome
from millwright.serve.slot import Slot

_encode = msgspec.json.Encoder().encode
_EXPLAIN = b'"explain"'


class Written(msgspec.Struct, frozen=True):
    """An answer as it is sent, and the answer that it tells. body: its JSON, or a whole response where there is more to it."""

    body: bytes | Response
    answer: Answer

    def response(self) -> Response:
        """The answer as a response."""
        return self.body if isinstance(self.body, Response) else Response(200, self.body)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one protocol spells requests, answers and refusals.

    read: a body of a form, for a slot, to its rows, and what `write` needs of it besides; raises RequestRefused.
    write: the JSON data of an answer, or a whole response. refuse: the JSON data of an error, given with the id of the
    request. explains: whether every request is one for contributions.
    """

    read: Callable[[bytes, Form, Slot], tuple[PredictBody, Any]]
    write: Callable[[Answer, Slot, Any], object]
    refuse: Callable[[MillwrightError, str], object]
    media: frozenset[bytes] = frozenset({JSON})
    explains: bool = False

    def answer(self, plane: Plane, slot: Slot, raw: bytes, form: Form) -> Written:
        """The answer to a body; every prediction in it is in the log when this returns. Raises as `predict` does."""
        body, besides = self.read(raw, form, slot)
        return self._written(answer_request(plane, slot, Sent(body, form.caller)), slot, besides, explained=body.explain)

    def is_quick(self, raw: bytes) -> bool:
        """Whether a body of usual size takes microseconds: not where it may ask for contributions, which take milliseconds."""
        return not self.explains and _EXPLAIN not in raw

    def answer_all(self, plane: Plane, slot: Slot, raws: Sequence[tuple[bytes, Form]]) -> list[Written | MillwrightError]:
        """The answers to bodies (each with its form) that came together, or what is wrong with each."""
        read = [self._try_read(raw, form, slot) for raw, form in raws]
        told = zip(read, raws, strict=True)
        sent = [Sent(one[0], form.caller) for one, (_, form) in told if not isinstance(one, MillwrightError)]
        outcomes = iter(answer_requests(plane, slot, sent))
        return [one if isinstance(one, MillwrightError) else self._told(next(outcomes), slot, *one) for one in read]

    def _try_read(self, raw: bytes, form: Form, slot: Slot) -> tuple[PredictBody, Any] | MillwrightError:
        try:
            return self.read(raw, form, slot)
        except MillwrightError as error:
            return error

    def _told(self, outcome: Outcome, slot: Slot, body: PredictBody, besides: Any) -> Written | MillwrightError:
        """An outcome in this protocol's words, which may find that it has none for it."""
        if isinstance(outcome, MillwrightError):
            return outcome
        try:
            return self._written(outcome, slot, besides, explained=body.explain)
        except MillwrightError as error:
            return error

    def _written(self, answer: Answer, slot: Slot, besides: Any, *, explained: bool) -> Written:
        """An answer in this protocol's words; raises MillwrightError where it has none for it."""
        told = self.write(answer, slot, besides)
        written = Written(told if isinstance(told, Response) else _encode(told), answer)
        if not explained:
            return written
        response = written.response()
        return Written(replace(response, headers=(*response.headers, EXPLAINED)), answer)
