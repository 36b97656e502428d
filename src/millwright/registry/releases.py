"""Releases: which version answers. Rows are only added; the number of the last one is the fencing token.

A change names the number that its author saw. Where somebody was faster, the change is refused with Conflict: exactly one
of two promotions at once wins, and exactly one release is current.

Promotions and rollbacks make a version live. Between them stand rows that keep it live and name a challenger that is tried
beside it (shadow, canary, pause, resume), or none any more (abort); on the way back of rollbacks they are as if they were not
there.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from millwright.errors import Conflict, GateFailed, NotFound
from millwright.records.release import (
    Challenger,
    Past,
    Release,
    ReleaseAsked,
    ReleaseState,
    Version,
)
from millwright.registry import aliases, archived, audit, versions
from millwright.registry.rows import many, one, to_row
from millwright.registry.tables import releases
from millwright.registry.way_back import gone_back_to, nearest, returns_to, way_back

Action = Literal["promote", "rollback"]
_MAKE_LIVE: tuple[Action, ...] = ("promote", "rollback")
WAY_BACK = 5
"""Versions to go back to that servers are told of, so that they can do so while the catalogue is away."""


def current(tx: Connection, project: str) -> Release | None:
    """The release that answers now; None before the first."""
    return one(tx, Release, select(releases).where(releases.c.project == project).order_by(releases.c.number.desc()))


def promote(tx: Connection, project: str, version: int, asked: ReleaseAsked, *, action: Action = "promote") -> Release:
    """Make a version answer, if the release that was seen is still the current one. A trial beside it ends.

    Raises Conflict: another release came first, or the version is live already, or archived. NotFound: no such version, or a
    rollback to one that was not live before what is live now. GateFailed: promoting a version whose verdict is not "passed",
    unless forced.
    """
    chosen = versions.numbered(tx, project, version)
    _refuse_stale(current(tx, project), asked.expected, chosen)
    archived.refuse(tx, chosen)
    if action == "promote":
        refuse_unproven(chosen, asked.forced)
    elif gone_back_to(tx, project, version, asked.expected) is None:
        raise NotFound(
            f"{chosen.name} of {project} was not live before what is live now",
            fix=f"`mw promote {chosen.name}` makes it live",
            code="release.never_live",
        )
    return make_live(tx, making_live(chosen, action, asked), asked.expected)


def previous(tx: Connection, project: str) -> Version:
    """The version that `mw rollback` goes back to: the one before the live one, older with each rollback.

    Raises NotFound where nothing was live before.
    """
    now = current(tx, project)
    back = None if now is None else nearest(tx, project, now.number)
    if back is None:
        raise NotFound(f"project {project} has no earlier release", fix="see `mw releases`", code="release.no_earlier")
    return versions.numbered(tx, project, back.version)


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


def since(tx: Connection, project: str, version: int) -> Release | None:
    """The promotion or rollback from which on `version` has been live without a break; None where it is not live now."""
    live = current(tx, project)
    if live is None or live.version != version:
        return None
    newest = select(func.max(releases.c.number)).where(releases.c.project == project)
    made_live = (tx.scalar(newest.where(releases.c.action == action)) for action in _MAKE_LIVE)
    return numbered(tx, project, max(number for number in made_live if number is not None))


def ever_live(tx: Connection, project: str) -> frozenset[int]:
    """The numbers of all versions that ever were made live."""
    query = select(releases.c.version).where(releases.c.project == project, releases.c.action.in_(_MAKE_LIVE)).distinct()
    return frozenset(tx.scalars(query))


def page(tx: Connection, project: str, *, before: int | None = None, limit: int = 50) -> tuple[Release, ...]:
    """Releases of a project, the newest first, those with a number under `before`."""
    query = select(releases).where(releases.c.project == project).order_by(releases.c.number.desc()).limit(limit)
    return many(tx, Release, query if before is None else query.where(releases.c.number < before))


def state(tx: Connection, release: Release, *, default: bool) -> ReleaseState:
    """What a server needs to know of a release, with the version that is being tried."""
    tried = None if release.challenger is None else versions.numbered(tx, release.project, release.challenger)
    back = way_back(tx, release.project, release.number, WAY_BACK)
    return state_of(release, default=default, challenger_version=tried, back=back)


def state_of(
    release: Release, *, default: bool, challenger_version: Version | None = None, back: tuple[Past, ...] = ()
) -> ReleaseState:
    """What a server needs to know of a release.

    challenger_version: the version that `release.challenger` names. back: the versions that rollbacks go back to.
    """
    return ReleaseState(
        project=release.project,
        number=release.number,
        version=release.version,
        package=release.package,
        payload_digest=release.payload_digest,
        default=default,
        since=release.event_at,
        challenger=None if challenger_version is None else _challenger(challenger_version, release.share or 0.0),
        way_back=back,
    )


def _challenger(version: Version, share: float) -> Challenger:
    return Challenger(version=version.number, package=version.package, payload_digest=version.payload_digest, share=share)


def seen(tx: Connection, project: str, expected: int) -> Release:
    """The current release, which must be `expected`. Raises Conflict; NotFound where nothing is live."""
    now = current(tx, project)
    if now is None and expected == 0:
        raise NotFound(f"nothing of project {project} is live", fix="begin with `mw promote`", code="release.nothing_live")
    if now is None or now.number != expected:
        raise beaten(project, expected)
    return now


def making_live(chosen: Version, action: Action, asked: ReleaseAsked) -> Release:
    """The release that makes a version live as somebody asks for it."""
    return Release(
        project=chosen.project,
        number=asked.number,
        version=chosen.number,
        package=chosen.package,
        payload_digest=chosen.payload_digest,
        actor=asked.actor,
        reason=asked.reason,
        action=action,
        forced=asked.forced,
        event_at=asked.at,
        known_at=asked.at,
    )


def make_live(tx: Connection, release: Release, before: int) -> Release:
    """Enter a release that makes a version live, after the release `before`. Raises Conflict where another one is there."""
    enter(tx, release, before)
    aliases.move(tx, release.project, aliases.CHAMPION, release.version, release.known_at)
    return release


def _refuse_stale(now: Release | None, expected: int, chosen: Version) -> None:
    number = now.number if now else 0
    if number != expected:
        raise beaten(chosen.project, expected)
    if now is not None and now.version == chosen.number:
        fix = "`mw abort` ends the trial beside it" if now.challenger else "see `mw status`"
        raise Conflict(f"{chosen.name} of {chosen.project} is live already", fix=fix, code="release.already_live")


def refuse_unproven(chosen: Version, forced: bool) -> None:
    """Raise GateFailed for a version whose verdict is not "passed", unless forced."""
    if chosen.verdict != "passed" and not forced:
        raise GateFailed(
            f"{chosen.name} may not go live, its verdict is {chosen.verdict}: {chosen.summary}",
            fix="train a better one, or promote it with --force and a reason",
        )


def enter(tx: Connection, release: Release, before: int) -> Release:
    """Enter a release in the place of the release `before`. Raises Conflict where another one is there already."""
    try:
        tx.execute(releases.insert().values(to_row(release) | {"returns_to": returns_to(tx, release, before)}))
    except IntegrityError as error:
        raise beaten(release.project, before) from error
    audit.note(tx, release, f"release.{release.action}", actor=release.actor, at=release.known_at)
    return release


def beaten(project: str, expected: int) -> Conflict:
    """The error for whoever saw the release `expected`, after which another one came."""
    return Conflict(
        f"the live version of {project} changed meanwhile (release {expected} is not the current one any more)",
        fix="look at `mw status`, then decide again",
        code="release.conflict",
    )
