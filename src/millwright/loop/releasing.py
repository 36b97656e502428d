"""Changing what is live or being tried: decide in one compare-and-swap, then tell the servers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from millwright.errors import Conflict, NotFound, PackageRefused
from millwright.loop.outcomes import ReleaseReport
from millwright.loop.workshop import Workshop
from millwright.package.keys import SigningKey, Trust
from millwright.package.probe import probe_package
from millwright.package.release_file import read_release, release_path, write_release
from millwright.package.verify import verify_package
from millwright.records.deciding import Mode
from millwright.records.release import Release, ReleaseAsked, ReleaseState, Version
from millwright.registry import decisions, projects, releases, versions
from millwright.serve.settings import ServeSettings, write_settings

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


def promote(
    shop: Workshop, name: str, *, reason: str, force: bool = False, authority: Authority | None = None
) -> ReleaseReport:
    """Make a version live. Raises GateFailed where its verdict is no pass and nobody forces it; Conflict; PackageRefused."""
    version, before = _named(shop, name)
    forced = force and version.verdict != "passed"

    def enter(tx: Connection, asked: ReleaseAsked) -> Release:
        return releases.promote(tx, shop.project, version.number, asked)

    change = _Change(version, before, reason, authority or _person(shop, forced, "verdict passed"), enter, forced)
    return _prove_and_do(shop, change)


def rollback(shop: Workshop, *, reason: str, authority: Authority | None = None) -> ReleaseReport:
    """Go back to the version that was live before. Raises NotFound where there was none."""
    with shop.catalogue.read() as view:
        version = releases.previous(view, shop.project)
        before = releases.current(view, shop.project)

    def enter(tx: Connection, asked: ReleaseAsked) -> Release:
        return releases.promote(tx, shop.project, version.number, asked, action="rollback")

    return _prove_and_do(shop, _Change(version, before, reason, authority or _person(shop), enter))


def try_out(
    shop: Workshop, name: str, share: float, *, reason: str, force: bool = False, authority: Authority | None = None
) -> ReleaseReport:
    """Let a version answer beside the live one: in shadow (share 0), or as a canary for a share of the keys.

    Raises GateFailed where its verdict is no pass and nobody forces it; Conflict where nothing is live, or it is.
    """
    version, before = _named(shop, name)
    forced = force and version.verdict != "passed"

    def enter(tx: Connection, asked: ReleaseAsked) -> Release:
        return releases.try_out(tx, shop.project, version.number, share, asked)

    return _prove_and_do(shop, _Change(version, before, reason, authority or _person(shop, forced), enter, forced))


def abort(shop: Workshop, *, reason: str, authority: Authority | None = None) -> ReleaseReport:
    """Take away what is being tried. Raises Conflict where nothing is."""
    with shop.catalogue.read() as view:
        before = releases.current(view, shop.project)
        if before is None or before.challenger is None:
            raise Conflict("nothing is being tried", fix="see `mw status`", code="release.not_trying")
        version = versions.numbered(view, shop.project, before.challenger)

    def enter(tx: Connection, asked: ReleaseAsked) -> Release:
        return releases.abort(tx, shop.project, asked)

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


def _named(shop: Workshop, name: str) -> tuple[Version, Release | None]:
    with shop.catalogue.read() as view:
        return versions.get(view, shop.project, name), releases.current(view, shop.project)


def _prove_and_do(shop: Workshop, change: _Change) -> ReleaseReport:
    """Prove that the package still verifies and loads, then change the release."""
    prove_loadable(shop, change.version.package)
    return _do(shop, change)


def _do(shop: Workshop, change: _Change) -> ReleaseReport:
    """The servers are told even where the change is refused: an earlier one may have been killed before it told them."""
    try:
        release = _enter(shop, change)
    finally:
        publish(shop)
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
    )
    with shop.catalogue.write() as tx:
        authority.guard(tx)
        release = change.enter(tx, asked)
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


def prove_loadable(shop: Workshop, package: str) -> None:
    """Verify every byte of a package, then load it in a child process. Raises PackageRefused."""
    folder = shop.home.packages / package
    verify_package(folder, package, Trust(shop.trust))
    probe_package(folder, package, shop.trust, PROBE_SECONDS)


def publish(shop: Workshop) -> tuple[str, ...]:
    """Bring the signed release files in line with the catalogue; idempotent. Returns the projects that changed.

    The catalogue decides, the files follow: a crash between the two is healed by whoever calls this next.
    """
    changed = []
    with shop.catalogue.read() as view:
        first = projects.default(view)
        live = [(name, releases.current(view, name)) for name in projects.names(view)]
        states = [releases.state(view, release, default=name == first) for name, release in live if release]
    for state in states:
        if _published(shop, state.project) != state:
            write_release(shop.home.root, state, SigningKey.at(shop.signing_key, shop.trust))
            changed.append(state.project)
    write_settings(shop.home.root, shop.project, serve_settings(shop))
    return tuple(changed)


def _published(shop: Workshop, project: str) -> ReleaseState | None:
    try:
        return read_release(release_path(shop.home.root, project), Trust(shop.trust))
    except (NotFound, PackageRefused):  # none there, or one that is not ours: the catalogue decides, and it is written anew
        return None


def serve_settings(shop: Workshop) -> ServeSettings:
    """What the spec asks of the server."""
    spec = shop.spec
    return ServeSettings(
        max_rows=spec.serve.max_rows,
        max_body_mb=spec.serve.max_body_mb,
        extra_columns=spec.serve.extra_columns,
        redact=tuple(sorted({*spec.log.redact, *spec.data.pii})),
        key=spec.data.key,
        when_full=spec.log.when_full,
    )
