"""Challengers: versions that are tried beside the live one. Each change of a trial is a release with a number of its own."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, select

from millwright.errors import Conflict, MillwrightError, NotFound
from millwright.records.release import Pause, Release, ReleaseAsked, say_share
from millwright.registry import aliases, archived, versions
from millwright.registry.releases import enter, numbered, refuse_unproven, seen
from millwright.registry.tables import releases

_Beside = Literal["shadow", "canary", "abort", "pause", "resume"]


def try_out(tx: Connection, project: str, challenger: int, share: float, asked: ReleaseAsked) -> Release:
    """Try a version beside the live one, which stays, if the release that was seen is still the current one.

    share: of the traffic; 0 in shadow, above 0 and below 1 in a canary. Another challenger that was being tried makes room;
    a paused one that moves stays paused. The alias "challenger" moves to the version, and stays there when the trying ends.

    Raises Conflict: another release came first, or the challenger is the live version, archived, or answers that share already.
    NotFound: no such version, or nothing is live. GateFailed: its verdict is not "passed", unless forced. MillwrightError: a
    share that is none.
    """
    _refuse_share(share)
    chosen = versions.numbered(tx, project, challenger)
    live = seen(tx, project, asked.expected)
    if live.version == chosen.number:
        raise Conflict(
            f"{chosen.name} of {project} is live and cannot be its own challenger",
            fix="name another version: `mw versions`",
            code="release.already_live",
        )
    if (live.challenger, live.share) == (chosen.number, float(share)):
        where = f"answers {say_share(share)} of the keys" if share else "is in shadow"
        raise Conflict(f"{chosen.name} of {project} {where} already", fix="see `mw status`", code="release.already_there")
    archived.refuse(tx, chosen)
    refuse_unproven(chosen, asked.forced)
    kept = live.paused if live.challenger == chosen.number else None
    trying = replace(live, challenger=chosen.number, share=float(share), paused=kept)
    release = enter(tx, following(trying, "canary" if share else "shadow", asked), asked.expected)
    aliases.move(tx, project, aliases.CHALLENGER, chosen.number, asked.at)
    return release


def abort(tx: Connection, project: str, asked: ReleaseAsked) -> Release:
    """Try the challenger no longer; the live version stays. The alias "challenger" stays where it is.

    Raises Conflict: another release came first. NotFound: nothing is live, or nothing is being tried.
    """
    tried = _tried(tx, project, asked.expected)
    return enter(tx, following(alone(tried), "abort", asked), asked.expected)


def pause(tx: Connection, project: str, how: Pause, asked: ReleaseAsked) -> Release:
    """Leave the challenger where it is: the policy moves it no further until it is resumed.

    Raises Conflict: another release came first, or it is paused so already. NotFound: nothing is live or being tried.
    """
    tried = _tried(tx, project, asked.expected)
    if tried.paused == how:
        raise Conflict(
            f"the trial of v{tried.challenger} of {project} is paused already",
            fix="`mw resume` lets the policy go on with it",
            code="release.paused",
        )
    return enter(tx, following(replace(tried, paused=how), "pause", asked), asked.expected)


def resume(tx: Connection, project: str, asked: ReleaseAsked) -> Release:
    """Let the policy go on with a paused trial.

    Raises Conflict: another release came first, or the trial is not paused. NotFound: nothing is live or being tried.
    """
    tried = _tried(tx, project, asked.expected)
    if tried.paused is None:
        raise Conflict(
            f"the trial of v{tried.challenger} of {project} is not paused", fix="see `mw status`", code="release.not_paused"
        )
    return enter(tx, following(replace(tried, paused=None), "resume", asked), asked.expected)


def was_in_shadow(tx: Connection, project: str, version: int) -> bool:
    """Whether a version has answered in shadow beside a live one, ever."""
    wanted = (releases.c.project == project, releases.c.challenger == version, releases.c.action == "shadow")
    return tx.scalar(select(releases.c.number).where(*wanted).limit(1)) is not None


def stage_begun(tx: Connection, release: Release) -> datetime:
    """Since when the challenger of a release has been in its stage with its share; pauses do not begin one anew."""
    newest = select(func.max(releases.c.number)).where(
        releases.c.project == release.project, releases.c.number <= release.number
    )
    begun = max(tx.scalar(newest.where(releases.c.action == action)) or 0 for action in ("shadow", "canary"))
    return numbered(tx, release.project, begun).event_at if begun else release.event_at


def _tried(tx: Connection, project: str, expected: int) -> Release:
    """The current release, which must be `expected` and try a challenger. Raises Conflict, NotFound."""
    live = seen(tx, project, expected)
    if live.challenger is None:
        raise NotFound(
            f"no challenger is being tried beside v{live.version} of {project}",
            fix="`mw promote VERSION --to shadow` begins a trial",
            code="release.no_challenger",
        )
    return live


def alone(release: Release) -> Release:
    """A release without what is being tried beside it."""
    return replace(release, challenger=None, share=None, paused=None)


def following(release: Release, action: _Beside, asked: ReleaseAsked) -> Release:
    """The release that comes of one as somebody asks for it."""
    return replace(
        release,
        number=asked.number,
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
            f"a canary cannot have a share of {say_share(share)}",
            fix="a shadow has 0%, a canary more than that and less than 100%",
            code="release.share",
        )
