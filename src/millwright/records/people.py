"""People of the control plane, what they may do, and by what they show who they are."""

from datetime import datetime
from typing import Literal

from millwright.records.record import record

Role = Literal["viewer", "operator", "approver", "admin"]
"""Each may do what those before it may: look; train and answer alerts; approve, promote, roll back; people, keys, the spec."""

ROLES: tuple[Role, ...] = ("viewer", "operator", "approver", "admin")
"""From the least to the most."""

EVERYWHERE = "*"
"""Where a role counts for every project."""


def role_rank(role: Role | None) -> int:
    """How much a role may: 1 to 4, and 0 for none."""
    return 0 if role is None else ROLES.index(role) + 1


@record
class Grant:
    """A role in a project, or everywhere."""

    project: str
    role: Role


@record
class Person:
    """Somebody who may use the console. ended_at: since when they may not any more; their name stays theirs, for the audit."""

    name: str
    created_at: datetime
    has_password: bool
    grants: tuple[Grant, ...] = ()
    ended_at: datetime | None = None

    def role_in(self, project: str) -> Role | None:
        """What they are in a project: the most of what they are there and everywhere; None where they are nothing."""
        found = [grant.role for grant in self.grants if grant.project in (project, EVERYWHERE)]
        return max(found, key=role_rank, default=None)


@record
class Session:
    """A browser that somebody signed in with. id: which one, for people; the secret itself is kept nowhere."""

    id: str
    person: str
    began_at: datetime
    seen_at: datetime
    rotated_at: datetime
    ends_at: datetime
    agent: str = ""


@record
class ControlKey:
    """A key of a program for the control plane: what its owner may do, at most `role`, in one project (or everywhere)."""

    id: str
    name: str
    person: str
    project: str
    role: Role
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> Literal["active", "expired", "revoked"]:
        """Whether it still opens anything."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"
