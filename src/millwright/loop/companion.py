"""A process beside the server, started again where it dies: a little later each time it dies soon after its start."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

PAUSE = (1.0, 60.0)
STEADY_SECONDS = 120.0
"""A process that lived so long is started again at once."""

END_SECONDS = 20.0


class Companion:
    """One process kept running. An empty command keeps none."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._command, self._log = list(command), log
        self._process: subprocess.Popen[bytes] | None = None
        self._started = self._again = 0.0
        self._pause = PAUSE[0]

    def start(self) -> None:
        """Start it."""
        if not self._command:
            return
        self._started = time.monotonic()
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def keep(self, now: float) -> None:
        """Look after it; `now` is of the monotonic clock, in seconds."""
        if self._process is None or self._process.poll() is None:
            return
        if not self._again:
            self._pause = PAUSE[0] if now - self._started > STEADY_SECONDS else min(self._pause * 2, PAUSE[1])
            self._again = now + self._pause
        elif now >= self._again:
            self._again = 0.0
            self.start()

    def end(self) -> None:
        """End it, by force where it takes too long: what it had begun is gone on with at the next start."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
            return
        process.kill()
        process.wait()
