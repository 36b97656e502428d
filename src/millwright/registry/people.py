"""People of the control plane: who they are and what they may do. A name that was given stays taken, for the audit's sake."""

import re
from datetime import datetime

from sqlalchemy import Connection, Row, func, select

from millwright.errors import Conflict, MillwrightError, NotFound
from millwright.records.codec import digest_of
from millwright.records.people import EVERYWHERE, Grant, Person
from millwright.registry import audit
from millwright.registry.pages import Asked, Listing, Page
from millwright.registry.tables import control_keys, grants, people, sessions, sign_in_links

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,127}\Z")


def add(tx: Connection, name: str, given: tuple[Grant, ...], *, actor: str, at: datetime) -> Person:
    """Let somebody in. Raises Conflict where the name is taken, MillwrightError where it is none."""
    if not _NAME.match(name):
        fix = "lower-case letters, digits and . _ @ + -, beginning with a letter or digit"
        raise MillwrightError(f"{name!a} cannot be the name of a person", fix=fix, code="person.name")
    if tx.scalar(select(people.c.name).where(people.c.name == name)) is not None:
        raise Conflict(f"there is a person {name} already", fix="choose another name", code="person.exists")
    tx.execute(people.insert().values(name=name, password=None, created_at=at, ended_at=None))
    _note(tx, "person.add", name, None, actor=actor, at=at)
    for grant in given:
        give(tx, name, grant, actor=actor, at=at)
    return get(tx, name)


def find(tx: Connection, name: str) -> Person | None:
    """The person of that name, or None."""
    row = tx.execute(select(people).where(people.c.name == name)).first()
    return None if row is None else _person(tx, row)


def get(tx: Connection, name: str) -> Person:
    """The person of that name. Raises NotFound."""
    found = find(tx, name)
    if found is None:
        raise NotFound(f"there is no person {name!a}", fix="see the people in Settings", code="person.missing")
    return found


def count(tx: Connection) -> int:
    """How many people there ever were."""
    return tx.scalar(select(func.count()).select_from(people)) or 0


def password_of(tx: Connection, name: str) -> str | None:
    """The digest of a person's password; None where they have none, are not there or were sent away."""
    return tx.scalar(select(people.c.password).where(people.c.name == name, people.c.ended_at.is_(None)))


def set_password(tx: Connection, name: str, digest: str, *, actor: str, at: datetime) -> None:
    """Keep the digest of a new password; every session of before ends."""
    tx.execute(people.update().where(people.c.name == name).values(password=digest))
    tx.execute(sessions.delete().where(sessions.c.person == name))
    _note(tx, "person.password", name, None, actor=actor, at=at)


def give(tx: Connection, name: str, grant: Grant, *, actor: str, at: datetime) -> None:
    """Let a person be something in a project, in place of what they were there."""
    mine = (grants.c.person == name) & (grants.c.project == grant.project)
    if tx.execute(grants.update().where(mine).values(role=grant.role)).rowcount == 0:
        tx.execute(grants.insert().values(person=name, project=grant.project, role=grant.role))
    _note(tx, "person.role", name, (grant.project, grant.role), actor=actor, at=at)


def take(tx: Connection, name: str, project: str, *, actor: str, at: datetime) -> None:
    """Let a person be nothing in a project. Raises Conflict where nobody would be left who looks after people."""
    tx.execute(grants.delete().where((grants.c.person == name) & (grants.c.project == project)))
    _note(tx, "person.role", name, (project, None), actor=actor, at=at)
    refuse_nobody_left(tx)


def end(tx: Connection, name: str, *, actor: str, at: datetime) -> None:
    """Send a person away: their sessions, links and keys end. Raises NotFound; Conflict where nobody would be left."""
    get(tx, name)
    tx.execute(people.update().where(people.c.name == name).values(ended_at=at, password=None))
    tx.execute(sessions.delete().where(sessions.c.person == name))
    tx.execute(sign_in_links.delete().where(sign_in_links.c.person == name))
    mine = (control_keys.c.person == name) & control_keys.c.revoked_at.is_(None)
    tx.execute(control_keys.update().where(mine).values(revoked_at=at))
    _note(tx, "person.end", name, None, actor=actor, at=at)
    refuse_nobody_left(tx)


def is_last_admin(tx: Connection, name: str) -> bool:
    """Whether a person is the only one who is admin everywhere."""
    return _admins_of_all(tx) == (name,)


def _admins_of_all(tx: Connection) -> tuple[str, ...]:
    query = select(people.c.name).select_from(grants.join(people, grants.c.person == people.c.name))
    query = query.where(grants.c.project == EVERYWHERE, grants.c.role == "admin", people.c.ended_at.is_(None))
    return tuple(tx.scalars(query))


def refuse_nobody_left(tx: Connection) -> None:
    """Raise Conflict where nobody is left who is admin everywhere: nobody could let anybody in any more."""
    if not _admins_of_all(tx):
        raise Conflict("nobody would be left who is admin of all", fix="make somebody else one first", code="person.last_admin")


def grants_of(tx: Connection, name: str) -> tuple[Grant, ...]:
    """What a person is, by project."""
    query = select(grants.c.project, grants.c.role).where(grants.c.person == name).order_by(grants.c.project)
    return tuple(Grant(project=row.project, role=row.role) for row in tx.execute(query))


def page(tx: Connection, asked: Asked) -> Page[Person]:
    """A page of all people, those too that were sent away."""
    columns = {"name": people.c.name, "created_at": people.c.created_at}
    listing = Listing(columns, people.c.name, "name", lambda row: _person(tx, row))
    return listing.page(tx, select(people), asked)


def members(tx: Connection, project: str) -> tuple[Person, ...]:
    """Those who are something in a project, by name."""
    joined = people.join(grants, grants.c.person == people.c.name)
    query = select(people).select_from(joined).where(grants.c.project.in_((project, EVERYWHERE)), people.c.ended_at.is_(None))
    return tuple(_person(tx, row) for row in tx.execute(query.distinct().order_by(people.c.name)))


def _person(tx: Connection, row: Row[tuple[object, ...]]) -> Person:
    return Person(
        name=row.name,
        created_at=row.created_at,
        has_password=row.password is not None,
        grants=grants_of(tx, row.name),
        ended_at=row.ended_at,
    )


def _note(tx: Connection, action: str, name: str, said: object, *, actor: str, at: datetime) -> None:
    audit.append(tx, actor=actor, action=action, subject=f"person {name}", detail=digest_of([name, said]), at=at)
