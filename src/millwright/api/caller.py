"""Who asks, and what they may do."""

from dataclasses import dataclass

from millwright.errors import MillwrightError
from millwright.records.people import ControlKey, Grant, Person, Role, Session, role_rank


class NotSignedIn(MillwrightError):
    """Nobody that is known asks."""

    code, status = "access.sign_in", 401


class NotAllowed(MillwrightError):
    """Somebody asks who may not."""

    code, status = "access.role", 403


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is known: a person with a browser's session, or a program with a person's key."""

    person: Person
    session: Session | None = None
    key: ControlKey | None = None

    @property
    def name(self) -> str:
        """Who acts, as the audit has it."""
        return self.person.name if self.key is None else f"{self.person.name} (key {self.key.name})"

    def role_in(self, project: str) -> Role | None:
        """What they are in a project. A key is never more than its owner is by now, and nothing in other projects."""
        role = self.person.role_in(project)
        if self.key is None or role is None:
            return role
        if self.key.project not in (project, "*"):
            return None
        return min(role, self.key.role, key=role_rank)

    def grants(self, projects: tuple[str, ...]) -> tuple[Grant, ...]:
        """What they are in these projects; those in which they are nothing are left out."""
        found = ((project, self.role_in(project)) for project in projects)
        return tuple(Grant(project=project, role=role) for project, role in found if role is not None)
