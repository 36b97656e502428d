"""Work in a process beside this one: where history is played, the two halves of a look take as long as its longer one.

It holds its own opened models, and reads the same files and the same catalogue; it writes nothing.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, replace
from datetime import datetime
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Concatenate, ParamSpec, Self, TypeVar

from millwright.loop.workshop import Workshop
from millwright.stores.clock import FixedClock

P = ParamSpec("P")
T = TypeVar("T")

_OF_ONE_PROCESS = ("catalogue", "counters", "beside", "labelled", "secrets")
"""Parts of a workshop that another process has to open for itself, or does without."""


class Beside:
    """The process, from entering to leaving. What it cannot do, or did not live to do, whoever asked does."""

    def __init__(self, shop: Workshop) -> None:
        self._parts = {one.name: getattr(shop, one.name) for one in fields(shop) if one.name not in _OF_ONE_PROCESS}
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = 0

    def __enter__(self) -> Self:
        command = [sys.executable, "-P", "-m", "millwright.loop.beside"]  # no module of the folder we are in
        # a session of its own: what interrupts us is ours to hear, and our end is its end of input
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        self._send(self._parts)
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._end()

    def begin(
        self, work: Callable[Concatenate[Workshop, P], T], now: datetime, *given: P.args, **named: P.kwargs
    ) -> Callable[[], T | None]:
        """Have it do `work`, a function of a module, in its own workshop as of `now`. What is returned waits for the result:
        None where there is none. One thing is done after the other, in the order in which they were begun, and is to be waited
        for in that order: what was begun before is passed over then."""
        self._asked += 1
        number = self._asked
        self._send((number, work, now, given, named))
        return lambda: self._told(number)

    def _send(self, what: Any) -> None:
        if self._process is not None and self._process.stdin is not None:
            try:
                pickle.dump(what, self._process.stdin)
                self._process.stdin.flush()
            except OSError:
                self._end()

    def _told(self, number: int) -> Any:
        """The result of this. One that nobody waited for, since something failed meanwhile, is passed over."""
        try:
            while self._process is not None and self._process.stdout is not None:
                of, told = pickle.load(self._process.stdout)  # noqa: S301  (our own process, over a pipe of ours)
                if of == number:
                    return told
        except (OSError, EOFError, pickle.UnpicklingError):
            self._end()
        return None

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.kill()
        process.wait()


def serve(asked: IO[bytes], told: IO[bytes]) -> None:
    """Work as long as there is something to read. What fails is told as None: whoever asked does it again, and hears why."""
    from millwright.registry.catalogue import Catalogue

    wanted = _read_at_once(asked)
    parts = next(wanted)
    shop = Workshop(**parts, catalogue=Catalogue.open(parts["home"].catalogue))
    for number, work, now, given, named in wanted:
        try:
            found = work(replace(shop, clock=FixedClock(now)), *given, **named)
        except Exception:  # noqa: BLE001  (see above)
            found = None
        pickle.dump((number, found), told)
        told.flush()


def _read_at_once(asked: IO[bytes]) -> Iterator[Any]:
    """What is asked, in its order, until that ends. It is taken in as soon as it comes, also while something is done: who asks
    for two things may not have to wait with the second until the first is told."""
    waiting: SimpleQueue[Any] = SimpleQueue()

    def read() -> None:
        try:
            with suppress(EOFError):
                while True:
                    waiting.put(pickle.load(asked))  # noqa: S301  (from the process that started this one)
        finally:  # what cannot be read ends it, too: whoever asked would wait for ever
            waiting.put(None)

    threading.Thread(target=read, name="asked", daemon=True).start()
    while (one := waiting.get()) is not None:
        yield one


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints gets between the answers
    with suppress(BrokenPipeError):  # whoever asked is gone
        serve(sys.stdin.buffer, answers)
