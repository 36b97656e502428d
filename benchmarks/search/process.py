"""A process of a run, measured from outside: its clock, the memory and processor time of all it started, and its end."""

import json
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

LOOK_EVERY = 0.05
STARTING = 180.0
PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a process did with its job.

    said: its own words; None where it failed, and then `error` has the reason. wall: seconds from go to done. cpu: processor
    seconds of the whole tree meanwhile. share: of the seconds in which its cores were at work, how many worked for it; None
    where the system does not tell. peak_mb: the most resident memory of the tree together at one look.
    """

    said: Mapping[str, Any] | None
    wall: float
    cpu: float
    share: float | None
    peak_mb: float
    error: str = ""


def take_cores(many: int) -> tuple[int, ...]:
    """The last cores, for those that are measured; this process keeps to the others, where there are any. All of them where the
    system binds no processes."""
    if not hasattr(os, "sched_setaffinity"):
        return tuple(range(os.cpu_count() or 1))[-many:]
    there = sorted(os.sched_getaffinity(0))
    if there[:-many]:
        os.sched_setaffinity(0, there[:-many])
    return tuple(there[-many:])


def ask(command: Sequence[str], environment: Mapping[str, str], cores: Sequence[int], limit: float) -> Outcome:
    """Start a process, wait until it is ready, have it work for at most `limit` seconds, and measure that."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=dict(environment),
            start_new_session=True,
        )
        try:
            return _asked(process, log, cores, limit)
        finally:
            _end(process)


def _asked(process: "subprocess.Popen[bytes]", log: IO[bytes], cores: Sequence[int], limit: float) -> Outcome:
    if _line(process, STARTING) is None:
        return Outcome(None, 0.0, 0.0, None, 0.0, f"did not start: {_last_words(log)}")
    meter = Meter(process.pid)
    busy, before, began = _busy(cores), _cpu(process.pid), time.monotonic()
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    process.stdin.flush()
    with meter:
        said = _line(process, limit)
    wall = time.monotonic() - began
    cpu, at_work = meter.cpu - before, _difference(_busy(cores), busy)
    error = ""
    if said is None:
        error = f"killed after {limit:.0f} s" if process.poll() is None and wall >= limit else _last_words(log)
    return Outcome(said, wall, cpu, min(1.0, cpu / at_work) if at_work else None, meter.peak_mb, error)


def _line(process: "subprocess.Popen[bytes]", limit: float) -> Mapping[str, Any] | None:
    """The next line that a process says, or None where it ended or the time is up."""
    assert process.stdout is not None
    line, until = b"", time.monotonic() + limit
    while not line.endswith(b"\n"):
        ready = select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))[0]
        piece = os.read(process.stdout.fileno(), 1 << 16) if ready else b""
        if not piece:
            return None
        line += piece
    said: Mapping[str, Any] = json.loads(line)
    return said


def _last_words(log: IO[bytes]) -> str:
    """The last line of a traceback, or the last line."""
    log.seek(0)
    lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it ended and said nothing"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the process and all it started: some of it may lead a session of its own."""
    tree = list(_tree(process.pid)) if process.poll() is None else []
    for pid in tree:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()


@dataclass(slots=True)
class Meter:
    """Looks at a process and all below it twenty times a second while the block runs."""

    root: int
    peak_mb: float = 0.0
    cpu: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Meter":
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            self._look()

    def _look(self) -> None:
        tree = list(_tree(self.root))
        self.peak_mb = max(self.peak_mb, sum(map(_resident_mb, tree)))
        self.cpu = max(self.cpu, _cpu(self.root))


def _tree(root: int) -> Iterator[int]:
    """A process and all that it started and that is still there."""
    yield root
    for task in _names(PROC / str(root) / "task"):
        for child in _read(PROC / str(root) / "task" / task / "children").split():
            yield from _tree(int(child))


def _cpu(root: int) -> float:
    """Processor seconds of a tree: of what is there, and of what was there and was waited for."""
    return sum(map(_cpu_of_one, _tree(root)))


def _cpu_of_one(pid: int) -> float:
    fields = _read(PROC / str(pid) / "stat").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS if fields else 0.0


def _resident_mb(pid: int) -> float:
    fields = _read(PROC / str(pid) / "statm").split()
    return int(fields[1]) * PAGE / 1e6 if fields else 0.0


def _busy(cores: Sequence[int]) -> float | None:
    """Seconds in which these cores were not idle, those taken by other guests of the machine too."""
    lines = {line.split()[0]: line.split()[1:] for line in _read(PROC / "stat").splitlines() if line.startswith("cpu")}
    wanted = [lines.get(f"cpu{core}") for core in cores]
    if not all(wanted):
        return None
    return sum(sum(int(v) for place, v in enumerate(w[:8]) if place not in (3, 4)) for w in wanted if w) / TICKS


def _difference(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # it ended, or there is no /proc
        return []


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it ended, or there is no /proc
        return ""
