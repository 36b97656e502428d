"""Archiving versions that are not to be used again, and restoring them: several at once, or none of them."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import Connection

from millwright.errors import Conflict, MillwrightError
from millwright.loop.releasing import ASKED_FOR
from millwright.loop.workshop import Workshop
from millwright.records.deciding import Decision
from millwright.records.release import Version
from millwright.registry import archived, decisions, releases, versions
from millwright.registry.way_back import way_back


def archive(shop: Workshop, names: Sequence[str], *, reason: str) -> tuple[Decision, ...]:
    """Archive versions: lists leave them out, and none of them is released until it is restored. Their packages stay.

    Raises NotFound; Conflict where one is live, being tried, on the way back of rollbacks, or archived already;
    MillwrightError without a reason. Then none of them is archived.
    """
    return _entered(shop, names, "archive", reason)


def restore(shop: Workshop, names: Sequence[str], *, reason: str) -> tuple[Decision, ...]:
    """Take versions out of the archive. Raises NotFound; Conflict where one is not archived; MillwrightError without a
    reason. Then none of them is restored."""
    return _entered(shop, names, "restore", reason)


def _entered(shop: Workshop, names: Sequence[str], action: Literal["archive", "restore"], reason: str) -> tuple[Decision, ...]:
    if not reason.strip():
        raise MillwrightError(
            "say why: it is kept for whoever asks later", where="reason", fix="write a reason", code="reason.missing"
        )
    now = shop.clock.now()
    with shop.catalogue.write() as tx:
        chosen = dict.fromkeys(versions.get(tx, shop.project, name) for name in names)
        for version in chosen:
            (_refuse_used if action == "archive" else _refuse_unarchived)(tx, version)
        return tuple(
            decisions.add(
                tx,
                project=shop.project,
                action=action,
                version=version.number,
                actor=shop.actor,
                rule=ASKED_FOR,
                reason=reason.strip(),
                evidence={"verdict": version.verdict, "summary": version.summary, "package": version.package},
                event_at=now,
                known_at=now,
            )
            for version in chosen
        )


def why_not(tx: Connection, version: Version) -> Conflict | None:
    """Why a version cannot be archived; None where it can. Servers keep the versions on the way back, so that a rollback works
    while the catalogue is away: they are not archived."""
    now = releases.current(tx, version.project)
    if now is None:
        return None
    name = f"{version.name} of {version.project}"
    if now.version == version.number:
        return Conflict(f"{name} is live", fix="promote another one, or roll back, first", code="release.already_live")
    if now.challenger == version.number:
        return Conflict(f"{name} is being tried", fix="`mw abort` ends that first", code="release.another_tried")
    back = [past.version for past in way_back(tx, version.project, now.number, releases.WAY_BACK)]
    if version.number in back:
        nth = "`mw rollback` goes back to it" if back[0] == version.number else f"rollbacks from v{now.version} come by it"
        fix = "a version that was rolled back from, or was never live, may be archived"
        return Conflict(f"{name} is on the way back: {nth}", fix=fix, code="version.way_back")
    return None


def _refuse_used(tx: Connection, version: Version) -> None:
    archived.refuse(tx, version)
    error = why_not(tx, version)
    if error is not None:
        raise error


def _refuse_unarchived(tx: Connection, version: Version) -> None:
    if version.number not in archived.of_project(tx, version.project):
        what = f"{version.name} of {version.project} is not archived"
        raise Conflict(what, fix="`mw versions --all` shows which are", code="version.not_archived")
