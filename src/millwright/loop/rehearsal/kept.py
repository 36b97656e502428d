"""Trained models that are kept: by the digest of the rows and settings they were made of, for every rehearsal in a folder.

A play has a catalogue of its own, so that it begins with nothing decided. What was computed for earlier plays is carried in:
steps are pure functions of digested inputs, so nothing changes but the time it takes.
"""

import shutil
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

from millwright.errors import Unavailable
from millwright.loop.steps import REFIT
from millwright.records.running import Run
from millwright.registry.carrying import carry_steps
from millwright.registry.catalogue import Catalogue
from millwright.stores.durable import make_folder
from millwright.stores.home import Home

JUDGED = ("split", "features", "search", "evaluator", "evaluate")
REFITTED = ("split", "features", "fit", "evaluator", "evaluate")
CARRIED = (*("contract", "profile", "checks", "window"), *JUDGED, *(f"{REFIT} {name}" for name in REFITTED))
"""Steps whose inputs are digests alone; a snapshot is a run's own, and a package a version's."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def kept_file(blobs: Path) -> Path:
    """The catalogue that knows what is kept in a folder of blobs."""
    return blobs.with_name("kept.db")


def keep(home: Home, blobs: Path) -> None:
    """Carry what the play in this home computed into what is kept; also that of one that was killed."""
    if not home.catalogue.is_file():
        return
    with suppress(Unavailable), ExitStack() as stack:  # what a killed play left may be half a file
        play, kept = (stack.enter_context(Catalogue.open(path)) for path in (home.catalogue, kept_file(blobs)))
        _carry(play, kept, "kept", _EPOCH)


def seed(home: Home, blobs: Path, project: str, at: datetime) -> int:
    """Carry what is kept into the catalogue of a new play of this project, as of this moment; how many steps that are."""
    make_folder(home.root)
    with Catalogue.open(home.catalogue) as play, Catalogue.open(kept_file(blobs)) as kept:
        return _carry(kept, play, project, at)


def clear_play(home: Home) -> None:
    """Remove what was played, and leave what is kept."""
    make_folder(home.root)
    for path in home.root.iterdir():
        if path == home.blobs or path.name.startswith(kept_file(home.blobs).name):
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _carry(source: Catalogue, target: Catalogue, project: str, at: datetime) -> int:
    run = Run(
        id="kept",
        project=project,
        spec="",
        state="finished",
        as_of=at,
        started_at=at,
        finished_at=at,
        reason="computed for an earlier rehearsal",
        version=None,
        actor="rehearsal",
    )
    with source.read() as view, target.write() as tx:
        return carry_steps(view, tx, run, CARRIED)
