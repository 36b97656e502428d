"""Which account of a provider is which person: whoever has a name there next is not taken for who had it before."""

from datetime import datetime

from sqlalchemy import Connection, select

from millwright.registry.tables import identities


def person_of(tx: Connection, issuer: str, subject: str) -> str | None:
    """The person that an account is; None where it never signed in."""
    mine = (identities.c.issuer == issuer) & (identities.c.subject == subject)
    found: str | None = tx.scalar(select(identities.c.person).where(mine))
    return found


def is_taken(tx: Connection, issuer: str, person: str) -> bool:
    """Whether a person is an account of that provider already."""
    mine = (identities.c.issuer == issuer) & (identities.c.person == person)
    return tx.scalar(select(identities.c.subject).where(mine)) is not None


def bind(tx: Connection, issuer: str, subject: str, person: str, *, at: datetime) -> None:
    """An account is a person from now on."""
    tx.execute(identities.insert().values(issuer=issuer, subject=subject, person=person, bound_at=at))
