"""Where a run takes place: a folder for its time, and what several areas need, made once when first asked for."""

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from processes import own_environment

from millwright.app import read_settings
from millwright.errors import ContractBroken
from millwright.package.open import Payload
from millwright.project import Project

PAIRS = 9
SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line.

    pairs: how often two servers take turns. seconds: of one turn. swaps, every: changes of a release, and seconds between
    two. overload: seconds of too much. labels: seconds of labels. soak: minutes of the soak. peers: a Python with peers.
    """

    pairs: int = PAIRS
    seconds: float = SECONDS
    swaps: int = 100
    every: float = 1.5
    overload: float = 120.0
    labels: float = 30.0
    soak: float = 30.0
    peers: Path | None = None


class Site:
    """One run of the benchmark."""

    def __init__(self, folder: Path, asked: Asked) -> None:
        """folder: for everything that is made."""
        self.folder, self.asked = folder, asked
        self.environment = own_environment(folder)
        self.began = time.monotonic()

    @property
    def core(self) -> int:
        """The processor that a server and its load share: the last one of ours."""
        return max(os.sched_getaffinity(0))

    def say(self, text: str) -> None:
        """Progress, to stderr."""
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", file=sys.stderr, flush=True)

    def new(self, name: str) -> Path:
        """An empty folder."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        return folder

    @cached_property
    def project(self) -> Project:
        """The project whose live version is measured."""
        from mixed_model import make_project

        made = self.folder / "flights" / "millwright.yaml"  # of an earlier run, where the folder is kept
        return Project(made if made.is_file() else make_project(self), settings=read_settings(self.environment))

    @cached_property
    def rows(self) -> Sequence[dict[str, Any]]:
        """The rows that are asked for, in turn: those that the contract takes."""
        from mixed_model import rows_to_ask

        return [row for row in rows_to_ask() if self._is_valid(row)]

    def _is_valid(self, row: dict[str, Any]) -> bool:
        try:
            self.payload.scorer.check(row, 1)
        except ContractBroken:
            return False
        return True

    @cached_property
    def payload(self) -> Payload:
        """The live version's payload, in this process."""
        from millwright.loop.opened import live_version, open_version

        version = live_version(self.project.workshop)
        assert version is not None
        return open_version(self.project.workshop, version)

    @cached_property
    def model_file(self) -> Path:
        """The live version's trees, as LightGBM writes them."""
        from millwright.loop.opened import live_version

        version = live_version(self.project.workshop)
        assert version is not None
        return next((self.project.workshop.home.packages / version.package).rglob("lightgbm.txt"))

    @cached_property
    def rows_file(self) -> Path:
        """The rows as JSON, one a line."""
        path = self.folder / "rows.ndjson"
        path.write_text("".join(json.dumps(row) + "\n" for row in self.rows))
        return path
