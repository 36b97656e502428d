"""Release files: the catalogue decides, the files follow. Where it was away meanwhile, it is told first of what was done."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from millwright.errors import Conflict, MillwrightError, NotFound, PackageRefused
from millwright.loop.workshop import Workshop
from millwright.package.keys import SigningKey, Trust
from millwright.package.release_file import read_release, release_path, write_release
from millwright.records.release import ReleaseState, Untold
from millwright.registry import decisions, projects, releases
from millwright.registry.catching_up import catch_up
from millwright.serve.newest import newest_seen
from millwright.serve.settings import ServeSettings, write_settings
from millwright.stores.home import Home
from millwright.stores.process_lock import hold

WAIT_SECONDS = 30.0
"""Longer than a writer of the catalogue waits for another."""

LOCK = "release.lock"


def publish(shop: Workshop) -> tuple[str, ...]:
    """Bring the signed release files in line with the catalogue; idempotent. Returns the projects that changed.

    A crash between the catalogue and the files is healed by whoever calls this next. What was done on this disk while the
    catalogue was away is entered there first: a person's word is not overwritten. Raises NotFound where the catalogue does
    not know the package that is live since. The file then stays as it is; so does that of another project, of which its own
    commands tell.
    """
    with one_writer(shop.home):
        unknown = _catch_up(shop)
        changed = _write_files(shop, unknown)
    if shop.project in unknown:
        raise unknown[shop.project]
    return changed


@contextmanager
def publishing(shop: Workshop) -> Iterator[None]:
    """Around a change of release: nobody else writes release files here from before it is entered until they are written.

    The servers are told even where the change is refused: an earlier one may have been killed before it told them. Raises
    Unavailable before anything is changed where the key may not sign what they are told.
    """
    with one_writer(shop.home):
        SigningKey.at(shop.signing_key, shop.trust)
        unknown = _catch_up(shop)
        try:
            yield
        finally:
            _write_files(shop, unknown)


def tell_catalogue(shop: Workshop) -> None:
    """Enter what was done on this disk while the catalogue was away, before anything else is decided."""
    with one_writer(shop.home):
        _catch_up(shop)


def _write_files(shop: Workshop, unknown: dict[str, MillwrightError]) -> tuple[str, ...]:
    """Write what differs from the catalogue; returns the projects that changed. A rehearsal tells nobody.

    unknown: projects whose files stay as they are; one where somebody released another version since, leaves it.
    """
    if shop.catalogue.rehearses:
        return ()
    changed = []
    for state in _states(shop):
        told = published(shop, state.project)
        if told is not None and told.number >= state.number and state.project in unknown:
            continue
        unknown.pop(state.project, None)
        if told != state:
            write_release(shop.home.root, state, SigningKey.at(shop.signing_key, shop.trust))
            changed.append(state.project)
    write_settings(shop.home.root, shop.project, serve_settings(shop))
    return tuple(changed)


def _states(shop: Workshop) -> list[ReleaseState]:
    """What servers need to know of every project, by the catalogue."""
    with shop.catalogue.read() as view:
        first = projects.default(view)
        live = [releases.current(view, name) for name in projects.names(view)]
        return [releases.state(view, release, default=release.project == first) for release in live if release]


def published(shop: Workshop, project: str) -> ReleaseState | None:
    """What the servers were told last; None where that is nothing, or nothing of ours: then it is written anew."""
    return read_published(shop.home, shop.trust, project)


def read_published(home: Home, trust: Path, project: str) -> ReleaseState | None:
    """What the servers of a home were told last; None where that is nothing, or nothing that verifies."""
    try:
        return read_release(release_path(home.root, project), Trust(trust))
    except (NotFound, PackageRefused):
        return None


def newest_told(shop: Workshop) -> int:
    """The highest number of a release that servers may have seen here: what is to be taken up has a higher one."""
    state, seen = published(shop, shop.project), 0
    with suppress(PackageRefused):  # a number that cannot be read is known to the server alone, which will say so
        seen = newest_seen(shop.home.root, shop.project)
    return max(seen, state.number if state else 0)


@contextmanager
def one_writer(home: Home) -> Iterator[None]:
    """Be the only one here who writes release files. Raises Conflict where another one does not come to an end."""
    until = time.monotonic() + WAIT_SECONDS
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(hold(home.server / LOCK))
                break
            except BlockingIOError as error:
                if time.monotonic() > until:
                    what = "another process has been writing release files for long"
                    raise Conflict(what, where=str(home.server / LOCK), fix="try again", code="release.busy") from error
                time.sleep(0.01)
        yield


def _catch_up(shop: Workshop) -> dict[str, MillwrightError]:
    """Tell the catalogue what was done without it. Returns the projects where that cannot be, each with the reason."""
    unknown: dict[str, MillwrightError] = {}
    if shop.catalogue.rehearses:  # what it would enter is undone at once: whoever begins a rehearsal has told it before
        return unknown
    with shop.catalogue.read() as view:
        names = projects.names(view)
    for name in names:
        state = published(shop, name)
        try:
            for told in state.untold if state else ():
                _enter(shop, name, told)
        except NotFound as error:
            unknown[name] = error
    return unknown


def _enter(shop: Workshop, project: str, told: Untold) -> None:
    """The release and its decision, in one transaction; nothing where both are there already."""
    now = shop.clock.now()
    with shop.catalogue.write() as tx:
        entered = catch_up(tx, told, project, now)
        if entered is None:
            return
        decisions.add(
            tx,
            project=project,
            action=entered.release.action,
            version=entered.about,
            actor=told.actor,
            rule=f"done without the catalogue, which was told later{entered.note and f'; {entered.note}'}",
            reason=told.reason,
            evidence={"package": told.package, "release": told.number, "before": told.before},
            event_at=told.at,
            known_at=now,
        )


def serve_settings(shop: Workshop) -> ServeSettings:
    """What the spec asks of the server."""
    spec = shop.spec
    return ServeSettings(
        max_rows=spec.serve.max_rows,
        max_body_mb=spec.serve.max_body_mb,
        shadow_share=spec.serve.shadow_share,
        extra_columns=spec.serve.extra_columns,
        redact=tuple(sorted({*spec.log.redact, *spec.data.pii})),
        key=spec.data.key,
        when_full=spec.log.when_full,
    )
