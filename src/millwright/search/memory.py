"""The most memory that this process has held."""

import re
import resource
import sys
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
    try:
        found = re.search(rb"^VmRSS:\s+(\d+) kB$", status.read_bytes(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
