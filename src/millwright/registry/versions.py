"""Versions: packages under numbers that people can say. A version is never changed and never taken away."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from millwright.errors import NotFound
from millwright.package.verify import Verified
from millwright.records.release import Version
from millwright.registry import aliases, audit, projects
from millwright.registry.rows import many, next_number, one, to_row
from millwright.registry.tables import versions

_MOST_DIGITS = 9
"""Of a version's number: what is longer is no version that any catalogue can hold."""

Outcome = Literal["passed", "failed", "inconclusive"]


def add(
    tx: Connection, verified: Verified, *, run: str, verdict: Outcome, summary: str, actor: str, created_at: datetime
) -> Version:
    """Enter a package as the next version of its project; a package that has a version keeps it.

    `verified` is what `verify_package` read back from the disk: a row can only name a package that is there, whole.
    """
    project = verified.manifest.project
    known = of_package(tx, project, verified.digest)
    if known is not None:
        return known
    version = Version(
        project=project,
        number=next_number(tx, versions, versions.c.project == project),
        package=verified.digest,
        payload_digest=verified.manifest.payload_digest,
        run=run,
        verdict=verdict,
        summary=summary,
        created_at=created_at,
    )
    projects.ensure(tx, project, created_at)
    tx.execute(versions.insert().values(to_row(version)))
    audit.note(tx, version, "version.add", actor=actor, at=created_at)
    return version


def of_package(tx: Connection, project: str, package: str) -> Version | None:
    """The version of a project that is this package (by digest), or None."""
    return one(tx, Version, select(versions).where(versions.c.project == project, versions.c.package == package))


def numbered(tx: Connection, project: str, number: int) -> Version:
    """The version with this number. Raises NotFound."""
    found = one(tx, Version, select(versions).where(versions.c.project == project, versions.c.number == number))
    if found is None:
        raise _missing(tx, project, f"v{number}")
    return found


def get(tx: Connection, project: str, name: str) -> Version:
    """The version that people call "v3", "3" or by an alias such as "champion". Raises NotFound."""
    digits = name.removeprefix("v")
    if digits.isascii() and digits.isdigit():
        if len(digits) > _MOST_DIGITS:
            raise _missing(tx, project, name)
        return numbered(tx, project, int(digits))
    number = aliases.get(tx, project, name)
    if number is None:
        raise _missing(tx, project, name)
    return numbered(tx, project, number)


def latest(tx: Connection, project: str, *, without: Collection[int] = ()) -> Version | None:
    """The newest version that is not one of those `without`, or None."""
    return next(iter(page(tx, project, limit=1, without=without)), None)


def page(
    tx: Connection, project: str, *, before: int | None = None, limit: int = 50, without: Collection[int] = ()
) -> tuple[Version, ...]:
    """Versions of a project, the newest first, those with a number under `before`, and not those `without`."""
    query = select(versions).where(versions.c.project == project, versions.c.number.not_in(without))
    query = query.order_by(versions.c.number.desc()).limit(limit)
    return many(tx, Version, query if before is None else query.where(versions.c.number < before))


def _missing(tx: Connection, project: str, name: str) -> NotFound:
    newest = latest(tx, project)
    have = f"versions go from v1 to {newest.name}" if newest else "train one with `mw train`"
    named = ", ".join(aliases.of_project(tx, project))
    fix = f"{have}; aliases: {named}" if named else have
    return NotFound(f"project {project} has no version '{name}'", fix=fix, code="version.missing")
