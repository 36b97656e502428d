"""What was done on a disk while the catalogue was away, entered once the catalogue is back: it has happened.

A rollback makes its version live, whatever else was released meanwhile. An abort ends its trial: in a catalogue that went on
without this disk that trial alone, and what is live there stays; in one that is older (a backup), what this disk went on with
is live again.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from millwright.errors import NotFound
from millwright.records.record import record
from millwright.records.release import Release, ReleaseAsked, Untold
from millwright.registry import versions
from millwright.registry.challengers import alone, following
from millwright.registry.releases import current, enter, make_live, making_live
from millwright.registry.tables import releases


@record
class CaughtUp:
    """A release that was entered later. about: the version that its decision is about. note: how it differs from what was
    done, in words; empty where it does not."""

    release: Release
    about: int
    note: str = ""


def catch_up(tx: Connection, told: Untold, project: str, now: datetime) -> CaughtUp | None:
    """Enter what was done while the catalogue was away. None where it is entered already.

    Raises NotFound where the catalogue knows no version of the package that is live since.
    """
    done = releases.c.project == project, releases.c.event_at == told.at, releases.c.actor == told.actor
    if tx.scalar(select(releases.c.number).where(*done)) is not None:
        return None
    found = current(tx, project)
    asked = ReleaseAsked(
        expected=found.number if found else 0, actor=told.actor, reason=told.reason, at=told.at, at_least=told.number
    )
    meanwhile = found is not None and found.number >= told.number
    note = _meanwhile(found) if found is not None and meanwhile else ""
    if told.action == "abort" and found is not None and (meanwhile or found.package == told.package):
        others = meanwhile and found.challenger is not None and found.challenger != _tried(tx, told, project)
        ended = following(found if others else alone(found), "abort", asked)
        release = enter(tx, replace(ended, known_at=now), asked.expected)
        return CaughtUp(release=release, about=_tried(tx, told, project), note=note)
    chosen = versions.of_package(tx, project, told.package)
    if chosen is None:
        raise _unknown(told, project)
    if told.action == "abort":
        had = f"v{found.version}" if found else "nothing"
        note = f"an abort here, and the catalogue that came back had {had} live"
    release = replace(making_live(chosen, "rollback", asked), known_at=now)
    return CaughtUp(release=make_live(tx, release, asked.expected), about=chosen.number, note=note)


def _tried(tx: Connection, told: Untold, project: str) -> int:
    """The number that the catalogue gives the version whose trial was ended."""
    assert told.challenger is not None
    found = versions.of_package(tx, project, told.challenger.package)
    return found.number if found else told.challenger.version


def _meanwhile(found: Release) -> str:
    what = f"v{found.version} live" + (f" and v{found.challenger} beside it" if found.challenger else "")
    return f"the catalogue had got release {found.number} meanwhile ({found.action} by {found.actor}: {what})"


def _unknown(told: Untold, project: str) -> NotFound:
    return NotFound(
        f"v{told.version} of {project} is live since the {told.action} without the catalogue, which does not know package "
        f"{told.package[:12]}",
        fix="restore a newer backup of the catalogue, or `mw promote` another version",
        code="release.untold",
    )
