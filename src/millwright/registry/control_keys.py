"""Keys of programs for the control plane. The catalogue has their digests; the key itself is shown once, when it is made."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from millwright.errors import Conflict, NotFound
from millwright.records.codec import digest_of, sha256
from millwright.records.people import ControlKey
from millwright.registry import audit
from millwright.registry.rows import many, one, to_row
from millwright.registry.tables import control_keys

USED_EVERY = timedelta(minutes=1)


def add(tx: Connection, key: ControlKey, text: str, *, actor: str) -> ControlKey:
    """Keep a new key. Raises Conflict where its owner has one of that name in force."""
    mine = (control_keys.c.person == key.person) & (control_keys.c.name == key.name) & control_keys.c.revoked_at.is_(None)
    taken = many(tx, ControlKey, select(control_keys).where(mine))
    if any(other.state(key.created_at) == "active" for other in taken):
        raise Conflict(f"{key.person} has a key {key.name} already", fix="revoke it, or choose another name", code="key.exists")
    tx.execute(control_keys.insert().values(to_row(key) | {"digest": sha256(text.encode())}))
    _note(tx, "key.make", key, actor=actor, at=key.created_at)
    return key


def find(tx: Connection, text: str) -> ControlKey | None:
    """The key with this text, whatever its state; None where there is none."""
    return one(tx, ControlKey, select(control_keys).where(control_keys.c.digest == sha256(text.encode())))


def get(tx: Connection, id_: str) -> ControlKey:
    """The key with this id. Raises NotFound."""
    found = one(tx, ControlKey, select(control_keys).where(control_keys.c.id == id_))
    if found is None:
        raise NotFound(f"there is no key {id_!a}", fix="see the keys in Settings", code="key.missing")
    return found


def page(tx: Connection, person: str | None, *, limit: int = 500) -> tuple[ControlKey, ...]:
    """The keys of a person, or of everybody, the newest first."""
    query = select(control_keys).order_by(control_keys.c.created_at.desc(), control_keys.c.id).limit(limit)
    return many(tx, ControlKey, query if person is None else query.where(control_keys.c.person == person))


def used(tx: Connection, key: ControlKey, at: datetime) -> None:
    """Somebody called with it."""
    tx.execute(control_keys.update().where(control_keys.c.id == key.id).values(used_at=at))


def revoke(tx: Connection, key: ControlKey, *, actor: str, at: datetime) -> None:
    """It opens nothing any more."""
    tx.execute(control_keys.update().where(control_keys.c.id == key.id).values(revoked_at=at))
    _note(tx, "key.revoke", key, actor=actor, at=at)


def _note(tx: Connection, action: str, key: ControlKey, *, actor: str, at: datetime) -> None:
    detail = digest_of([key.id, key.person, key.project, key.role])
    audit.append(tx, actor=actor, action=action, subject=f"control key {key.id}", detail=detail, at=at)
