"""How many processors this process may use."""

import math
import os
from pathlib import Path

CPU_LIMIT = Path("/sys/fs/cgroup/cpu.max")
"""Where Linux says how much processor time a container may take: a quota and a period in microseconds, or "max"."""


def processors(limit: Path = CPU_LIMIT) -> int:
    """Those that this process is bound to, as many as a container's limit leaves of them; one at least."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = limit.read_text().split()
        return min(usable, max(1, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):  # no such file, or no limit
        return usable
