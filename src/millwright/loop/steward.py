"""The steward: one process that ticks on schedule. It ends by itself when whoever started it has gone."""

import json
import os
import signal
import sys
import threading
import traceback
from contextlib import suppress
from typing import Any

from millwright.errors import Conflict, MillwrightError
from millwright.loop.steward_state import steward_file
from millwright.loop.tick import TickOutcome, tick
from millwright.loop.trouble import Trouble
from millwright.loop.windows import next_end
from millwright.loop.workshop import Workshop
from millwright.stores.durable import write_atomic

TICK_SECONDS = 30.0
ORPHAN_SECONDS = 1.0


class Steward:
    """Ticks until it is told to stop, or its parent ends.

    parent: who started it, where they say so: they may have ended before this process could look.
    """

    def __init__(self, shop: Workshop, *, seconds: float = TICK_SECONDS, parent: int | None = None) -> None:
        self._shop, self._seconds = shop, seconds
        self._stop = threading.Event()
        self._parent = parent or os.getppid()
        self._trouble = Trouble(shop)

    def run(self) -> None:
        """Tick on schedule until SIGTERM or SIGINT. What goes wrong in one tick is said, and the next one tries again."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        while not self._stop.is_set():
            self._once()
            self._rest()

    def _once(self) -> None:
        try:
            outcome = tick(self._shop)
        except Conflict as error:
            self._note(error if error.code != "steward.busy" else None, None)
        except (MillwrightError, OSError) as error:
            self._note(error, None)
            self._trouble.note(error)
        except Exception as error:  # noqa: BLE001  (a fault of ours ends one tick, not the watch; it is told as any other)
            traceback.print_exc()
            self._note(error, None)
            self._trouble.note(error)
        else:
            self._trouble.over()
            self._note(None, outcome)

    def _rest(self) -> None:
        """Until the next tick; looks for a lost parent meanwhile."""
        waited = 0.0
        while waited < self._seconds and not self._stop.wait(ORPHAN_SECONDS):
            waited += ORPHAN_SECONDS
            if os.getppid() != self._parent:
                self._stop.set()

    def _note(self, error: Exception | None, outcome: TickOutcome | None) -> None:
        """Say it on stderr, and keep where `mw status` reads it. With a full disk the second is left out."""
        for line in _words(error, outcome):
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
        with suppress(MillwrightError):
            write_atomic(steward_file(self._shop.home, self._shop.project), json.dumps(self._state(error)).encode())

    def _state(self, error: Exception | None) -> dict[str, Any]:
        now = self._shop.clock.now()
        return {
            "pid": os.getpid(),
            "at": now.isoformat(),
            "next_look": next_end(self._shop).isoformat(),
            "may_be_sooner": self._shop.spec.watch.rows is not None,
            "mode": self._shop.spec.policy.mode,
            "error": str(error) if error else None,
        }


def _words(error: Exception | None, outcome: TickOutcome | None) -> list[str]:
    if error is not None:
        return [f"mw steward: {error}"]
    busy = outcome is not None and (outcome.watched or outcome.decisions)
    return [f"mw steward: {line}" for line in outcome.lines] if busy and outcome else []
