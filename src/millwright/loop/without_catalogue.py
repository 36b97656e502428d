"""Releases while the catalogue is away: from the signed release file and the packages on this disk, and from nothing else.

What stops harm works so: to go back, and to end a trial. What goes further needs the catalogue; so does a pause, which is a
word to the policy, and the policy does nothing without the catalogue. What is done here is in the new release file, signed,
until the catalogue is back: whoever publishes next enters it there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from millwright.errors import Conflict, MillwrightError, NotFound, PackageRefused
from millwright.loop.outcomes import ReleaseReport
from millwright.loop.publishing import one_writer
from millwright.loop.releasing import ASKED_FOR, prove_loadable
from millwright.package.keys import SigningKey, Trust
from millwright.package.release_file import read_release, release_path, write_release
from millwright.records.release import Past, Release, ReleaseState, Untold
from millwright.registry.releases import beaten
from millwright.serve.newest import newest_seen
from millwright.stores.clock import Clock
from millwright.stores.home import Home

Act = Literal["rollback", "abort"]
Change = Callable[[ReleaseState], ReleaseState]
"""What an act makes of the state that was; raises where it cannot be done."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is left where the catalogue is away: the folders of a project, the key that signs, and who acts.

    seen: the number of the release that the one who acts had seen, if any: where another came meanwhile, nothing is done.
    rehearses: whether everything is checked and said, and nothing changed.
    """

    project: str
    home: Home
    trust: Path
    signing_key: Path
    actor: str
    clock: Clock
    seen: int | None = None
    rehearses: bool = False


def can_do_without(error: MillwrightError) -> bool:
    """Whether an error says that the catalogue is away; one of a newer Millwright is not, it only needs that Millwright."""
    return error.code.startswith("catalogue.") and error.code != "catalogue.newer"


def roll_back_here(ground: Ground, name: str | None, *, reason: str, why: MillwrightError) -> ReleaseReport:
    """Go back to the version that was live before, or to a named one that was live before it; `why` is told to the person.

    Raises NotFound where the release file knows no such version, Conflict where it is the live one. PackageRefused where the
    file, or the package, does not verify, or the package does not load. Unavailable where this disk cannot be written either.
    """

    def back(state: ReleaseState) -> ReleaseState:
        past = _chosen(state, name)
        try:
            prove_loadable(ground.home, ground.trust, past.package)
        except PackageRefused as error:
            raise PackageRefused(error.what, where=error.where, fix=_further(state, past), code=error.code) from error
        return replace(
            state,
            version=past.version,
            package=past.package,
            payload_digest=past.payload_digest,
            way_back=state.way_back[state.way_back.index(past) + 1 :],
        )

    return _do(ground, "rollback", back, reason, why)


def abort_here(ground: Ground, *, reason: str, why: MillwrightError) -> ReleaseReport:
    """End the trial of what the release file says is being tried; `why` is told to the person.

    Raises Conflict where nothing is. PackageRefused where the file does not verify. Unavailable where this disk cannot be
    written either.
    """

    def stay(state: ReleaseState) -> ReleaseState:
        if state.challenger is None:
            raise Conflict(
                f"nothing is being tried beside v{state.version} of {state.project}, as far as this disk knows",
                fix="`mw status` shows what is live",
                code="release.not_trying",
            )
        return state

    return _do(ground, "abort", stay, reason, why)


def _do(ground: Ground, action: Act, change: Change, reason: str, why: MillwrightError) -> ReleaseReport:
    """Change what is live and end what is being tried, in a newer release file that holds what the catalogue is to be told."""
    with one_writer(ground.home):
        before = read_release(release_path(ground.home.root, ground.project), Trust(ground.trust))
        if ground.seen not in (None, before.number):  # two who go back at the same moment go one version back, not two
            raise beaten(ground.project, ground.seen or 0)
        after, now = change(before), ground.clock.now()
        told = Untold(
            number=max(before.number, newest_seen(ground.home.root, ground.project)) + 1,
            version=after.version,
            package=after.package,
            before=before.version,
            actor=ground.actor,
            reason=reason or ASKED_FOR,
            at=now,
            action=action,
            challenger=before.challenger,
        )
        after = replace(after, number=told.number, since=now, challenger=None, untold=(*before.untold, told))
        if not ground.rehearses:
            write_release(ground.home.root, after, SigningKey.at(ground.signing_key, ground.trust))
    return ReleaseReport(release=_release(after, told), before=before.version, untold=str(why))


def _chosen(state: ReleaseState, name: str | None) -> Past:
    """The version to go back to. Raises NotFound; Conflict where it is the live one."""
    way = [past for past in state.way_back if past.version != state.version]
    digits = (name or "").removeprefix("v")
    wanted = int(digits) if digits.isascii() and digits.isdigit() else 0
    found = next((past for past in way if name is None or past.version == wanted), None)
    if found is not None:
        return found
    if name is None:
        raise NotFound(
            f"nothing was live before v{state.version} of {state.project}, as far as this disk knows",
            fix="bring the catalogue back, then `mw promote` another version",
            code="release.no_earlier",
        )
    if wanted == state.version:
        fix = "`mw abort` ends the trial beside it" if state.challenger else "see `mw status`"
        raise Conflict(f"v{state.version} of {state.project} is live already", fix=fix, code="release.already_live")
    known = ", ".join(dict.fromkeys(f"v{past.version}" for past in way)) or "no version"
    raise NotFound(
        f"{name} of {state.project} was not live before v{state.version}, as far as this disk knows",
        fix=f"without the catalogue one can go back to {known}",
        code="release.never_live",
    )


def _further(state: ReleaseState, refused: Past) -> str:
    others = [past.version for past in state.way_back if past.version not in (state.version, refused.version)]
    if not others:
        return "bring the catalogue back, then `mw promote` another version"
    return f"go further back: `mw rollback v{others[0]}`"


def _release(state: ReleaseState, told: Untold) -> Release:
    """The release as the catalogue will be told of it."""
    return Release(
        project=state.project,
        number=state.number,
        version=state.version,
        package=state.package,
        payload_digest=state.payload_digest,
        actor=told.actor,
        reason=told.reason,
        action=told.action,
        forced=False,
        event_at=told.at,
        known_at=told.at,
    )
