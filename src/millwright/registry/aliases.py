"""Aliases: names that point at a version. "champion" is moved by releases alone."""

import re
from datetime import datetime

from sqlalchemy import Connection, select

from millwright.errors import MillwrightError
from millwright.records.codec import digest_of
from millwright.registry import audit
from millwright.registry.tables import aliases

CHAMPION = "champion"
CHALLENGER = "challenger"
_NAME = re.compile(r"(?!v?\d+\Z)[a-z][a-z0-9_-]{0,63}\Z")


def get(tx: Connection, project: str, name: str) -> int | None:
    """The number of the version that an alias points at, or None."""
    return tx.scalar(select(aliases.c.version).where(aliases.c.project == project, aliases.c.name == name))


def of_project(tx: Connection, project: str) -> dict[str, int]:
    """Every alias of a project with its version's number."""
    query = select(aliases.c.name, aliases.c.version).where(aliases.c.project == project).order_by(aliases.c.name)
    return {row.name: row.version for row in tx.execute(query)}


def point(tx: Connection, project: str, name: str, version: int, *, actor: str, at: datetime) -> None:
    """Make an alias point at a version (which must exist). Raises MillwrightError for a name that is taken or not a name."""
    if name == CHAMPION or not _NAME.match(name):
        raise MillwrightError(
            f"'{name}' cannot be an alias of your own",
            fix="use lower-case letters, digits, - and _, beginning with a letter; champion moves with `mw promote`",
            code="alias.invalid",
        )
    move(tx, project, name, version, at)
    detail = digest_of([project, name, version])
    audit.append(tx, actor=actor, action="alias.point", subject=f"alias {project} {name}", detail=detail, at=at)


def move(tx: Connection, project: str, name: str, version: int, at: datetime) -> None:
    """Set the row of an alias; the caller writes the audit."""
    values = {"version": version, "changed_at": at}
    mine = (aliases.c.project == project) & (aliases.c.name == name)
    if tx.execute(aliases.update().where(mine).values(values)).rowcount == 0:
        tx.execute(aliases.insert().values(project=project, name=name, **values))
