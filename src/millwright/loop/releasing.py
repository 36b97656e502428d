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
from millwright.records.release import Release, ReleaseState, Version
from millwright.registry import decisions, projects, releases, versions
from millwright.serve.settings import ServeSettings, write_settings

PROBE_SECONDS = 60.0

Enter = Callable[[Connection, str], Release]
"""Enters a release for an actor, or refuses."""


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
    why = reason or "asked for"

    def enter(tx: Connection, actor: str) -> Release:
        return releases.promote(
            tx,
            shop.project,
            version.number,
            expected=_number(before),
            actor=actor,
            action="promote",
            reason=why,
            forced=force and version.verdict != "passed",
            at=shop.clock.now(),
        )

    rule = "forced by a person" if force and version.verdict != "passed" else "verdict passed"
    return _change(shop, version, before, enter, why, authority or Authority(shop.actor, rule))


def rollback(shop: Workshop, *, reason: str, authority: Authority | None = None) -> ReleaseReport:
    """Go back to the version that was live before. Raises NotFound where there was none."""
    with shop.catalogue.read() as view:
        version = releases.previous(view, shop.project)
        before = releases.current(view, shop.project)
    why = reason or "asked for"

    def enter(tx: Connection, actor: str) -> Release:
        return releases.promote(
            tx,
            shop.project,
            version.number,
            expected=_number(before),
            actor=actor,
            action="rollback",
            reason=why,
            forced=False,
            at=shop.clock.now(),
        )

    return _change(shop, version, before, enter, why, authority or Authority(shop.actor, "asked for"))


def try_out(
    shop: Workshop,
    name: str,
    share: float,
    *,
    reason: str,
    force: bool = False,
    authority: Authority | None = None,
) -> ReleaseReport:
    """Let a version answer beside the live one: in shadow (share 0), or as a canary for a share of the keys.

    Raises GateFailed where its verdict is no pass and nobody forces it; Conflict where nothing is live, or it is.
    """
    version, before = _named(shop, name)
    why = reason or "asked for"

    def enter(tx: Connection, actor: str) -> Release:
        return releases.try_out(
            tx,
            shop.project,
            version.number,
            share,
            expected=_number(before),
            actor=actor,
            action="canary" if share else "shadow",
            reason=why,
            forced=force and version.verdict != "passed",
            at=shop.clock.now(),
        )

    rule = "forced by a person" if force and version.verdict != "passed" else "asked for"
    return _change(shop, version, before, enter, why, authority or Authority(shop.actor, rule))


def abort(shop: Workshop, *, reason: str, authority: Authority | None = None) -> ReleaseReport:
    """Take away what is being tried. Raises Conflict where nothing is."""
    with shop.catalogue.read() as view:
        before = releases.current(view, shop.project)
        if before is None or before.challenger is None:
            raise Conflict("nothing is being tried", fix="see `mw status`", code="release.not_trying")
        version = versions.numbered(view, shop.project, before.challenger)
    why = reason or "asked for"

    def enter(tx: Connection, actor: str) -> Release:
        return releases.abort(tx, shop.project, expected=_number(before), actor=actor, reason=why, at=shop.clock.now())

    who = authority or Authority(shop.actor, "asked for")
    return _enter_and_tell(shop, version, before, enter, why, who)


def _named(shop: Workshop, name: str) -> tuple[Version, Release | None]:
    with shop.catalogue.read() as view:
        return versions.get(view, shop.project, name), releases.current(view, shop.project)


def _number(release: Release | None) -> int:
    return release.number if release else 0


def _change(
    shop: Workshop, version: Version, before: Release | None, enter: Enter, reason: str, authority: Authority
) -> ReleaseReport:
    """Prove that the package still verifies and loads, change the release, record the decision, tell the servers."""
    prove_loadable(shop, version.package)
    return _enter_and_tell(shop, version, before, enter, reason, authority)


def _enter_and_tell(
    shop: Workshop, version: Version, before: Release | None, enter: Enter, reason: str, authority: Authority
) -> ReleaseReport:
    """The servers are told even where the change is refused: an earlier one may have been killed before it told them."""
    try:
        release = _enter(shop, version, enter, reason, authority)
    finally:
        publish(shop)
    return ReleaseReport(release=release, before=before.version if before else None)


def _enter(shop: Workshop, version: Version, enter: Enter, reason: str, authority: Authority) -> Release:
    """The change and its decision, in one transaction."""
    now = shop.clock.now()
    about = {"verdict": version.verdict, "summary": version.summary, "package": version.package}
    with shop.catalogue.write() as tx:
        authority.guard(tx)
        release = enter(tx, authority.actor)
        decisions.add(
            tx,
            project=shop.project,
            action=release.action,
            version=version.number,
            actor=authority.actor,
            rule=authority.rule,
            reason=reason,
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
