"""A catalogue that is taken away from a project of `trips_project`, brought back, or replaced by an older one."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from millwright.package.keys import Trust
from millwright.package.release_file import read_release, release_path
from millwright.records.release import ReleaseState


def catalogue_of(folder: Path) -> Path:
    return folder / ".millwright" / "catalogue.db"


def on_disk(folder: Path) -> ReleaseState:
    return read_release(release_path(folder / ".millwright", "trips"), Trust(folder / "trust"))


def take_away(folder: Path) -> Callable[[], None]:
    """Move the catalogue and the blobs away; gives what brings them back."""
    home, aside = folder / ".millwright", folder / "aside"
    aside.mkdir(exist_ok=True)
    names = [path.name for path in home.iterdir() if path.name.startswith(("catalogue", "blobs"))]
    assert "catalogue.db" in names
    for name in names:
        (home / name).rename(aside / name)

    def bring_back() -> None:
        for path in home.glob("catalogue*"):
            path.rmdir() if path.is_dir() else path.unlink()
        for name in names:
            (aside / name).rename(home / name)

    return bring_back


def backup(folder: Path) -> Path:
    """A whole copy of the catalogue, as `restore` puts it back."""
    copy = folder.parent / f"backup of {folder.name}.db"
    with closing(sqlite3.connect(catalogue_of(folder))) as db, closing(sqlite3.connect(copy)) as to:
        db.backup(to)
    return copy


def restore(folder: Path, copy: Path) -> None:
    for path in catalogue_of(folder).parent.glob("catalogue*"):
        path.unlink()
    shutil.copy(copy, catalogue_of(folder))
