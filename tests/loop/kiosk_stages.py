"""The kiosk on the eve of each kind of tick, made once and copied."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from kiosk import LOOSE, changed, in_thousandths, kiosk, live, opened, tick_at, weeks

from made_once import made_once
from millwright.project import Project


class Stages:
    """Folders by name; each is made when it is first asked for, from the one before it, and never written to again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, name: str, to: Path) -> Project:
        """The project on the eve of the tick `name`, in a folder of its own."""
        shutil.copytree(self.at(name), to)
        return Project(to)

    def at(self, name: str) -> Path:
        """The folder on the eve of the tick `name`. Not to be written to."""
        before, make = STAGES[name]

        def lived(folder: Path) -> None:
            if before:
                shutil.copytree(self.at(before), folder, dirs_exist_ok=True)
            make(folder)

        return made_once(self._folder / name, lived)


def _opened(folder: Path) -> None:
    opened(kiosk(folder))


def _hold(folder: Path) -> None:
    live(Project(folder), weeks(0), weeks(1), change=in_thousandths)


def _retrain(folder: Path) -> None:
    project = Project(folder)
    live(project, weeks(0), weeks(1))
    tick_at(project, weeks(1))
    live(project, weeks(1), weeks(2))


def _tried(folder: Path) -> None:
    decided = [decision.action for decision in tick_at(Project(folder), weeks(2)).decisions]
    assert decided == ["retrain", "shadow"]


def _waiting(folder: Path) -> None:
    tick_at(changed(Project(folder), policy={"mode": "approve"}), weeks(2))


def _canary(folder: Path) -> None:
    live(Project(folder), weeks(2), weeks(3))


def _abort(folder: Path) -> None:
    live(Project(folder), weeks(2), weeks(3), turned_from=weeks(2))


def _promote(folder: Path) -> None:
    tick_at(Project(folder), weeks(3))
    live(Project(folder), weeks(3), weeks(4))


def _rollback(folder: Path) -> None:
    tick_at(Project(folder), weeks(4))
    live(Project(folder), weeks(4), weeks(6), turned_from=weeks(4), turned=LOOSE)


STAGES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "opened": ("", _opened),
    "hold": ("opened", _hold),
    "retrain": ("opened", _retrain),
    "tried": ("retrain", _tried),
    "waiting": ("retrain", _waiting),
    "canary": ("tried", _canary),
    "abort": ("tried", _abort),
    "promote": ("canary", _promote),
    "rollback": ("promote", _rollback),
}

DUE: dict[str, datetime] = {
    "hold": weeks(1),
    "retrain": weeks(2),
    "canary": weeks(3),
    "abort": weeks(3),
    "promote": weeks(4),
    "rollback": weeks(6),
}
"""When the tick is due that a stage is the eve of."""
