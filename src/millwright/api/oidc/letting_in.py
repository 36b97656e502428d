"""Lets in whom a provider vouches for: finds or enters the person, gives them the roles that their claims say, and notes it."""

from datetime import datetime

from sqlalchemy import Connection

from millwright.api.oidc.claimed import Claimed
from millwright.api.oidc.refusals import NotLetIn
from millwright.records.codec import digest_of
from millwright.records.people import EVERYWHERE, Person
from millwright.registry import audit, identities, people


def let_in(tx: Connection, who: Claimed, at: datetime) -> str:
    """The name of the person. Raises NotLetIn: oidc.stranger for somebody who may not come in, or was sent away; oidc.other
    where the name belongs to another account."""
    person = _person(tx, who, at)
    if person.ended_at is not None:
        raise NotLetIn("oidc.stranger", f"{person.name} was sent away")
    _follow_claims(tx, person, who, at)
    detail = digest_of([who.issuer, who.subject])
    audit.append(tx, actor=person.name, action="oidc.use", subject=f"person {person.name}", detail=detail, at=at)
    return person.name


def _person(tx: Connection, who: Claimed, at: datetime) -> Person:
    known = identities.person_of(tx, who.issuer, who.subject)
    if known is not None:
        return people.get(tx, known)
    found = people.find(tx, who.name)
    if found is not None and identities.is_taken(tx, who.issuer, found.name):
        raise NotLetIn("oidc.other", f"{who.name} is another subject there")
    if found is None:
        if not who.welcome or people.count(tx) == 0:  # the first one here is who opened the console
            raise NotLetIn("oidc.stranger", f"{who.name} was not entered, and no domain or role lets them in")
        found = people.add(tx, who.name, (), actor=who.name, at=at)
    identities.bind(tx, who.issuer, who.subject, found.name, at=at)
    return found


def _follow_claims(tx: Connection, person: Person, who: Claimed, at: datetime) -> None:
    """In the projects of which claims decide, people are what these say and nothing else; the last admin of all stays one."""
    is_by_now = {grant.project: grant.role for grant in person.grants}
    by_claims = {grant.project: grant for grant in who.grants}
    for project in who.decides:
        grant = by_claims.get(project)
        if is_by_now.get(project) == (grant.role if grant else None):
            continue
        if project == EVERYWHERE and people.is_last_admin(tx, person.name):
            continue
        if grant is None:
            people.take(tx, person.name, project, actor=person.name, at=at)
        else:
            people.give(tx, person.name, grant, actor=person.name, at=at)
