"""API keys of a state folder: created, listed, rotated, revoked. Every change is in the audit; the key itself is nowhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from millwright.errors import Conflict, NotFound, Problem, SpecError, nearest
from millwright.loop.workshop import Workshop
from millwright.records.codec import digest_of
from millwright.records.record import record
from millwright.registry import audit, projects
from millwright.serve.keys.file import SCOPES, ApiKey, Scope, read_keys, write_keys
from millwright.serve.keys.text import digest_of_key, id_of, new_key
from millwright.serve.keys.used import read_used

KEPT = timedelta(days=90)
"""How long a key that ended is still listed."""
LONGEST_NAME = 64


@record
class NewKey:
    """A key that was just made: its text, which nobody can show again, and what is kept of it."""

    text: str
    key: ApiKey


def create_key(
    shop: Workshop, name: str, scopes: Sequence[str], expires: timedelta | None = None, limited_to: Sequence[str] = ()
) -> NewKey:
    """A new key. limited_to: projects; none: all of them. Raises SpecError, NotFound (a project), Conflict (a name)."""
    _check(name, scopes, limited_to)
    now = shop.clock.now()
    with shop.catalogue.write() as tx:
        _check_projects(tx, shop, limited_to)
        keys = read_keys(shop.home.root)
        if any(key.name == name and key.is_in_force(now) for key in keys):
            fix = f"choose another name, or `mw keys rotate {name}`"
            raise Conflict(f"there is a key '{name}' already", fix=fix, code="keys.taken")
        asked: tuple[Scope, ...] = tuple(scope for scope in SCOPES if scope in scopes)
        made = _made(shop, name, asked, tuple(sorted(set(limited_to))), now, expires)
        _note(tx, shop, "api_key.create", made.key)
        write_keys(shop.home.root, [*_kept(keys, now), made.key])
    return made


def rotate_key(shop: Workshop, name: str, grace: timedelta) -> NewKey:
    """Another key of the same name, scopes, projects and lifetime; the one of before counts for `grace` more.

    Raises NotFound where no key of that name is in force.
    """
    now = shop.clock.now()
    with shop.catalogue.write() as tx:
        keys = read_keys(shop.home.root)
        before = _in_force(keys, name, now)[-1]
        lifetime = before.expires_at - before.created_at if before.expires_at else None
        made = _made(shop, before.name, before.scopes, before.projects, now, lifetime)
        _note(tx, shop, "api_key.rotate", made.key)
        ending = [_ending(key, now + grace) if key.name == before.name else key for key in _kept(keys, now)]
        write_keys(shop.home.root, [*ending, made.key])
    return made


def revoke_key(shop: Workshop, name: str) -> tuple[ApiKey, ...]:
    """End every key of that name or id at once; those that were ended. Raises NotFound where none is in force."""
    now = shop.clock.now()
    with shop.catalogue.write() as tx:
        keys = read_keys(shop.home.root)
        ended = tuple(replace(key, revoked_at=now) for key in _in_force(keys, name, now))
        for key in ended:
            _note(tx, shop, "api_key.revoke", key)
        by_id = {key.id: key for key in ended}
        write_keys(shop.home.root, [by_id.get(key.id, key) for key in _kept(keys, now)])
    return ended


def list_keys(shop: Workshop) -> list[dict[str, Any]]:
    """Every key, the oldest first: what it may do, its state, who made it, when it was used last."""
    now, used = shop.clock.now(), read_used(shop.home.root)
    return [_plain(key, now, used.get(key.id)) for key in read_keys(shop.home.root)]


def _plain(key: ApiKey, now: datetime, used: datetime | None) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "projects": list(key.projects),
        "state": key.state(now),
        "created_at": key.created_at.isoformat(),
        "created_by": key.created_by,
        "ends_at": key.ends_at.isoformat() if key.ends_at else None,
        "last_used": used.isoformat() if used else None,
    }


def _made(
    shop: Workshop,
    name: str,
    scopes: tuple[Scope, ...],
    limited_to: tuple[str, ...],
    now: datetime,
    lifetime: timedelta | None,
) -> NewKey:
    text = new_key()
    key = ApiKey(
        id=id_of(text.encode()) or "",
        name=name,
        digest=digest_of_key(text.encode()).hex(),
        scopes=scopes,
        created_at=now,
        created_by=shop.actor,
        projects=limited_to,
        expires_at=now + lifetime if lifetime else None,
    )
    return NewKey(text=text, key=key)


def _kept(keys: Sequence[ApiKey], now: datetime) -> list[ApiKey]:
    return [key for key in keys if key.ends_at is None or now - key.ends_at < KEPT]


def _ending(key: ApiKey, at: datetime) -> ApiKey:
    return key if key.ends_at is not None and key.ends_at <= at else replace(key, expires_at=at)


def _in_force(keys: Sequence[ApiKey], name: str, now: datetime) -> list[ApiKey]:
    found = [key for key in keys if name in (key.name, key.id) and key.is_in_force(now)]
    if not found:
        guess = nearest(name, [key.name for key in keys if key.is_in_force(now)])
        raise NotFound(f"no key '{name}' is in force", fix=guess or "see `mw keys list`", code="keys.missing")
    return found


def _check(name: str, scopes: Sequence[str], limited_to: Sequence[str]) -> None:
    problems = [
        Problem("--scopes", f"there is no scope '{scope}'", nearest(scope, SCOPES) or f"choose from {', '.join(SCOPES)}")
        for scope in scopes
        if scope not in SCOPES
    ]
    if not scopes:
        problems.append(Problem("--scopes", "a key opens nothing without a scope", f"choose from {', '.join(SCOPES)}"))
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
        problems.append(Problem("NAME", "this is no name for a key", f"write 1 to {LONGEST_NAME} characters"))
    if limited_to and "read" in scopes:
        problems.append(Problem("--project", "the metrics speak of every project", "leave --project or the scope read away"))
    if problems:
        raise SpecError(problems)


def _check_projects(tx: Connection, shop: Workshop, limited_to: Sequence[str]) -> None:
    known = {*projects.names(tx), shop.project}
    for name in limited_to:
        if name not in known:
            fix = nearest(name, known) or f"choose from {', '.join(sorted(known))}"
            raise NotFound(f"there is no project '{name}'", where="--project", fix=fix, code="keys.project")


def _note(tx: Connection, shop: Workshop, action: str, key: ApiKey) -> None:
    subject = f"api-key {key.id}"
    audit.append(tx, actor=shop.actor, action=action, subject=subject, detail=digest_of(key), at=shop.clock.now())
