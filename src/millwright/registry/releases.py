"""Releases: which version answers. Rows are only added; the number of the last one is the fencing token.

A change names the number that its author saw. Where somebody was faster, the change is refused with Conflict: exactly one
of two promotions at once wins, and exactly one release is current.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from millwright.errors import Conflict, GateFailed, NotFound
from millwright.records.release import Release, ReleaseState, Version
from millwright.registry import aliases, audit, versions
from millwright.registry.rows import many, one, to_row
from millwright.registry.tables import releases

Action = Literal["promote", "rollback"]


def current(tx: Connection, project: str) -> Release | None:
    """The release that answers now; None before the first."""
    return one(tx, Release, select(releases).where(releases.c.project == project).order_by(releases.c.number.desc()))


def promote(
    tx: Connection,
    project: str,
    version: int,
    *,
    expected: int,
    actor: str,
    action: Action,
    reason: str,
    forced: bool,
    at: datetime,
) -> Release:
    """Make a version answer, if release `expected` (0: none) is still the current one.

    Raises Conflict: another release came first, or the version is live already. NotFound: no such version, or a rollback
    to one that never was live. GateFailed: promoting a version whose verdict is not "passed", without `forced`.
    """
    chosen = versions.numbered(tx, project, version)
    _refuse_stale(current(tx, project), expected, chosen)
    if action == "promote":
        _refuse_unproven(chosen, forced)
    release = Release(
        project=project,
        number=expected + 1,
        version=chosen.number,
        package=chosen.package,
        payload_digest=chosen.payload_digest,
        actor=actor,
        reason=reason,
        action=action,
        forced=forced,
        event_at=at,
        known_at=at,
    )
    _enter(tx, release, _returns_to(tx, release))
    aliases.move(tx, project, aliases.CHAMPION, chosen.number, at)
    audit.note(tx, release, f"release.{action}", actor=actor, at=at)
    return release


def previous(tx: Connection, project: str) -> Version:
    """The version that `mw rollback` goes back to: the one before the live one, older with each rollback.

    Raises NotFound where nothing was live before.
    """
    now = current(tx, project)
    back = None if now is None else _return_number(tx, project, now.number)
    if back is None:
        raise NotFound(f"project {project} has no earlier release", fix="see `mw releases`", code="release.no_earlier")
    return versions.numbered(tx, project, numbered(tx, project, back).version)


def numbered(tx: Connection, project: str, number: int) -> Release:
    """The release with this number. Raises NotFound."""
    found = one(tx, Release, select(releases).where(releases.c.project == project, releases.c.number == number))
    if found is None:
        raise NotFound(f"project {project} has no release {number}", code="release.missing")
    return found


def live_at(tx: Connection, project: str, moment: datetime) -> Release | None:
    """The release that answered at a past moment; None where none did."""
    query = select(releases).where(releases.c.project == project, releases.c.event_at <= moment)
    return one(tx, Release, query.order_by(releases.c.number.desc()))


def page(tx: Connection, project: str, *, before: int | None = None, limit: int = 50) -> tuple[Release, ...]:
    """Releases of a project, the newest first, those with a number under `before`."""
    query = select(releases).where(releases.c.project == project).order_by(releases.c.number.desc()).limit(limit)
    return many(tx, Release, query if before is None else query.where(releases.c.number < before))


def state_of(release: Release, *, default: bool) -> ReleaseState:
    """What a server needs to know of a release."""
    return ReleaseState(
        project=release.project,
        number=release.number,
        version=release.version,
        package=release.package,
        payload_digest=release.payload_digest,
        default=default,
        since=release.event_at,
    )


def _refuse_stale(now: Release | None, expected: int, chosen: Version) -> None:
    number = now.number if now else 0
    if number != expected:
        raise _beaten(chosen.project, expected)
    if now is not None and now.version == chosen.number:
        raise Conflict(f"{chosen.name} of {chosen.project} is live already", code="release.already_live")


def _refuse_unproven(chosen: Version, forced: bool) -> None:
    if chosen.verdict != "passed" and not forced:
        raise GateFailed(
            f"{chosen.name} may not go live, its verdict is {chosen.verdict}: {chosen.summary}",
            fix="train a better one, or promote it with --force and a reason",
        )


def _enter(tx: Connection, release: Release, returns_to: int | None) -> None:
    try:
        tx.execute(releases.insert().values(to_row(release) | {"returns_to": returns_to}))
    except IntegrityError as error:
        raise _beaten(release.project, release.number - 1) from error


def _beaten(project: str, expected: int) -> Conflict:
    return Conflict(
        f"the live version of {project} changed meanwhile (release {expected} is not the current one any more)",
        fix="look at `mw status`, then decide again",
        code="release.conflict",
    )


def _returns_to(tx: Connection, release: Release) -> int | None:
    """The release that a rollback from this one returns to.

    A promotion returns to what was live before it. A rollback stands where the release stood that it goes back to, so two
    rollbacks in a row go two versions back and do not swing between two.
    """
    if release.action == "promote":
        return release.number - 1 or None
    return _return_number(tx, release.project, _gone_back_to(tx, release))


def _gone_back_to(tx: Connection, release: Release) -> int:
    """The release whose version a rollback makes live again: the first one on the way back from the live one.

    Raises NotFound where there is none on that way.
    """
    back = _return_number(tx, release.project, release.number - 1)
    while back is not None and numbered(tx, release.project, back).version != release.version:
        back = _return_number(tx, release.project, back)
    if back is None:
        raise NotFound(
            f"v{release.version} of {release.project} was not live before what is live now",
            fix="use `mw promote` for it",
            code="release.never_live",
        )
    return back


def _return_number(tx: Connection, project: str, number: int) -> int | None:
    query = select(releases.c.returns_to).where(releases.c.project == project, releases.c.number == number)
    return tx.scalar(query)
