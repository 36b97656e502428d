"""The parent's hold on the training process: starts it, asks it, kills it when it overruns, and says what it died of."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import IO, Self

from millwright.records.codec import from_json, to_json
from millwright.search import lasting
from millwright.search.budget import Limits
from millwright.search.executor import Ahead
from millwright.search.memory import held_by
from millwright.search.messages import Ask, Done, Job, Laid, Lost

_THRIFTY = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000"}
"""Threads that wait for each other sleep, after a few turns of waiting awake. By default they spin, which on a machine with
other work costs up to ten times the time of the fit: with a deadline that decides what is learnt. Asleep at once (what GNU's
library does without its own variable) two are slower than one up to some 300,000 rows, as a tree makes them wait hundreds of
times."""
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Sums of matrices by several threads have other last digits than by one: the same fit is to be the same wherever it is asked
for, from the command line or a notebook. Boosting has threads of its own, whose sums are the same."""

KEPT = 96 << 20
"""Bytes that a library may keep of fits that are over. Some never give back what they took, and all that is fitted after them
would stand on top of it."""

_TAIL = 4096
_DYING = 5.0
_MODULE = re.compile(r"^(?:\w+\.)+(?=\w+: )")


class Worker:
    """A training process that is started when it is needed, again after it was lost, and anew for another family where the one
    before kept too much memory. Where such last (`lasting`) it may be one that was there, and goes on to another problem
    afterwards."""

    width = 1
    notes: Sequence[str] = ()

    def __init__(
        self,
        folder: Path,
        memory: str,
        clock: Callable[[], float] = time.monotonic,
        name: str = "child",
        *,
        own_code: bool = False,
    ) -> None:
        """folder: where `setup.json` and the arrays lie. memory: the limit in words, for messages. name: of its log there.
        own_code: whether a person's own code may run in it: such a process is for this problem alone."""
        self._folder, self._memory, self._clock, self._lasts = folder, memory, clock, not own_code
        self._process: lasting.Process | None = None
        self._log = folder / f"{name}.log"
        self._is_interrupted, self._is_at_work = False, False
        self._fits: tuple[str, int] | None = None
        self._turn = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process, or let go of it where such last and it is not at work."""
        process = self._process
        if process is not None and self._lasts and not self._is_at_work and lasting.keep(process):
            self._process = None
        self._kill()

    def start(self, limit: float) -> Lost | None:
        """Have a process that is ready for a job within `limit` seconds; what became of it where there is none."""
        with self._turn:
            is_interrupted, self._is_interrupted = self._is_interrupted, False
        if is_interrupted and self._is_at_work:
            self._kill()
        return self._ready(limit)

    def _ready(self, limit: float) -> Lost | None:
        """The same. What interrupted it before is still to be heard of."""
        if self._process is not None:
            return None
        self._is_at_work = True
        self._process = self._there() or self._begun()
        until = self._clock() + limit
        return None if self._line(until) else self._lost(limit, until)

    def _there(self) -> lasting.Process | None:
        """A process that waited, told to work on this problem; None where none did."""
        process = lasting.take() if self._lasts else None
        if process is None:
            return None
        self._log.touch()
        if _sent(process, Ask(at=Laid(folder=str(self._folder), log=str(self._log)))):
            return process
        lasting.end(process)
        return None

    def _begun(self) -> lasting.Process:
        with open(self._log, "wb") as log:
            return begun(self._folder, log)

    def abandon(self) -> None:
        """End the process and whatever it is at; the next job starts another."""
        self._kill()

    def interrupt(self) -> None:
        """End the process, if it is at work, from another thread than the one that waits for it, which then clears it away."""
        with self._turn:
            process, self._is_interrupted = self._process, True
            if process is not None and self._is_at_work and process.poll() is None:
                lasting.end_group(process.pid)

    def ahead(self, job: Job, limits: Limits, then: Sequence[Ahead]) -> None:
        """What is asked next, and likely afterwards: one process does one job at a time, and none before it is asked."""

    def ask(self, job: Job, limit: float) -> Done | Lost:
        """Have `job` done by a started process within `limit` seconds; else the process is killed, or says itself why not."""
        until = self._clock() + limit
        lost = self._renewed(job.config.family, limit)
        if lost is not None:
            return lost
        begun = self._clock()
        answer = self._answer(job, limit, until)
        loading = answer.loading if isinstance(answer, Done) else 0.0
        return replace(answer, seconds=max(self._clock() - begun - loading, 0.0))

    def _renewed(self, family: str, limit: float) -> Lost | None:
        """Have a new process where this one fitted another family before, whose library kept much of what it took."""
        before, begun_with = self._fits or (family, self._held())
        lost = None
        if before != family and self._held() - begun_with > KEPT:
            self._kill()
            lost = self._ready(limit)
        if self._fits is None or before != family:
            self._fits = (family, self._held())
        return lost

    def _held(self) -> int:
        return held_by(self._process.pid) if self._process is not None else 0

    def _answer(self, job: Job, limit: float, until: float) -> Done | Lost:
        with self._turn:
            if self._is_interrupted:  # the next start sees to it
                return Lost(overran=False, reason="interrupted")
            self._is_at_work = True
            is_sent = self._process is not None and _sent(self._process, Ask(job=job))
        line = self._line(until) if is_sent else b""
        if not line:
            return self._lost(limit, until)
        done = from_json(Done, line)
        return Lost(overran=False, reason=done.refused) if done.refused else done

    def _line(self, until: float) -> bytes:
        """The next line of the process, which is not at work after it, or nothing where it died or the time is up."""
        answers = _pipe(self._process.stdout if self._process else None)
        line = b""
        while not line.endswith(b"\n"):
            ready = select.select([answers], [], [], max(0.0, until - self._clock()))[0]
            piece = os.read(answers.fileno(), 1 << 16) if ready else b""
            if not piece:
                return b""
            line += piece
        with self._turn:
            self._is_at_work = False
        return line

    def _lost(self, limit: float, until: float) -> Lost:
        """Say why nothing came back, and clear the dead process away."""
        code = self._exit_code() if self._clock() < until else None
        self._kill()
        if code is None:
            return Lost(overran=True, reason=f"killed: still at work after {limit:.1f} s")
        return Lost(overran=False, reason=_cause(code, _last_line(self._log), self._memory))

    def _exit_code(self) -> int | None:
        """The code of a process that closed its output, which it does some moments before it can be waited for."""
        if self._process is None:
            return None
        try:
            return self._process.wait(timeout=_DYING)
        except subprocess.TimeoutExpired:
            return None

    def _kill(self) -> None:
        with self._turn:
            process, self._process, self._is_at_work, self._fits = self._process, None, False, None
        if process is not None:
            lasting.end(process)


def begun(folder: Path, log: IO[bytes]) -> lasting.Process:
    """A training process that reads what lies in `folder`; what its libraries say goes into the log."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "millwright.search.child", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        bufsize=0,
        start_new_session=True,
        env=surroundings(),
    )


