"""Several training processes as one executor: what is asked comes first, what will likely be asked fills the idle ones."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from queue import SimpleQueue
from threading import Lock
from types import TracebackType
from typing import Self

from millwright.search.budget import Limits
from millwright.search.executor import Ahead, Hand, JobKey, key_of
from millwright.search.messages import Done, Job, Lost

_COMING_BACK = 20.0
"""Seconds that one whose machine was lost has to find another; after that the others do its part."""
_SOFT = 0.9
_GIVEN_UP = Lost(overran=False, reason="given up: the search was stopped")

Answer = Done | Lost | None


class Crew:
    """Hands, of which each does one job at a time. Asked from one thread.

    joins_after: the first does all there is until a job took so many seconds: less is not worth the start of another.
    """

    def __init__(self, hands: Sequence[Hand], clock: Callable[[], float] = time.monotonic, *, joins_after: float = 0.0) -> None:
        self._hands, self._clock, self._joins_after = list(hands), clock, joins_after
        self._idle: SimpleQueue[Hand | None] = SimpleQueue()
        self._spares = list(hands[1:]) if joins_after else []
        for hand in self._hands[: len(hands) - len(self._spares)]:
            self._idle.put(hand)
        self._threads = ThreadPoolExecutor(len(hands), thread_name_prefix="crew")
        self._under_way: dict[JobKey, Future[Answer]] = {}
        self._at: dict[JobKey, Hand] = {}
        self._placing = Lock()
        self._is_started, self._stopped = False, 0
        self.notes: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.abandon()
        self._threads.shutdown(wait=True)
        with ExitStack() as closing:
            for hand in self._hands:
                closing.callback(hand.close)

    @property
    def width(self) -> int:
        """How many can be at work at once."""
        return max(len(self._hands), 1)

    def start(self, limit: float) -> Lost | None:
        """Start those that are to work, and go on as soon as one of them is ready."""
        if self._is_started:
            return None
        if not self._hands:
            return self._none_left()
        pending = {self._threads.submit(self._warmed, limit) for hand in self._hands if hand not in self._spares}
        lost: Lost | None = None
        while pending:
            done, pending = wait(pending, return_when="FIRST_COMPLETED")
            results = [future.result() for future in done]
            if None in results:
                self._is_started = True
                return None
            lost = results[0]
        return lost

    def ahead(self, job: Job, limits: Limits, then: Sequence[Ahead]) -> None:
        """Begin with what is asked next, then with what will likely be; what waited to begin gives way to it."""
        if self._spares:
            return
        self._end_race(job)
        waiting = [key for key, future in self._under_way.items() if future.cancel()]
        for key in waiting:
            del self._under_way[key]
        for step in (Ahead(job, lambda: limits), *then[: 2 * self.width - 1]):
            if step.key not in self._under_way:
                self._under_way[step.key] = self._threads.submit(self._do, step, self._stopped)

    def ask(self, job: Job, limit: float) -> Done | Lost:
        """The answer to a job, which may be there already."""
        self._end_race(job)
        future = self._under_way.pop(key_of(job), None)
        answer = future.result() if future else None
        if answer is None:
            limits = Limits(job.seconds, limit)
            answer = self._threads.submit(self._do, Ahead(job, lambda: limits), self._stopped).result()
        if isinstance(answer, Lost):
            self._spare(job.number)
        if answer and answer.seconds >= self._joins_after:
            self._join()
        return answer or _GIVEN_UP

    def _join(self) -> None:
        """From now on all work. Called from any thread."""
        with self._placing:
            spares, self._spares = self._spares, []
        for hand in spares:
            self._idle.put(hand)

    def _end_race(self, job: Job) -> None:
        """A fit on all rows ends the race: nothing that was begun on folds counts then."""
        if job.fold is None and any(fold is not None for _, _, _, fold, _ in self._under_way):
            self.abandon()

    def _spare(self, number: int) -> None:
        """Do no more of what was begun ahead for a configuration that is out."""
        keys = [key for key in self._under_way if key[0] == number]
        for key in keys:
            self._under_way.pop(key).cancel()
        with self._placing:  # who is at one of these cannot have gone on to another job meanwhile
            for key in keys:
                if key in self._at:
                    self._at[key].interrupt()

    def abandon(self) -> None:
        """End whatever is under way."""
        self._stopped += 1
        for future in self._under_way.values():
            future.cancel()
        self._under_way.clear()
        for hand in self._hands:
            hand.interrupt()

    def _warmed(self, limit: float) -> Lost | None:
        """Start one; who cannot be started is none of the crew."""
        hand = self._idle.get()
        if hand is None:
            return self._none_left()
        lost = hand.start(limit)
        self._keep(hand, lost)
        return lost

    def _do(self, step: Ahead, stopped: int) -> Answer:
        """Have a job done by whoever is idle; once more by another one, where its machine was lost."""
        hand = self._idle.get()
        if hand is None:
            return self._none_left()
        try:
            answer = self._by(hand, step) if stopped == self._stopped else _GIVEN_UP
        except BaseException:
            self._idle.put(hand)  # who asks hears of it; the next job needs a hand all the same
            raise
        if not isinstance(answer, Lost) or not answer.gone or stopped != self._stopped:
            self._idle.put(hand)
            return answer
        self.notes.append(f"{answer.reason}: {step.job.config.name} was fitted again elsewhere")
        self._take_back(hand)
        other = self._idle.get()
        if other is None:
            return self._none_left()
        again = self._by(other, step)
        self._idle.put(other)
        return again

    def _by(self, hand: Hand, step: Ahead) -> Answer:
        """A job by one hand. What it takes to start is part of what the job may take."""
        limits = step.limits()
        if limits is None:
            return None
        with self._placing:
            self._at[step.key] = hand
        try:
            return self._within(hand, step, limits)
        finally:
            with self._placing:
                del self._at[step.key]

    def _within(self, hand: Hand, step: Ahead, limits: Limits) -> Done | Lost:
        begun = self._clock()
        lost = hand.start(limits.hard)
        left = limits.hard - (self._clock() - begun)
        if lost is not None:
            return lost
        return hand.ask(replace(step.job, seconds=min(limits.soft, _SOFT * left)), left)

    def _take_back(self, hand: Hand) -> None:
        """One whose machine was lost goes on if it finds another."""
        self._keep(hand, hand.start(_COMING_BACK))

    def _keep(self, hand: Hand, lost: Lost | None) -> None:
        if lost is None:
            self._idle.put(hand)
            return
        hand.close()
        self._hands.remove(hand)
        self._join()
        if not self._hands:
            self._idle.put(None)

    def _none_left(self) -> Lost:
        self._idle.put(None)
        return Lost(overran=False, reason="no worker is left")
