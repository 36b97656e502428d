"""Training processes that outlast a search. One takes a second to start, and a retrain starts several: a loop that retrains
again and again has them wait for the next search instead, in which they read another problem."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

Process = subprocess.Popen[bytes]

_lock = Lock()
_idle: list[Process] = []
_open = 0


@contextmanager
def lasting() -> Iterator[None]:
    """While it is open training processes last, in this process; at its end those that wait are gone."""
    global _open
    with _lock:
        _open += 1
    try:
        yield
    finally:
        with _lock:
            _open -= 1
            left = _idle[:] if not _open else []
            del _idle[: len(left)]
        with ExitStack() as ending:
            for process in left:
                ending.callback(end, process)


def keep(process: Process) -> bool:
    """Have a process that is not at work wait for the next search; False where none is to."""
    with _lock:
        if _open and process.poll() is None:
            _idle.append(process)
            return True
    return False


def take() -> Process | None:
    """One that waits, which is the taker's from now on; None where none does."""
    with _lock:
        return _idle.pop() if _idle else None


def end(process: Process) -> None:
    """End a process and whatever it started."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    end_group(process.pid)
    process.wait()


def end_group(group: int) -> None:
    """Kill a process that leads its own group, and whatever it started. It may have ended by itself meanwhile."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
