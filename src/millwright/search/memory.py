"""What memory this process holds, the most that it has held, and how it is given back."""

import ctypes
import re
import resource
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

_STATUS, _REFERENCES = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_PEAK = re.compile(rb"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def forget_peak() -> None:
    """Count from what is held now, where the system can; else the most counts since the process began."""
    try:
        _REFERENCES.write_text("5")
    except OSError:
        return


def peak() -> int:
    """The most bytes that were resident since the peak was forgotten."""
    try:
        found = _PEAK.search(_STATUS.read_bytes())
    except OSError:
        found = None
    if found is not None:
        return int(found[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def held(status: Path = _STATUS) -> int:
    """Bytes that are resident now; 0 where the system does not say."""
    return _bytes(status, "VmRSS")


def held_by(process: int) -> int:
    """Bytes that a process, by its number, holds and that lie in no file; 0 where the system does not say."""
    return _bytes(Path(f"/proc/{process}/status"), "RssAnon")


def _bytes(status: Path, name: str) -> int:
    try:
        found = re.search(rb"^%s:\s+(\d+) kB$" % name.encode(), status.read_bytes(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def give_back() -> None:
    """Let the system have what was freed here. An allocator keeps it for whatever this process needs next; but of a search the
    next that needs it is another process."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    """The C library's, where it is one that can (glibc)."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    return found
