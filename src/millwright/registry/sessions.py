"""Links that let somebody in once, and the sessions of browsers. Of every secret the catalogue has the digest alone."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, or_, select

from millwright.records.codec import digest_of, sha256
from millwright.records.people import Session
from millwright.registry import audit
from millwright.registry.rows import to_record
from millwright.registry.tables import sessions, sign_in_links

LINK_LASTS = timedelta(minutes=15)
IDLE = timedelta(hours=12)
LASTS = timedelta(days=7)
"""A session ends after so long whatever is done in it, and earlier where nobody does anything in it for `IDLE`."""

ROTATES = timedelta(minutes=30)
GRACE = timedelta(seconds=60)
"""How long the secret of before still counts: requests may be under way with it."""

SEEN_EVERY = timedelta(minutes=1)


def make_link(tx: Connection, secret: str, person: str, *, actor: str, at: datetime) -> datetime:
    """Keep a link that lets a person in once; until when it does. Links of theirs that were not used are void."""
    tx.execute(sign_in_links.delete().where(sign_in_links.c.person == person, sign_in_links.c.used_at.is_(None)))
    ends = at + LINK_LASTS
    values = {"digest": sha256(secret.encode()), "person": person, "made_by": actor, "made_at": at, "ends_at": ends}
    tx.execute(sign_in_links.insert().values(**values, used_at=None))
    audit.append(tx, actor=actor, action="link.make", subject=f"person {person}", detail=digest_of([person]), at=at)
    return ends


def use_link(tx: Connection, secret: str, *, at: datetime) -> str | None:
    """Use a link up: whom it lets in; None where it is none, was used, or is over."""
    mine = (sign_in_links.c.digest == sha256(secret.encode())) & sign_in_links.c.used_at.is_(None)
    person: str | None = tx.scalar(select(sign_in_links.c.person).where(mine, sign_in_links.c.ends_at > at))
    if person is not None:
        tx.execute(sign_in_links.update().where(mine).values(used_at=at))
        audit.append(tx, actor=person, action="link.use", subject=f"person {person}", detail=digest_of([person]), at=at)
    return person


def begin(tx: Connection, secret: str, id_: str, person: str, *, at: datetime, agent: str = "") -> Session:
    """Begin a session under a new secret."""
    tx.execute(sessions.delete().where(or_(sessions.c.ends_at <= at, sessions.c.seen_at <= at - IDLE)))
    session = Session(id=id_, person=person, began_at=at, seen_at=at, rotated_at=at, ends_at=at + LASTS, agent=agent)
    values = {name: getattr(session, name) for name in Session.__dataclass_fields__}
    tx.execute(sessions.insert().values(digest=sha256(secret.encode()), before=None, **values))
    return session


def find(tx: Connection, secret: str, *, at: datetime) -> Session | None:
    """The session of a secret; None where there is none or it is over."""
    digest = sha256(secret.encode())
    lasting = (sessions.c.ends_at > at) & (sessions.c.seen_at > at - IDLE)
    row = tx.execute(select(sessions).where(sessions.c.digest == digest, lasting)).first()
    if row is None:
        late = sessions.c.rotated_at > at - GRACE
        row = tx.execute(select(sessions).where(sessions.c.before == digest, lasting, late)).first()
    return None if row is None else to_record(Session, row)


def lasts(tx: Connection, id_: str, *, at: datetime) -> bool:
    """Whether a session is not over."""
    lasting = (sessions.c.ends_at > at) & (sessions.c.seen_at > at - IDLE)
    return tx.scalar(select(sessions.c.id).where(sessions.c.id == id_, lasting)) is not None


def seen(tx: Connection, session: Session, at: datetime) -> None:
    """Somebody did something in it."""
    tx.execute(sessions.update().where(sessions.c.id == session.id).values(seen_at=at))


def rotate(tx: Connection, session: Session, old: str, new: str, *, at: datetime) -> bool:
    """Give a session another secret, if `old` is the one that counts; whether it was."""
    mine = (sessions.c.id == session.id) & (sessions.c.digest == sha256(old.encode()))
    values = {"digest": sha256(new.encode()), "before": sha256(old.encode()), "rotated_at": at, "seen_at": at}
    return tx.execute(sessions.update().where(mine).values(values)).rowcount == 1


def end(tx: Connection, id_: str, person: str) -> bool:
    """End a session of a person; whether there was such a one."""
    return tx.execute(sessions.delete().where(sessions.c.id == id_, sessions.c.person == person)).rowcount == 1


def end_others(tx: Connection, person: str, keep: str) -> int:
    """End every session of a person but one; how many ended."""
    return tx.execute(sessions.delete().where(sessions.c.person == person, sessions.c.id != keep)).rowcount


def of_person(tx: Connection, person: str, *, at: datetime) -> tuple[Session, ...]:
    """The sessions of a person that are not over, the newest first."""
    lasting = (sessions.c.ends_at > at) & (sessions.c.seen_at > at - IDLE)
    query = select(sessions).where(sessions.c.person == person, lasting).order_by(sessions.c.seen_at.desc())
    rows: list[Row[tuple[object, ...]]] = list(tx.execute(query))
    return tuple(to_record(Session, row) for row in rows)
