"""Requests that were refused or failed, as lines of JSON on the server's standard error, each with the id that its client read.

Answers are in the prediction log already. A line says where something was wrong and by which code, never what was sent. It is
written by a thread, a few times a second; of a flood only the first lines are written, and how many were not.
"""

import json
import sys
import threading
import time
from collections import deque
from datetime import UTC, datetime
from typing import TextIO

from millwright.errors import ContractBroken, MillwrightError

WRITE_SECONDS = 0.25
MOST_LINES = 50
"""Lines that are written at a time, and after that one a second: a flood of bad requests is not to fill the disk."""

Noted = tuple[float, str, int, str, str, str, str]


class RequestLog:
    """Notes refusals; `note` costs an append. Safe to share between threads."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output or sys.stderr
        self._noted: deque[Noted] = deque()
        self._lost, self._lock = 0, threading.Lock()
        self._room, self._looked = float(MOST_LINES), time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write_all_the_time, name="request-log", daemon=True)
        self._thread.start()

    def note(self, route: str, error: MillwrightError, request_id: str, trace_id: str = "") -> None:
        """Keep what is to be written of a refusal. trace_id: of the trace that the request is part of, where it is of one."""
        where = f"column '{error.column}'" if isinstance(error, ContractBroken) and error.column else ""
        noted = (time.time(), route, error.status, error.code, where, request_id, trace_id)
        with self._lock:
            now = time.monotonic()
            self._room = min(MOST_LINES, self._room + now - self._looked)
            self._looked = now
            if self._room < 1:
                self._lost += 1
            else:
                self._room -= 1
                self._noted.append(noted)

    def close(self) -> None:
        """Write what is left."""
        self._stop.set()
        self._thread.join()

    def _write_all_the_time(self) -> None:
        ends = False
        while not ends:
            ends = self._stop.wait(WRITE_SECONDS)
            self._write()

    def _write(self) -> None:
        with self._lock:
            noted = list(self._noted)
            self._noted.clear()
            lost = self._lost if self._room >= 1 else 0  # told once the flood is over
            self._lost -= lost
        lines = [_line(*one) for one in noted]
        if lost:
            lines.append(json.dumps({"event": "requests.not_written", "count": lost}))
        if lines:
            self._output.write("\n".join([*lines, ""]))
            self._output.flush()


def _line(at: float, route: str, status: int, code: str, where: str, request_id: str, trace_id: str) -> str:
    told = {
        "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"),
        "event": "request.failed" if status >= 500 else "request.refused",
        "route": route,
        "status": status,
        "code": code,
        "where": where,
        "request_id": request_id,
        "trace_id": trace_id,
    }
    return json.dumps({name: value for name, value in told.items() if value != ""})
