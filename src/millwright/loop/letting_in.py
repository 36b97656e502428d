"""Letting people into the console from a shell: whoever works in the project's folder may, since they could do all of it by
hand."""

import secrets
import time

from millwright.loop.control_plane import ControlServer, running_console
from millwright.loop.workshop import Workshop
from millwright.records.people import EVERYWHERE, Grant
from millwright.registry import people, sessions
from millwright.stores.home import Home

SECRET_BYTES = 32
OPENS_WITHIN = 45.0


def first_link(shop: Workshop, user: str | None = None, *, only_first: bool = False) -> str:
    """The token of a new one-time link for somebody (whoever works here), who is made admin of all where nobody is there yet.

    only_first: empty where somebody is there already. Raises NotFound for somebody who is not there, though others are.
    """
    name = user or person_name(shop.actor)
    with shop.catalogue.write() as tx:
        nobody = people.count(tx) == 0
        if only_first and not nobody:
            return ""
        now = shop.clock.now()
        if nobody:
            people.add(tx, name, (Grant(project=EVERYWHERE, role="admin"),), actor=shop.actor, at=now)
        people.get(tx, name)
        token = secrets.token_urlsafe(SECRET_BYTES)
        sessions.make_link(tx, token, name, actor=shop.actor, at=now)
    return token


def person_name(actor: str) -> str:
    """The name of a person of the console for somebody who works in a shell."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._@+-") else "-" for c in actor.strip().lower())
    return kept.strip("-._@+")[:128] or "admin"


def wait_console(home: Home, seconds: float = OPENS_WITHIN) -> ControlServer | None:
    """The console that opens here; None where it does not within `seconds`."""
    until = time.monotonic() + seconds
    while (server := running_console(home)) is None and time.monotonic() < until:
        time.sleep(0.1)
    return server
