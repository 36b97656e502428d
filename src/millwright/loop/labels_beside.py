"""What labels tell, worked out in a process beside the one that looks at what was asked: where history is played, a look's two
halves take as long as its longer one. It holds its own opened models, and reads the same files and the same catalogue."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from datetime import datetime
from types import TracebackType
from typing import IO, Any, Self

from millwright.loop.calendar import Bounds
from millwright.loop.came_true import CameTrue, came_true, ripe_rows
from millwright.loop.opened import live_version, open_model, version_before
from millwright.loop.workshop import Workshop
from millwright.stores.clock import FixedClock

_OF_ONE_PROCESS = ("catalogue", "counters", "beside", "secrets")
"""Parts of a workshop that another process has to open for itself, or does without."""

_Asked = tuple[Bounds, datetime]
_Told = tuple[_Asked, CameTrue | None]
_Later = Callable[[], CameTrue | None]


class LabelsBeside:
    """The process, from entering to leaving. What it cannot do, or did not live to do, the look does itself."""

    def __init__(self, shop: Workshop) -> None:
        self._parts = {one.name: getattr(shop, one.name) for one in fields(shop) if one.name not in _OF_ONE_PROCESS}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "millwright.loop.labels_beside"]
        # a session of its own: what interrupts us is ours to hear, and our end is its end of input
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        self._send(self._parts)
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._end()

    def begin(self, bounds: Bounds, now: datetime) -> _Later:
        """Have it work out what came true by the end of a window, as of `now`; what is returned waits for that, and returns
        None where it could not."""
        self._send((bounds, now))
        return lambda: self._told((bounds, now))

    def _send(self, what: Any) -> None:
        if self._process is not None and self._process.stdin is not None:
            try:
                pickle.dump(what, self._process.stdin)
                self._process.stdin.flush()
            except OSError:
                self._end()

    def _told(self, asked: _Asked) -> CameTrue | None:
        """What it says of this. What nobody waited for, since a look failed meanwhile, is passed over."""
        try:
            while self._process is not None and self._process.stdout is not None:
                told: _Told = pickle.load(self._process.stdout)  # noqa: S301  (our own process, over a pipe of ours)
                if told[0] == asked:
                    return told[1]
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


def labels_of(shop: Workshop, bounds: Bounds) -> CameTrue:
    """What came true by the end of a window, of the version that is live. Raises Unavailable, PackageRefused."""
    live, before = live_version(shop), version_before(shop)
    assert live is not None
    return came_true(shop, open_model(shop, live), ripe_rows(shop, bounds, requests=before is not None), before)


def serve(asked: IO[bytes], told: IO[bytes]) -> None:
    """Answer until there is nothing more to read. What fails is told as None: whoever asked does it again, and hears why."""
    from millwright.registry.catalogue import Catalogue

    parts = pickle.load(asked)  # noqa: S301  (from the process that started this one)
    shop = Workshop(**parts, catalogue=Catalogue.open(parts["home"].catalogue))
    while True:
        try:
            bounds, now = pickle.load(asked)  # noqa: S301
        except EOFError:
            return
        try:
            found: CameTrue | None = labels_of(replace(shop, clock=FixedClock(now)), bounds)
        except Exception:  # noqa: BLE001  (see above)
            found = None
        pickle.dump(((bounds, now), found), told)
        told.flush()


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints gets between the answers
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, answers)
