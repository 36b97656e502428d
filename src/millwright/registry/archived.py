"""Archived versions: kept, left out of lists unless somebody asks for them, and not released until they are restored.

The newest decision to archive or to restore a version says how it stands. Nothing is changed for it, and who did it and why is
in the audit as of every decision.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from millwright.errors import Conflict
from millwright.records.deciding import Action, Decision
from millwright.records.release import Version
from millwright.registry.rows import many
from millwright.registry.tables import decisions

_BOTH: tuple[Action, ...] = ("archive", "restore")


def of_project(tx: Connection, project: str) -> Mapping[int, Decision]:
    """The numbers of the versions that are archived, each with the decision to do so."""
    query = select(decisions).where(decisions.c.project == project, decisions.c.action.in_(_BOTH))
    newest = {one.version: one for one in many(tx, Decision, query.order_by(decisions.c.number))}
    return {version: one for version, one in newest.items() if version is not None and one.action == "archive"}


def refuse(tx: Connection, chosen: Version) -> None:
    """Raise Conflict for a version that is archived: nobody is to be answered by it."""
    archived = of_project(tx, chosen.project).get(chosen.number)
    if archived is not None:
        raise Conflict(
            f"{chosen.name} of {chosen.project} is archived, by {archived.actor}: {archived.reason}",
            fix=f"`mw restore {chosen.name} --reason ...` first, if that does not hold any more",
            code="version.archived",
        )
