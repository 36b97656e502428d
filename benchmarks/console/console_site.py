"""Where a run takes place: a folder for its time, and the large project that every area looks at, made when first asked for."""

import os
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from processes import own_environment

from millwright.app import read_settings
from millwright.project import Project

ROWS, RUNS, USERS = 1_000_000, 10_000, 20
SECONDS = 8.0
PAIRS = 9


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line.

    rows: logged predictions. runs: of the catalogue. users: who ask at once. seconds: of asking for each list, and of a turn
    beside the server. pairs: turns beside the server.
    """

    rows: int = ROWS
    runs: int = RUNS
    users: int = USERS
    seconds: float = SECONDS
    pairs: int = PAIRS


class Site:
    """One run of the benchmark."""

    def __init__(self, folder: Path, asked: Asked) -> None:
        """folder: for everything that is made."""
        self.folder, self.asked = folder, asked
        self.environment = own_environment(folder)
        self.began = time.monotonic()

    @property
    def core(self) -> int:
        """The processor of what is timed: the last one of ours."""
        return max(os.sched_getaffinity(0))

    @property
    def other_core(self) -> int:
        """The processor of those who make a load for it: another one, where there is one."""
        return min(os.sched_getaffinity(0))

    @property
    def load(self) -> str:
        """How busy the machine is, in words: figures from a busy one say less."""
        return f"load {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} of {os.cpu_count()} processors"

    def say(self, text: str) -> None:
        """Progress, to stderr."""
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", file=sys.stderr, flush=True)

    @cached_property
    def project(self) -> Project:
        """The project with its long log, many runs, versions, looks, findings and decisions."""
        from large_project import make_project

        made = self.folder / "flights" / "millwright.yaml"  # of an earlier run, where the folder is kept
        return Project(made if made.is_file() else make_project(self), settings=read_settings(self.environment))
