"""Releases: which version answers. Rows are only added; the number of the last one is the fencing token.

A change names the number that its author saw. Where somebody was faster, the change is refused with Conflict: exactly one
of two promotions at once wins, and exactly one release is current.

Promotions and rollbacks make a version live. Between them stand rows that keep it live and name a challenger that is tried
beside it (shadow, canary), or none any more (abort); on the way back of rollbacks they are as if they were not there.
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from millwright.errors import Conflict, GateFailed, MillwrightError, NotFound
from millwright.records.release import Challenger, Release, ReleaseAsked, ReleaseState, Version
from millwright.registry import aliases, audit, versions
from millwright.registry.rows import many, one, to_row
from millwright.registry.tables import releases

Action = Literal["promote", "rollback"]
_MAKE_LIVE: tuple[Action, ...] = ("promote", "rollback")


def current(tx: Connection, project: str) -> Release | None:
    """The release that answers now; None before the first."""
    return one(tx, Release, select(releases).where(releases.c.project == project).order_by(releases.c.number.desc()))


def promote(tx: Connection, project: str, version: int, asked: ReleaseAsked, *, action: Action = "promote") -> Release:
    """Make a version answer, if the release that was seen is still the current one.

    Raises Conflict: another release came first, or the version is live already. NotFound: no such version, or a rollback
    to one that never was live. GateFailed: promoting a version whose verdict is not "passed", unless forced.
    """
    chosen = versions.numbered(tx, project, version)
    _refuse_stale(current(tx, project), asked.expected, chosen)
    if action == "promote":
        _refuse_unproven(chosen, asked.forced)
    release = Release(
        project=project,
        number=asked.expected + 1,
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
    _enter(tx, release)
    aliases.move(tx, project, aliases.CHAMPION, chosen.number, asked.at)
    return release


def try_out(tx: Connection, project: str, challenger: int, share: float, asked: ReleaseAsked) -> Release:
    """Try a version beside the live one, which stays, if the release that was seen is still the current one.

    share: of the traffic; 0 in shadow, above 0 and below 1 in a canary. Another challenger that was being tried makes room.
    The alias "challenger" moves to the version, and stays there when the trying ends.

    Raises Conflict: another release came first, or the challenger is the live version. NotFound: no such version, or nothing
    is live. GateFailed: its verdict is not "passed", unless forced. MillwrightError: a share that is none.
    """
    _refuse_share(share)
    chosen = versions.numbered(tx, project, challenger)
    live = _seen(tx, project, asked.expected)
    if live.version == chosen.number:
        raise Conflict(f"{chosen.name} of {project} is live and cannot be its own challenger", code="release.already_live")
    _refuse_unproven(chosen, asked.forced)
    trying = replace(live, challenger=chosen.number, share=float(share))
    release = _enter(tx, _next(trying, "canary" if share else "shadow", asked))
    aliases.move(tx, project, aliases.CHALLENGER, chosen.number, asked.at)
    return release


def abort(tx: Connection, project: str, asked: ReleaseAsked) -> Release:
    """Try the challenger no longer; the live version stays. The alias "challenger" stays where it is.

    Raises Conflict: another release came first. NotFound: nothing is live, or nothing is being tried.
    """
    live = _seen(tx, project, asked.expected)
    if live.challenger is None:
        raise NotFound(
            f"no challenger is being tried beside v{live.version} of {project}",
            fix="see `mw status`",
            code="release.no_challenger",
        )
    return _enter(tx, _next(replace(live, challenger=None, share=None), "abort", asked))


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


def since(tx: Connection, project: str, version: int) -> Release | None:
    """The promotion or rollback from which on `version` has been live without a break; None where it is not live now."""
    live = current(tx, project)
    if live is None or live.version != version:
        return None
    newest = select(func.max(releases.c.number)).where(releases.c.project == project)
    made_live = (tx.scalar(newest.where(releases.c.action == action)) for action in _MAKE_LIVE)
    return numbered(tx, project, max(number for number in made_live if number is not None))


def page(tx: Connection, project: str, *, before: int | None = None, limit: int = 50) -> tuple[Release, ...]:
    """Releases of a project, the newest first, those with a number under `before`."""
    query = select(releases).where(releases.c.project == project).order_by(releases.c.number.desc()).limit(limit)
    return many(tx, Release, query if before is None else query.where(releases.c.number < before))


def state(tx: Connection, release: Release, *, default: bool) -> ReleaseState:
    """What a server needs to know of a release, with the version that is being tried."""
    tried = None if release.challenger is None else versions.numbered(tx, release.project, release.challenger)
    return state_of(release, default=default, challenger_version=tried)


def state_of(release: Release, *, default: bool, challenger_version: Version | None = None) -> ReleaseState:
    """What a server needs to know of a release. challenger_version: the version that `release.challenger` names."""
    return ReleaseState(
        project=release.project,
        number=release.number,
        version=release.version,
        package=release.package,
        payload_digest=release.payload_digest,
        default=default,
        since=release.event_at,
        challenger=None if challenger_version is None else _challenger(challenger_version, release.share or 0.0),
    )


def _challenger(version: Version, share: float) -> Challenger:
    return Challenger(version=version.number, package=version.package, payload_digest=version.payload_digest, share=share)


def _seen(tx: Connection, project: str, expected: int) -> Release:
    """The current release, which must be `expected`. Raises Conflict; NotFound where nothing is live."""
    now = current(tx, project)
    if now is None and expected == 0:
        raise NotFound(f"nothing of project {project} is live", fix="begin with `mw promote`", code="release.nothing_live")
    if now is None or now.number != expected:
        raise _beaten(project, expected)
    return now


def _next(release: Release, action: Literal["shadow", "canary", "abort"], asked: ReleaseAsked) -> Release:
    return replace(
        release,
        number=release.number + 1,
        action=action,
        actor=asked.actor,
        reason=asked.reason,
        forced=asked.forced,
        event_at=asked.at,
        known_at=asked.at,
    )


def _refuse_share(share: float) -> None:
    if not 0 <= share < 1:
        raise MillwrightError(
            f"a canary cannot have a share of {share:g}",
            fix="a shadow has 0, a canary more than 0 and less than 1",
            code="release.share",
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


def _enter(tx: Connection, release: Release) -> Release:
    try:
        tx.execute(releases.insert().values(to_row(release) | {"returns_to": _returns_to(tx, release)}))
    except IntegrityError as error:
        raise _beaten(release.project, release.number - 1) from error
    audit.note(tx, release, f"release.{release.action}", actor=release.actor, at=release.known_at)
    return release


def _beaten(project: str, expected: int) -> Conflict:
    return Conflict(
        f"the live version of {project} changed meanwhile (release {expected} is not the current one any more)",
        fix="look at `mw status`, then decide again",
        code="release.conflict",
    )


def _returns_to(tx: Connection, release: Release) -> int | None:
    """The release that a rollback from this one returns to.

    A promotion returns to what was live before it. A rollback stands where the release stood that it goes back to, so two
    rollbacks in a row go two versions back and do not swing between two. Trying a challenger changes nothing of this: the
    row before such a row, and the row itself, have the same version and the same way back.
    """
    if release.action == "promote":
        return release.number - 1 or None
    if release.action != "rollback":
        return _return_number(tx, release.project, release.number - 1)
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
