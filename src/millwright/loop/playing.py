"""Playing a history: each row asked when it happened, each label told when it became known, each tick when it is due.

The clock stands still during a tick, so that the same history gives the same decisions however fast it is played, over HTTP
or without.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from millwright.loop.calendar import last_end
from millwright.loop.progress import Listener, silent
from millwright.loop.tick import TickOutcome, tick
from millwright.loop.workshop import Workshop
from millwright.records.record import record
from millwright.records.release import Release
from millwright.registry import releases
from millwright.serve.inprocess import InProcess
from millwright.spec.durations import parse_duration
from millwright.stores.clock import FixedClock

LABELS_AT_ONCE = 1000
LABELS_EVERY = timedelta(hours=6)


@record
class Happening:
    """One row of history: what was known when it happened, and what came true, told at `told_at` (None: never)."""

    at: datetime
    row: dict[str, Any]
    value: float | int | str | None
    told_at: datetime | None


class DataPlane(Protocol):
    """What answers and takes labels."""

    def predict(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to a prediction request; None where it failed."""

    def label(self, labels: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The answer to labels told; None where it failed."""

    def settle(self, release: Release) -> None:
        """Return once the data plane answers with this release, and tries what is tried beside it."""


class DirectPlane:
    """The data plane in this process: the code of the server without its sockets."""

    def __init__(self, inside: InProcess, project: str) -> None:
        self._inside, self._project = inside, project

    def predict(self, body: dict[str, Any]) -> dict[str, Any] | None:
        answer: dict[str, Any] = json.loads(self._inside.predict(self._project, json.dumps(body).encode()))
        return answer

    def label(self, labels: list[dict[str, Any]]) -> dict[str, Any] | None:
        return self._inside.label(self._project, json.dumps({"labels": labels}).encode())

    def settle(self, release: Release) -> None:  # noqa: ARG002  (one look takes up all that is there)
        self._inside.look()


@dataclass(slots=True)
class Played:
    """What has been played so far."""

    predictions: int = 0
    labels: int = 0
    ticks: list[TickOutcome] = field(default_factory=list)


Told = Callable[[datetime, Played], None]


@dataclass(slots=True)
class Player:
    """Plays a history through a data plane and the loop.

    on_tick: told after each tick. sends: whether people hear of what happens in it; else alerts are noted and go nowhere.
    """

    shop: Workshop
    plane: DataPlane
    listen: Listener = silent
    on_tick: Told = lambda _at, _played: None
    sends: bool = False
    played: Played = field(default_factory=Played)
    _waiting: "deque[tuple[datetime, str, Happening]]" = field(default_factory=deque)
    _release: int = 0

    def play(self, happenings: Iterable[Happening], start: datetime, end: datetime) -> Played:
        """Play what happened in [start, end), in order of time, and tick whenever a window has ended."""
        every = parse_duration(self.shop.spec.watch.every)
        next_tick, told = last_end(start, every) + every, start
        self._settle()
        for happening in happenings:
            while happening.at >= next_tick:
                self._tick(next_tick)
                next_tick += every
            if happening.at - told > LABELS_EVERY:
                told = happening.at
                self._tell(told)
            self._ask(happening)
        while next_tick <= end:
            self._tick(next_tick)
            next_tick += every
        self._tell(end)
        return self.played

    def tell_the_rest(self) -> None:
        """Tell the labels that become known after the end of the play, each as of its time, so that all of it can be judged."""
        while self._waiting:
            self._tell(self._waiting[-1][0] if len(self._waiting) < LABELS_AT_ONCE else self._waiting[LABELS_AT_ONCE - 1][0])

    def _ask(self, happening: Happening) -> None:
        answer = self.plane.predict({"rows": [happening.row], "at": happening.at.isoformat()})
        if answer is None:
            return
        self.played.predictions += 1
        if happening.told_at is not None and happening.value is not None:
            self._waiting.append((happening.told_at, answer["predictions"][0]["id"], happening))

    def _tell(self, now: datetime) -> None:
        """Tell the labels that are known by now."""
        due: list[dict[str, Any]] = []
        while self._waiting and self._waiting[0][0] <= now:
            at, prediction, happening = self._waiting.popleft()
            due.append({"id": prediction, "value": happening.value, "at": at.isoformat()})
        for begin in range(0, len(due), LABELS_AT_ONCE):
            self.plane.label(due[begin : begin + LABELS_AT_ONCE])
        self.played.labels += len(due)

    def _tick(self, at: datetime) -> None:
        self._tell(at)
        secrets = self.shop.secrets if self.sends else None
        self.played.ticks.append(tick(replace(self.shop, clock=FixedClock(at), secrets=secrets), self.listen))
        self._settle()
        self.on_tick(at, self.played)

    def _settle(self) -> None:
        """Wait until the data plane answers with what is released."""
        with self.shop.catalogue.read() as view:
            current = releases.current(view, self.shop.project)
        if current is not None and current.number != self._release:
            self.plane.settle(current)
            self._release = current.number
