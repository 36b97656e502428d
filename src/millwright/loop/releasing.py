"""Changing what is live: decide in one compare-and-swap, then tell the servers."""

from typing import Literal

from millwright.errors import NotFound, PackageRefused
from millwright.loop.outcomes import ReleaseReport
from millwright.loop.workshop import Workshop
from millwright.package.keys import SigningKey, Trust
from millwright.package.probe import probe_package
from millwright.package.release_file import read_release, release_path, write_release
from millwright.package.verify import verify_package
from millwright.records.release import Release, ReleaseState, Version
from millwright.registry import decisions, projects, releases, versions
from millwright.serve.settings import ServeSettings, write_settings

PROBE_SECONDS = 60.0


def promote(shop: Workshop, name: str, *, reason: str, force: bool = False) -> ReleaseReport:
    """Make a version live. Raises GateFailed where its verdict is no pass and nobody forces it; Conflict; PackageRefused."""
    with shop.catalogue.read() as view:
        version = versions.get(view, shop.project, name)
        before = releases.current(view, shop.project)
    return _change(shop, version, before, action="promote", reason=reason or "asked for", forced=force)


def rollback(shop: Workshop, *, reason: str) -> ReleaseReport:
    """Go back to the version that was live before. Raises NotFound where there was none."""
    with shop.catalogue.read() as view:
        version = releases.previous(view, shop.project)
        before = releases.current(view, shop.project)
    return _change(shop, version, before, action="rollback", reason=reason or "asked for", forced=False)


def _change(
    shop: Workshop,
    version: Version,
    before: Release | None,
    *,
    action: Literal["promote", "rollback"],
    reason: str,
    forced: bool,
) -> ReleaseReport:
    """Prove that the package still verifies and loads, change the release, record the decision, tell the servers.

    The servers are told even where the change is refused: an earlier one may have been killed before it told them.
    """
    prove_loadable(shop, version.package)
    try:
        release = _enter(shop, version, before.number if before else 0, action, reason, forced)
    finally:
        publish(shop)
    return ReleaseReport(release=release, before=before.version if before else None)


def _enter(
    shop: Workshop, version: Version, expected: int, action: Literal["promote", "rollback"], reason: str, forced: bool
) -> Release:
    """The change and its decision, in one transaction."""
    now = shop.clock.now()
    with shop.catalogue.write() as tx:
        release = releases.promote(
            tx,
            shop.project,
            version.number,
            expected=expected,
            actor=shop.actor,
            action=action,
            reason=reason,
            forced=forced and version.verdict != "passed",
            at=now,
        )
        decisions.add(
            tx,
            project=shop.project,
            action=action,
            version=version.number,
            actor=shop.actor,
            rule="forced by a person" if release.forced else "verdict passed" if action == "promote" else "asked for",
            reason=reason,
            evidence={"verdict": version.verdict, "summary": version.summary, "package": version.package},
            event_at=now,
            known_at=now,
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
    for name, release in live:
        if release is None:
            continue
        state = releases.state_of(release, default=name == first)
        if _published(shop, name) != state:
            write_release(shop.home.root, state, SigningKey.at(shop.signing_key, shop.trust))
            changed.append(name)
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
