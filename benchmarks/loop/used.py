"""What a process has used so far, said by itself."""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping

from processes import peak_mb


def say_used(work: Callable[[], Mapping[str, float]]) -> None:
    """Do the work, and print what it took as JSON: seconds of wall clock and of processors, peak MB, and what it says."""
    wall, cpu = time.perf_counter(), time.process_time()
    said = work()
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak_mb": _peak()}
    print(json.dumps({**took, "stages": said}))


def _peak() -> float:
    """From /proc where there is one: the other count begins with the memory of whoever started the process."""
    in_a_mb = 1e6 if sys.platform == "darwin" else 1e6 / 1024
    return peak_mb(os.getpid()) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / in_a_mb
