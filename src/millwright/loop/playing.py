"""Playing a history: each row asked when it happened, each label told when it became known, each tick when it is due.

The clock stands still during a tick, so that the same history gives the same decisions however fast it is played, over HTTP
or without.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from millwright.loop.calendar import last_end
from millwright.loop.progress import Listener, silent
from millwright.loop.sealing import seal_logs
from millwright.loop.tick import TickOutcome, tick
from millwright.loop.windows import count_of, looked_until
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
    """One row of history: what was known when it happened, and what came true, told at `told_at` (None: never).

    name: the client's own id of the row, by which it is found in the log again; None: it is asked without one. faults: those
    that were put into this row, by their texts.
    """

    at: datetime
    row: dict[str, Any]
    value: float | int | str | None
    told_at: datetime | None
    name: str | None = None
    faults: tuple[str, ...] = ()


class DataPlane(Protocol):
    """What answers and takes labels."""

    def predict(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to a prediction request; None where it failed."""

    def label(self, labels: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The answer to labels told; None where it failed."""

    def finish(self, before: datetime) -> bool:
        """All that happened before this moment has been asked: let go of what was written on days before. Whether it did."""

    def settle(self, release: Release) -> None:
        """Return once the data plane answers with this release, and tries what is tried beside it."""


class DirectPlane:
    """The data plane in this process: the code of the server without its sockets. Each row counts as a request of its own, as
    it would be one to a server."""

    def __init__(self, inside: InProcess, project: str) -> None:
        self._inside, self._project = inside, project

    def predict(self, body: dict[str, Any]) -> dict[str, Any] | None:
        raw = msgspec.json.encode(body)
        answer: dict[str, Any] = msgspec.json.decode(self._inside.predict(self._project, raw, len(body["rows"])))
        return answer

    def label(self, labels: list[dict[str, Any]]) -> dict[str, Any] | None:
        return self._inside.label(self._project, msgspec.json.encode({"labels": labels}))

    def finish(self, before: datetime) -> bool:
        self._inside.finish(before)
        return True

    def settle(self, release: Release) -> None:  # noqa: ARG002  (one look takes up all that is there)
        self._inside.look()


@dataclass(slots=True)
class Played:
    """What has been played so far. failed: rows that had no answer. learnable: by the text of a fault, when the first outcome
    was told of an answered row with it in; nothing learns from it before."""

    predictions: int = 0
    labels: int = 0
    failed: int = 0
    learnable: dict[str, datetime] = field(default_factory=dict)
    ticks: list[TickOutcome] = field(default_factory=list)


Told = Callable[[datetime, Played], None]


@dataclass(slots=True)
class Ends:
    """When windows end while a history is played: `step` after `begin`, or right after the row that makes `rows` answers.

    since: how many rows had been answered where the window begins. full: when it was full.
    """

    begin: datetime
    step: timedelta
    rows: int | None = None
    since: int = 0
    full: datetime | None = None
    _answered: int = 0

    def by(self, moment: datetime) -> datetime | None:
        """The end of the window, and the next begins, where all of it is over by this moment; else None."""
        latest = self.begin + self.step
        end = min(self.full + timedelta(microseconds=1), latest) if self.full is not None else latest
        if end > moment:
            return None
        self.begin, self.full, self.since = end, None, self._answered
        return end

    def may_be_full(self, answered: int) -> bool:
        """Whether the window is full if all that was asked is answered."""
        self._answered = answered
        return self.rows is not None and self.full is None and answered - self.since >= self.rows

    def answered(self, answered: int, at: datetime) -> None:
        """So many rows were answered, the last of which happened at this moment."""
        self._answered = answered
        if self.rows is not None and answered - self.since >= self.rows:
            self.full = at


@dataclass(slots=True)
class Player:
    """Plays a history through a data plane and the loop.

    on_tick: told after each tick. sends: whether people hear of what happens in it; else alerts are noted and go nowhere.
    at_once: the most rows of one request. While a canary is tried each row is a request of its own whatever this says, since
    a request is answered by one version.
    """

    shop: Workshop
    plane: DataPlane
    listen: Listener = silent
    on_tick: Told = lambda _at, _played: None
    sends: bool = False
    at_once: int = 1
    played: Played = field(default_factory=Played)
    _asking: list[Happening] = field(default_factory=list)
    _waiting: list[tuple[datetime, int, str, Happening]] = field(default_factory=list)
    _release: int = 0
    _one_by_one: bool = False

    def play(self, happenings: Iterable[Happening], start: datetime, end: datetime) -> Played:
        """Play what happened in [start, end), in order of time, and tick whenever a window has ended."""
        told, ends = start, self._ends(start)
        self._settle()
        for happening in happenings:
            while (ended := ends.by(happening.at)) is not None:
                self._tick(ended)
            if happening.at - told > LABELS_EVERY:
                told = happening.at
                self._tell(told)
            self._asking.append(happening)
            if len(self._asking) >= self.at_once or self._one_by_one:
                self._ask()
            if ends.may_be_full(self.played.predictions + len(self._asking)):
                self._ask()
                ends.answered(self.played.predictions, happening.at)
        while (ended := ends.by(end)) is not None:
            self._tick(ended)
        self._tell(end)
        return self.played

    def _ends(self, start: datetime) -> "Ends":
        watch = self.shop.spec.watch
        count = count_of(watch)
        if count is None:
            every = parse_duration(watch.every)
            return Ends(last_end(start, every), every)
        looked, begun = looked_until(self.shop)
        return Ends(max(looked or begun, begun), count.longest, count.every, self.played.predictions)

    def tell_the_rest(self) -> None:
        """Tell the labels that become known after the end of the play, each as of its time, so that all of it can be judged."""
        while self._waiting:
            soonest = heapq.nsmallest(LABELS_AT_ONCE, self._waiting)
            self._tell(soonest[-1][0])

    def _ask(self) -> None:
        """Ask what is to be asked. Where one row of several spoils a request, each is asked by itself."""
        asked, self._asking = self._asking, []
        if not asked:
            return
        answer = self.plane.predict(_body(asked))
        if answer is None and len(asked) > 1:
            for happening in asked:
                self._take([happening], self.plane.predict(_body([happening])))
        else:
            self._take(asked, answer)

    def _take(self, asked: list[Happening], answer: dict[str, Any] | None) -> None:
        """Note what was answered, and which labels wait for their time."""
        if answer is None:
            self.played.failed += len(asked)
            return
        for happening, prediction in zip(asked, answer["predictions"], strict=True):
            self.played.predictions += 1
            if happening.told_at is not None and happening.value is not None:
                heapq.heappush(self._waiting, (happening.told_at, self.played.predictions, prediction["id"], happening))

    def _tell(self, now: datetime) -> None:
        """Tell the labels that are known by now."""
        self._ask()
        due: list[dict[str, Any]] = []
        while self._waiting and self._waiting[0][0] <= now:
            at, _, prediction, happening = heapq.heappop(self._waiting)
            due.append({"id": prediction, "value": happening.value, "at": at.isoformat()})
            for fault in happening.faults:
                self.played.learnable.setdefault(fault, at)
        for begin in range(0, len(due), LABELS_AT_ONCE):
            self.plane.label(due[begin : begin + LABELS_AT_ONCE])
        self.played.labels += len(due)

    def _tick(self, at: datetime) -> None:
        self._tell(at)
        if self.plane.finish(at):
            seal_logs(self.shop, at, quiet=timedelta())  # nobody writes to these days any more: a look reads them sealed
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
            self._one_by_one = current.stage == "canary"


def _body(asked: list[Happening]) -> dict[str, Any]:
    """A prediction request for these rows."""
    at: Any = [happening.at.isoformat() for happening in asked]
    body: dict[str, Any] = {"rows": [happening.row for happening in asked], "at": at if len(asked) > 1 else at[0]}
    if all(happening.name is not None for happening in asked):
        body["ids"] = [happening.name for happening in asked]
    return body
