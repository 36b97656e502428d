"""The way back: which release a rollback returns to, and which one the next rollback would.

A promotion returns to what was live before it. A rollback stands where the release stood that it goes back to, so two
rollbacks in a row go two versions back and do not swing between two. Trying a challenger changes nothing of this: the row
before such a row, and the row itself, have the same version and the same way back.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from millwright.records.release import Past, Release
from millwright.registry import archived
from millwright.registry.tables import releases

LONGEST = 20
"""Steps back that servers are told of at most."""


def returns_to(tx: Connection, release: Release, before: int) -> int | None:
    """The release that a rollback from this one returns to. before: the number of the release that it replaces, 0 for none.

    A rollback to what does not lie on the way back (an old backup of the catalogue may lack it) returns as a promotion does.
    """
    if release.action == "promote":
        return before or None
    if release.action != "rollback":
        return return_number(tx, release.project, before)
    if (live := _past(tx, release.project, before)) is not None and live[0].version == release.version:
        return live[1]
    back = gone_back_to(tx, release.project, release.version, before)
    return (before or None) if back is None else return_number(tx, release.project, back)


def gone_back_to(tx: Connection, project: str, version: int, number: int) -> int | None:
    """The first release on the way back from `number` that made `version` live; None where there is none."""
    return next((back for back, past in _way(tx, project, number) if past.version == version), None)


def way_back(tx: Connection, project: str, number: int, most: int) -> tuple[Past, ...]:
    """What rollbacks from a release go back to, one after another: `most` versions, or `LONGEST` steps.

    A version stands there as often as rollbacks come by it, so that whoever takes these steps goes as the catalogue would.
    """
    found: list[Past] = []
    for _, past in _way(tx, project, number):
        if len(found) == LONGEST or len({past.version, *(other.version for other in found)}) > most:
            break
        found.append(past)
    return tuple(found)


def nearest(tx: Connection, project: str, number: int) -> Past | None:
    """What a rollback from a release goes back to, or None."""
    return next((past for _, past in _way(tx, project, number)), None)


def return_number(tx: Connection, project: str, number: int) -> int | None:
    """The release that a rollback from `number` returns to, or None."""
    query = select(releases.c.returns_to).where(releases.c.project == project, releases.c.number == number)
    return tx.scalar(query)


def _way(tx: Connection, project: str, number: int) -> Iterator[tuple[int, Past]]:
    """The releases on the way back, the nearest first; not those of archived versions, which answer nobody."""
    left_out = archived.of_project(tx, project)
    back = return_number(tx, project, number)
    while back is not None and (found := _past(tx, project, back)) is not None:
        if found[0].version not in left_out:
            yield back, found[0]
        back = found[1]


def _past(tx: Connection, project: str, number: int) -> tuple[Past, int | None] | None:
    """What a release made live, and the one that a rollback from it returns to."""
    columns = (releases.c.version, releases.c.package, releases.c.payload_digest, releases.c.returns_to)
    row = tx.execute(select(*columns).where(releases.c.project == project, releases.c.number == number)).first()
    if row is None:
        return None
    return Past(version=row.version, package=row.package, payload_digest=row.payload_digest), row.returns_to
