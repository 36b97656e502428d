"""Going back while the catalogue is away: from the signed release file and the packages on this disk, and from nothing else.

What is done here is in the new release file, signed, until the catalogue is back: whoever publishes next enters it there.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from millwright.errors import MillwrightError, NotFound, PackageRefused
from millwright.loop.outcomes import ReleaseReport
from millwright.loop.publishing import one_writer
from millwright.loop.releasing import ASKED_FOR, prove_loadable
from millwright.package.keys import SigningKey, Trust
from millwright.package.release_file import read_release, release_path, write_release
from millwright.records.release import Past, Release, ReleaseState, Untold
from millwright.serve.newest import newest_seen
from millwright.stores.clock import Clock
from millwright.stores.home import Home


@dataclass(frozen=True, slots=True)
class Ground:
    """What is left where the catalogue is away: the folders of a project, the key that signs, and who acts."""

    project: str
    home: Home
    trust: Path
    signing_key: Path
    actor: str
    clock: Clock


def can_do_without(error: MillwrightError) -> bool:
    """Whether an error says that the catalogue is away; one of a newer Millwright is not, it only needs that Millwright."""
    return error.code.startswith("catalogue.") and error.code != "catalogue.newer"


def roll_back_here(ground: Ground, name: str | None, *, reason: str, why: MillwrightError) -> ReleaseReport:
    """Go back to the version that was live before, or to a named one that was live before it; `why` is told to the person.

    Raises NotFound where the release file knows no such version. PackageRefused where the file, or the package, does not
    verify, or the package does not load. Unavailable where this disk cannot be written either.
    """
    with one_writer(ground.home):
        state = read_release(release_path(ground.home.root, ground.project), Trust(ground.trust))
        back = _chosen(state, name)
        try:
            prove_loadable(ground.home, ground.trust, back.package)
        except PackageRefused as error:
            raise PackageRefused(error.what, where=error.where, fix=_further(state, back), code=error.code) from error
        after = _after(ground, state, back, reason or ASKED_FOR)
        write_release(ground.home.root, after, SigningKey.at(ground.signing_key, ground.trust))
    return ReleaseReport(release=_release(after), before=state.version, untold=str(why))


def _chosen(state: ReleaseState, name: str | None) -> Past:
    if not state.way_back:
        raise NotFound(
            f"nothing was live before v{state.version} of {state.project}, as far as this disk knows",
            fix="bring the catalogue back, then `mw promote` another version",
            code="release.no_earlier",
        )
    wanted = state.way_back[0].version if name is None else int(digits) if (digits := name.removeprefix("v")).isdigit() else 0
    found = next((past for past in state.way_back if past.version == wanted), None)
    if found is None:
        known = ", ".join(f"v{past.version}" for past in state.way_back)
        raise NotFound(
            f"{name} of {state.project} was not live before v{state.version}, as far as this disk knows",
            fix=f"without the catalogue one can go back to {known}",
            code="release.never_live",
        )
    return found


def _further(state: ReleaseState, refused: Past) -> str:
    others = [f"`mw rollback v{past.version}`" for past in state.way_back if past != refused]
    return f"go further back: {others[0]}" if others else "bring the catalogue back, then `mw promote` another version"


def _after(ground: Ground, state: ReleaseState, back: Past, reason: str) -> ReleaseState:
    number = max(state.number, newest_seen(ground.home.root, state.project)) + 1
    now = ground.clock.now()
    told = Untold(
        number=number,
        version=back.version,
        package=back.package,
        before=state.version,
        actor=ground.actor,
        reason=reason,
        at=now,
    )
    return replace(
        state,
        number=number,
        version=back.version,
        package=back.package,
        payload_digest=back.payload_digest,
        since=now,
        challenger=None,
        way_back=state.way_back[state.way_back.index(back) + 1 :],
        untold=(*state.untold, told),
    )


def _release(state: ReleaseState) -> Release:
    """The release as the catalogue will be told of it."""
    told = state.untold[-1]
    return Release(
        project=state.project,
        number=state.number,
        version=state.version,
        package=state.package,
        payload_digest=state.payload_digest,
        actor=told.actor,
        reason=told.reason,
        action="rollback",
        forced=False,
        event_at=told.at,
        known_at=told.at,
    )
