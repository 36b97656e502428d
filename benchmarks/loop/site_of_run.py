"""Where a run takes place: a folder for its time, and what several areas need, made once when first asked for."""

import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from processes import own_environment

from millwright.app import read_settings
from millwright.project import Project

ROWS = 1_000_000
SECONDS = 20.0
PAIRS = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line.

    rows: logged rows of the tick. pairs: how often it and its peer take turns. seconds: of changing releases. bikes: a table.
    demo: the outcome of a demo that was run before.
    """

    rows: int = ROWS
    pairs: int = PAIRS
    seconds: float = SECONDS
    bikes: Path | None = None
    demo: Path | None = None


class Site:
    """One run of the benchmark."""

    def __init__(self, folder: Path, asked: Asked) -> None:
        """folder: for everything that is made."""
        self.folder, self.asked = folder, asked
        self.environment = own_environment(folder)
        self.began = time.monotonic()

    @property
    def in_one_thread(self) -> dict[str, str]:
        """The environment for training on few rows: more threads wait for each other, and where others are at work so long
        that the search's deadline decides what is learnt."""
        return self.environment | {"MILLWRIGHT_THREADS": "1"}

    def say(self, text: str) -> None:
        """Progress, to stderr."""
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", file=sys.stderr, flush=True)

    def project(self, folder: Path) -> Project:
        """The project in a folder, with the run's own key."""
        return Project(folder, settings=read_settings(self.environment))

    def new(self, name: str) -> Path:
        """An empty folder."""
        folder = self.folder / name
        folder.mkdir()
        return folder

    def copy_of_flights(self, name: str) -> Path:
        """A folder of its own with the project on flights: two versions, of which the first is live."""
        return shutil.copytree(self._flights, self.folder / name)

    @cached_property
    def _flights(self) -> Path:
        from thirty_columns import make_project

        return make_project(self)

    @cached_property
    def demo(self) -> Mapping[str, Any]:
        """What `mw demo --json` printed; `seconds_outside` beside it where it was run here."""
        from whole_demo import outcome_of

        return outcome_of(self)
