"""Processes of a run: their environment and command, and what they use, measured from outside."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

METERED = Path(__file__).with_name("metered.py")
LOOK_EVERY = 0.05
PROC = Path("/proc")
SEARCH_MODULE = "millwright.search.child"


def own_environment(folder: Path) -> dict[str, str]:
    """The environment of this process with a signing key in `folder`, and nothing that leads to a person's projects or keys."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MILLWRIGHT_")}
    return kept | {"MILLWRIGHT_SIGNING_KEY": str(folder / "signing.key")}


def mw(*arguments: str) -> list[str]:
    """The command as people run it: the script beside the interpreter, where it is installed."""
    script = Path(sys.executable).with_name("mw")
    return [str(script), *arguments] if script.is_file() else [sys.executable, "-m", "millwright", *arguments]


@dataclass(frozen=True, slots=True)
class Spent:
    """What one process used: seconds of processor time (user and system), and its peak resident memory in MB."""

    cpu: float
    peak_mb: float


def spent(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Spent:
    """Run a command to its end and say what it used. Raises RuntimeError with its last words where it fails.

    It is started by a small process of its own: the system counts the memory of whoever starts a process as its first.
    """
    metered = [sys.executable, "-I", "-S", str(METERED), *command]
    done = subprocess.run(metered, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")
    return Spent(**json.loads(done.stdout.splitlines()[-1]))


@dataclass(slots=True)
class Peaks:
    """The peak resident memory in MB of a process and of the search's training process below it. Empty without /proc."""

    by_role: dict[str, float] = field(default_factory=dict)

    def look(self, root: int) -> None:
        """Read the high-water marks of the processes that are there now."""
        for pid in (root, *_below(root)):
            role = "parent" if pid == root else _role(pid)
            if role:
                self.by_role[role] = max(self.by_role.get(role, 0.0), peak_mb(pid) or 0.0)


@contextmanager
def watching(root: int) -> Iterator[Peaks]:
    """Read the high-water marks of a process and those below it, twenty times a second, until the block ends."""
    peaks, over = Peaks(), threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_EVERY):
            peaks.look(root)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        over.set()
        thread.join()


def peak_mb(pid: int) -> float | None:
    """The high-water mark of a process's resident memory, mapped files included; None where it cannot be read."""
    lines = _read(pid, "status").splitlines()
    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 / 1e6 if found else None


def _below(pid: int) -> Iterator[int]:
    for task in _tasks(pid):
        for child in _read(pid, f"task/{task}/children").split():
            yield int(child)
            yield from _below(int(child))


def _tasks(pid: int) -> list[str]:
    try:
        return os.listdir(PROC / str(pid) / "task")
    except OSError:  # it ended, or there is no /proc
        return []


def _role(pid: int) -> str:
    return "search" if SEARCH_MODULE in _read(pid, "cmdline").split("\0") else ""


def _read(pid: int, name: str) -> str:
    try:
        return (PROC / str(pid) / name).read_text()
    except OSError:  # it ended, or there is no /proc
        return ""
