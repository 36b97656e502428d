"""What the areas share: a folder for the time of the run, and projects that are trained in it once, when first asked for."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from importlib.resources import as_file, files
from itertools import islice
from pathlib import Path
from typing import Any

from processes import own_environment, watching

from millwright.app import read_settings
from millwright.demo.flights import KEY, TARGET, TIME, ZONE, write_history
from millwright.loop.propose import Choices
from millwright.package.open import Payload
from millwright.project import Project
from millwright.records.release import Version
from millwright.spec.durations import parse_duration
from millwright.spec.write import write_spec

GATE_FAILED = 3
TABLE = "flights.parquet"
REQUESTS, REQUESTS_APART = 1000, 12


@dataclass(frozen=True, slots=True)
class Trained:
    """A project trained once by `mw train`, and what that took.

    seconds: of wall clock, by stage in their order; the first, "start", is from the command to the first word of the run.
    peaks: MB by role of the process, see processes.Peaks.
    """

    folder: Path
    rows: int
    budget: float
    seconds: Mapping[str, float]
    peaks: Mapping[str, float]

    @property
    def total(self) -> float:
        """Seconds from the command to its end."""
        return sum(self.seconds.values())


class Lab:
    """One run of the benchmark."""

    def __init__(self, folder: Path, flights: Path | None) -> None:
        """folder: for everything that is made. flights: the table to train on instead of the one that is shipped."""
        self.folder, self._flights = folder, flights
        self.environment = own_environment(folder)
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        """Progress, to stderr."""
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", file=sys.stderr, flush=True)

    @cached_property
    def trained(self) -> Trained:
        """The demo's project: what left New York from January to March 2013."""
        folder = self._new("demo")
        rows = write_history(folder / TABLE)
        trained = self._train(folder, rows)
        _promote(Project(folder, settings=read_settings(self.environment)))
        return trained

    @cached_property
    def trained_on_all(self) -> Trained:
        """A project on the flights of the whole year."""
        folder = self._new("all-flights")
        return self._train(folder, _write_all(self.all_flights, folder / TABLE))

    @cached_property
    def all_flights(self) -> Path:
        """The table of the whole year: the one that was named, else the one that is shipped."""
        return self._flights or _shipped()

    @cached_property
    def project(self) -> Project:
        """The demo's project, to be asked in this process."""
        return Project(self.trained.folder, settings=read_settings(self.environment))

    @cached_property
    def version(self) -> Version:
        """The demo's project's live version."""
        from millwright.loop.opened import chosen_version

        return chosen_version(self.project.workshop, None)

    @cached_property
    def payload(self) -> Payload:
        """What the live version's package holds, verified and opened."""
        from millwright.loop.opened import open_version

        return open_version(self.project.workshop, self.version)

    @property
    def model_file(self) -> Path:
        """The file of the live version's model."""
        return self.project.workshop.home.packages / self.version.package / "model" / self.payload.info.model_files[0]

    @cached_property
    def requests(self) -> list[dict[str, Any]]:
        """A thousand flights of April as a client would send them, one in twelve."""
        from millwright.demo.flights import traffic

        roles = ("feature", "key", "time", "group")
        columns = tuple(column.name for column in self.payload.scorer.contract.columns if column.role in roles)
        return [flight.row for flight in islice(traffic(columns, timedelta(days=1), REQUESTS_APART), REQUESTS)]

    def _new(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder

    def _train(self, folder: Path, rows: int) -> Trained:
        project = _init(folder, self.environment)
        self.say(f"training on {rows:,} flights, with a search budget of {project.spec.search.budget}")
        seconds, peaks, passed = _run_train(folder, self.environment)
        self.say(f"trained in {sum(seconds.values()):.0f} s" + ("" if passed else "; a gate did not pass"))
        return Trained(folder, rows, parse_duration(project.spec.search.budget).total_seconds(), seconds, peaks)


def _init(folder: Path, environment: Mapping[str, str]) -> Project:
    """The demo's spec: labels after a day, released at once where every gate passes."""
    choices = Choices(project="flights", time=TIME, zone=ZONE, key=KEY)
    settings = read_settings(environment)
    project = Project.init(TABLE, TARGET, at=folder / "millwright.yaml", choices=choices, settings=settings)
    spec = project.spec
    spec = replace(spec, data=replace(spec.data, label_delay="1d"), release=replace(spec.release, mode="auto"))
    project.path.write_text(write_spec(spec, {}))
    return Project(folder, settings=settings)


def _run_train(folder: Path, environment: Mapping[str, str]) -> tuple[dict[str, float], dict[str, float], bool]:
    """Seconds by stage, as the lines of progress of `mw train` come; its peaks; and whether every gate passed.

    Raises RuntimeError where it fails.
    """
    command = [sys.executable, "-m", "millwright", "-C", str(folder), "train", "--json"]
    seconds: dict[str, float] = {}
    with open(folder / "train.log", "w+") as log:
        last = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        with watching(process.pid) as peaks:
            for line in process.stdout:
                stage, now = _finished(json.loads(line), first=not seconds), time.monotonic()
                if stage:
                    seconds[stage], last = now - last, now
            code = process.wait()
        seconds["end"] = time.monotonic() - last
        if code not in (0, GATE_FAILED):
            log.seek(0)
            raise RuntimeError(f"mw train: {log.read()[-500:]}")
    return seconds, peaks.by_role, code == 0


def _finished(event: Mapping[str, Any], *, first: bool) -> str:
    """The stage that a line of progress ends; the first line ends the start."""
    if first:
        return "start"
    return str(event["stage"]) if event.get("done") else ""


def _promote(project: Project) -> None:
    """Have a version live even where a gate did not pass: it is its speed that is asked for here."""
    newest = project.versions(1)[0]
    if not project.releases(1):
        project.promote(newest.name, reason="to be measured", force=True)


def _shipped() -> Path:
    with as_file(files("millwright.demo") / "data" / "flights_2013.parquet") as path:
        return path


def _write_all(source: Path, path: Path) -> int:
    """Copy a table of flights, those without a scheduled departure under their date, as the shipped one is made."""
    import duckdb

    times = f"coalesce({TIME}, flight_date) as {TIME}"
    with duckdb.connect() as db:
        rows = f"select * replace ({times}) from read_parquet('{source}')"
        db.execute(f"copy ({rows}) to '{path}' (format parquet, compression zstd)")
        found = db.execute(f"select count(*) from read_parquet('{path}')").fetchone()
    return int(found[0]) if found else 0
