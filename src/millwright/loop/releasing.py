"""Changing what is live or being tried: decide in one compare-and-swap, then tell the servers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from millwright.errors import Conflict, GateFailed, MillwrightError, NotFound, PackageRefused, Unavailable
from millwright.loop.opened import is_refit
from millwright.loop.outcomes import ReleaseReport
from millwright.loop.publishing import newest_told, publishing, tell_catalogue
from millwright.loop.publishing import publish as publish
from millwright.loop.workshop import Workshop
from millwright.package.keys import Trust
from millwright.package.verify import verify_package
from millwright.records.deciding import Mode
from millwright.records.release import Pause, Release, ReleaseAsked, Version
from millwright.registry import challengers, decisions, releases, runs, versions
from millwright.registry.way_back import way_back
from millwright.serve.loading import probe_once
from millwright.stores.home import Home

PROBE_SECONDS = 60.0

Enter = Callable[[Connection, ReleaseAsked], Release]
"""Enters a release that somebody asks for, or refuses it."""

ASKED_FOR = "asked for"


@dataclass(frozen=True, slots=True)
class Authority:
    """By whose word a release changes: a person's, or the policy's with its rule and evidence.

    guard: called first in the transaction of the change; raises where the right to act was lost meanwhile.
    """

    actor: str
    rule: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    mode: Mode | None = None
    of: int | None = None
    guard: Callable[[Connection], object] = lambda _tx: None

    @property
    def by_policy(self) -> bool:
        """Whether the policy acts by itself."""
        return self.mode is not None


def promote(
    shop: Workshop, name: str, *, reason: str, force: bool = False, authority: Authority | None = None
) -> ReleaseReport:
    """Make a version live. Raises GateFailed where its verdict is no pass, or it is a refit that was not in shadow yet, and
    nobody forces it; Conflict; PackageRefused."""
    version, before = _named(shop, name)
    forced = force and (version.verdict != "passed" or _is_untried(shop, version, before))
    _refuse_untried(shop, version, before, forced)

    def enter(tx: Connection, asked: ReleaseAsked) -> Release:
        return releases.promote(tx, shop.project, version.number, asked)

    change = _Change(version, before, reason, authority or _person(shop, forced, "verdict passed"), enter, forced)
    return _prove_and_do(shop, change)


def rollback(shop: Workshop, name: str | None = None, *, reason: str, authority: Authority | None = None) -> ReleaseReport:
    """Go back to the version that was live before, or to a named one that was live before it.

    Raises NotFound where there was none, or the named one was not. PackageRefused where it does not verify or load.
    """
    with _looking(shop) as view:
        version = versions.get(view, shop.project, name) if name is not None else releases.previous(view, shop.project)
        before = releases.current(view, shop.project)

    def enter(tx: Connection, asked: ReleaseAsked) -> Release:
        return releases.promote(tx, shop.project, version.number, asked, action="rollback")

    change = _Change(version, before, reason, authority or _person(shop), enter)
    try:
        return _prove_and_do(shop, change)
    except PackageRefused as error:
        raise PackageRefused(error.what, where=error.where, fix=_further_back(shop, change), code=error.code) from error


def try_out(
    shop: Workshop, name: str, share: float, *, reason: str, force: bool = False, authority: Authority | None = None
) -> ReleaseReport:
    """Let a version answer beside the live one: in shadow (share 0), or as a canary for a share of the keys.

    Raises GateFailed where its verdict is no pass, or it is a refit that was not in shadow yet and is to be a canary, and
    nobody forces it; Conflict where nothing is live, or it is, or another version is being tried.
    """
    version, before = _named(shop, name)
    forced = force and (version.verdict != "passed" or (share > 0 and _is_untried(shop, version, before)))
    _refuse_second(before, version)
    if share > 0:
        _refuse_untried(shop, version, before, forced)

    def enter(tx: Connection, asked: ReleaseAsked) -> Release:
        return challengers.try_out(tx, shop.project, version.number, share, asked)

    return _prove_and_do(shop, _Change(version, before, reason, authority or _person(shop, forced), enter, forced))


def abort(shop: Workshop, *, reason: str, authority: Authority | None = None) -> ReleaseReport:
    """Take away what is being tried. Raises Conflict where nothing is."""
    version, before = _tried(shop)

    def enter(tx: Connection, asked: ReleaseAsked) -> Release:
        return challengers.abort(tx, shop.project, asked)

    return _do(shop, _Change(version, before, reason, authority or _person(shop), enter))


def pause(shop: Workshop, *, reason: str, how: Pause = "pause", authority: Authority | None = None) -> ReleaseReport:
    """Leave what is being tried where it is: the policy moves it no further. Harm still ends it, unless it is on hold.

    Raises Conflict where nothing is being tried, or it is paused so already.
    """
    version, before = _tried(shop)

    def enter(tx: Connection, asked: ReleaseAsked) -> Release:
        return challengers.pause(tx, shop.project, how, asked)

    return _do(shop, _Change(version, before, reason, authority or _person(shop), enter))


def resume(shop: Workshop, *, reason: str, authority: Authority | None = None) -> ReleaseReport:
    """Let the policy go on with what is being tried. Raises Conflict where nothing is, or it is not paused."""
    version, before = _tried(shop)

    def enter(tx: Connection, asked: ReleaseAsked) -> Release:
        return challengers.resume(tx, shop.project, asked)

    return _do(shop, _Change(version, before, reason, authority or _person(shop), enter))


@dataclass(frozen=True, slots=True)
class _Change:
    """What is to be entered, about which version, after which release, and by whose word."""

    version: Version
    before: Release | None
    reason: str
    authority: Authority
    enter: Enter
    forced: bool = False


def _person(shop: Workshop, forced: bool = False, rule: str = ASKED_FOR) -> Authority:
    return Authority(shop.actor, "forced by a person" if forced else rule)


@contextmanager
def _looking(shop: Workshop) -> Iterator[Connection]:
    """What there is to be changed. Where nothing is, servers are told of what is, as in `_do`: a command that was killed
    before it told them is given again, and has nothing left to do."""
    tell_catalogue(shop)
    try:
        with shop.catalogue.read() as view:
            yield view
    except (Conflict, NotFound):
        with publishing(shop):
            raise


def _named(shop: Workshop, name: str) -> tuple[Version, Release | None]:
    with _looking(shop) as view:
        return versions.get(view, shop.project, name), releases.current(view, shop.project)


def _tried(shop: Workshop) -> tuple[Version, Release]:
    """What is being tried, and the current release. Raises Conflict."""
    with _looking(shop) as view:
        before = releases.current(view, shop.project)
        if before is None or before.challenger is None:
            fix = "`mw promote VERSION --to shadow` begins a trial; `mw status` shows what is live"
            raise Conflict("nothing is being tried", fix=fix, code="release.not_trying")
        return versions.numbered(view, shop.project, before.challenger), before


def _is_untried(shop: Workshop, version: Version, live: Release | None) -> bool:
    """Whether a version is the refit of a retrain, which nobody looked at, and was not in shadow yet; where nothing is live
    there is nothing to be in shadow of."""
    if live is None or not version.run.startswith(runs.RETRAIN):
        return False
    with shop.catalogue.read() as view:
        seen = challengers.was_in_shadow(view, shop.project, version.number)
    return not seen and is_refit(shop, version)


def _refuse_untried(shop: Workshop, version: Version, live: Release | None, forced: bool) -> None:
    if not forced and version.verdict == "passed" and _is_untried(shop, version, live):
        what = f"{version.name} was fitted once more after it was judged, and has not answered in shadow yet"
        fix = f"`mw promote {version.name} --to shadow` first, or --force with a reason"
        raise GateFailed(what, fix=fix, code="release.untried")


def _refuse_second(before: Release | None, version: Version) -> None:
    """One trial at a time: what its answers and labels say is about two versions."""
    if before is not None and before.challenger not in (None, version.number) and before.version != version.number:
        raise Conflict(
            f"v{before.challenger} of {version.project} is being tried",
            fix=f"`mw abort` ends that first; `mw promote {version.name}` makes {version.name} live without a trial",
            code="release.another_tried",
        )


def _refuse_paused(before: Release | None, release: Release, authority: Authority) -> None:
    """What a person paused the policy leaves alone, but for harm where it is not on hold, and for going back. Its own pause it
    may end: that it is still that one is what the number of the release before says."""
    paused = before.paused if before is not None and authority.by_policy else None
    harm = release.action == "abort" and paused == "pause"
    if paused is not None and release.action not in ("rollback", "resume") and not harm:
        raise Conflict("a person paused the trial meanwhile", fix="`mw resume` lets it go on", code="release.paused")


def _further_back(shop: Workshop, change: _Change) -> str:
    """What to do where the version to go back to cannot be loaded."""
    with shop.catalogue.read() as view:
        back = way_back(view, shop.project, change.before.number if change.before else 0, releases.WAY_BACK)
    further = [past.version for past in back if past.version != change.version.number]
    return f"go further back: `mw rollback v{further[0]}`" if further else "promote another version: `mw versions`"


def _prove_and_do(shop: Workshop, change: _Change) -> ReleaseReport:
    """Prove that the package still verifies and loads, then change the release."""
    prove_loadable(shop.home, shop.trust, change.version.package)
    return _do(shop, change)


def _do(shop: Workshop, change: _Change) -> ReleaseReport:
    """Enter a change and tell the servers. Raises Unavailable (release.not_told) where only the latter cannot be done."""
    release: Release | None = None
    try:
        with publishing(shop):
            release = _enter(shop, change)
    except MillwrightError as error:
        if release is None:
            raise
        what = f"release {release.number} is entered, but the servers could not be told: {error.what}"
        fix = "mend that; `mw up`, or the next change of release, tells them"
        raise Unavailable(what, where=error.where, fix=fix, code="release.not_told") from error
    return ReleaseReport(release=release, before=change.before.version if change.before else None)


def _enter(shop: Workshop, change: _Change) -> Release:
    """The change and its decision, in one transaction."""
    version, authority, now = change.version, change.authority, shop.clock.now()
    about = {"verdict": version.verdict, "summary": version.summary, "package": version.package}
    asked = ReleaseAsked(
        expected=change.before.number if change.before else 0,
        actor=authority.actor,
        reason=change.reason or ASKED_FOR,
        at=now,
        forced=change.forced,
        at_least=newest_told(shop) + 1,
    )
    with shop.catalogue.write() as tx:
        authority.guard(tx)
        release = change.enter(tx, asked)
        _refuse_paused(change.before, release, authority)
        decisions.add(
            tx,
            project=shop.project,
            action=release.action,
            version=version.number,
            actor=asked.actor,
            rule=authority.rule,
            reason=asked.reason,
            evidence={**about, **authority.evidence},
            event_at=now,
            known_at=now,
            mode=authority.mode,
            of=authority.of,
        )
    return release


def prove_loadable(home: Home, trust: Path, package: str) -> None:
    """Verify every byte of a package, then load it in a child process, unless that was done here. Raises PackageRefused."""
    verify_package(home.packages / package, package, Trust(trust))
    probe_once(home.root, package, trust, PROBE_SECONDS)
