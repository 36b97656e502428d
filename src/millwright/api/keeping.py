"""What the control plane keeps open between requests: the spec as it is on the disk, the catalogue, who acts."""

import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from millwright.app import Settings, find_spec, home_of
from millwright.errors import MillwrightError, NotFound
from millwright.project import Project
from millwright.registry.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class _Read:
    """A project as its spec was when it was read; mark: by which a change of the file is seen."""

    mark: tuple[int, int, int]
    project: Project


class Place:
    """One project. The spec is read again where its file has changed; one with a mistake leaves the one of before in force."""

    def __init__(self, spec_file: Path, settings: Settings) -> None:
        self.path, self.settings = find_spec(spec_file), settings
        self.home = home_of(settings, self.path)
        self._lock = threading.Lock()
        self._read: _Read | None = None
        self.fault: MillwrightError | None = None

    @property
    def name(self) -> str:
        """The project's name."""
        return self._now().spec.project

    @property
    def mark(self) -> tuple[int, int, int]:
        """By which a change of the spec's file is seen."""
        return _mark(self.path)

    def project(self, actor: str) -> Project:
        """The project for somebody who acts on it. Raises SpecError where the spec never was one."""
        return self._now().acting_as(actor)

    def _now(self) -> Project:
        with self._lock:
            mark = _mark(self.path)
            if self._read is None or self._read.mark != mark:
                self._read_anew(mark)
            assert self._read is not None
            return self._read.project

    def _read_anew(self, mark: tuple[int, int, int]) -> None:
        fresh = Project(self.path, settings=self.settings)
        try:
            if self._read is not None:
                shop = replace(self._read.project.workshop, spec=fresh.spec)
                fresh.__dict__["workshop"] = shop
            _ = fresh.workshop
        except MillwrightError as error:
            self.fault = error
            if self._read is None:
                raise
            self._read = replace(self._read, mark=mark)
            return
        self._read, self.fault = _Read(mark, fresh), None


class Keeping:
    """Every project that is served here, and the catalogue that knows the people."""

    def __init__(self, places: tuple[Place, ...]) -> None:
        self._places = places

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue of people. Raises as opening one does."""
        return self._places[0].project("console").workshop.catalogue

    @property
    def home(self) -> Path:
        """The state folder."""
        return self._places[0].home.root

    def names(self) -> tuple[str, ...]:
        """The projects that are served here."""
        return tuple(place.name for place in self._places)

    def place(self, name: str) -> Place:
        """The project of that name. Raises NotFound."""
        for place in self._places:
            if place.name == name:
                return place
        raise no_project(name)

    def close(self) -> None:
        """Let go of the catalogue."""
        self.catalogue.close()


def no_project(name: str) -> NotFound:
    """What is said of a project that is not there, and just so of one that the asker may not see."""
    return NotFound(f"there is no project {name!a} for you", fix="see /api/v1/projects", code="access.project")


def _mark(path: Path) -> tuple[int, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