def surroundings() -> dict[str, str]:
    """The environment of a training process."""
    return {**_THRIFTY, **os.environ, **_ONE_THREAD}


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "ask only a process that was started"
    return pipe


def _sent(process: lasting.Process, ask: Ask) -> bool:
    """Whether a process took a line. One that is dead does not."""
    try:
        _pipe(process.stdin).write(to_json(ask) + b"\n")
    except BrokenPipeError:
        return False
    return True


def _last_line(log: Path) -> str:
    tail = log.read_bytes()[-_TAIL:].decode("utf-8", "replace")
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    return _MODULE.sub("", lines[-1])[:300] if lines else ""


_NO_MEMORY = ("MemoryError", "bad_alloc", "Cannot allocate memory", "failed to map segment")
"""What a process says that may take no more: Python, C++, the system, and whoever loads a library."""


def _cause(code: int, said: str, memory: str) -> str:
    """Why a process ended, in a sentence: from its exit code and the last line it wrote."""
    if any(sign in said for sign in _NO_MEMORY):
        return f"out of memory: it may take {memory} (search.memory)"
    if code == -signal.SIGKILL:
        return "killed by the system, which is most often for want of memory"
    how = f"died of {signal.Signals(-code).name}" if code < 0 else "failed" if code else "ended early"
    return f"{how}: {said}" if said else how
