"""Idempotency: a row sent again under the same client id gets the answer it got before, and is logged once.

The memory is bounded and of this process; what it forgot is resolved when windows are read: the earliest answer counts.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from millwright.errors import Conflict

_REMEMBERED = 10_000

Given = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer that was given and logged: a hash of its row, what the client read, and which version gave it."""

    row: int
    given: Given
    payload_digest: str
    version: int


class Repeats:
    """The last answers given under client ids. Safe to share between threads."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._answers: OrderedDict[tuple[str, str], Remembered] = OrderedDict()
        self._remembered, self._lock = remembered, threading.Lock()

    def recall(self, project: str, client_id: str, row: int) -> Remembered | None:
        """The answer given before under this id; `row` is a hash of the row. Raises Conflict where the row was another."""
        with self._lock:
            known = self._answers.get((project, client_id))
        if known is not None and known.row != row:
            raise Conflict(
                f"the id '{client_id}' was used before for another row",
                where="ids",
                fix="use a new id for each row",
                code="id.reused",
            )
        return known

    def remember(self, project: str, client_id: str, answer: Remembered) -> None:
        """Keep an answer that has been logged."""
        with self._lock:
            self._answers[project, client_id] = answer
            if len(self._answers) > self._remembered:
                self._answers.popitem(last=False)
