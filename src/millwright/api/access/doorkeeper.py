"""Finds out who asks, by the cookie of a session or the key of a program, and lets nobody in twice by one link."""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from millwright.api.access.passwords import is_password
from millwright.api.access.rates import Rates
from millwright.api.access.secret import same, signed
from millwright.api.caller import Caller, NotSignedIn
from millwright.api.revision import Revision
from millwright.errors import Unavailable
from millwright.records.codec import sha256
from millwright.records.people import Session
from millwright.registry import control_keys, people, sessions
from millwright.registry.catalogue import Catalogue
from millwright.stores.clock import Clock

KEY_PREFIX = "mwc_"
_SECRET_BYTES = 32
MOST_SEEN = 1_000
_Write = Callable[[Connection], object]
_WRONG = "the link was used, is over, or the name and password do not belong together"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was begun, and its secret, which goes to the browser and nowhere else."""

    caller: Caller
    secret: str


class Doorkeeper:
    """Looks people up in the catalogue. How often one may try to sign in is counted by name and by address."""

    def __init__(self, catalogue: Catalogue, clock: Clock, key: bytes, revision: Revision) -> None:
        self._catalogue, self._clock, self._key, self._revision = catalogue, clock, key, revision
        self._by_name, self._by_address = Rates(5 / 900, 5), Rates(1 / 15, 30)
        self._seen: OrderedDict[str, tuple[Hashable, Caller]] = OrderedDict()

    def at_hand(self, key: str | None, secret: str | None) -> Caller | None:
        """Who showed this before, where nothing was entered in the catalogue since, nothing has ended meanwhile, and nothing is
        to be noted of them; else None, and they are looked up."""
        shown = key or secret
        kept = self._seen.get(sha256(shown.encode())) if shown else None
        if kept is None or kept[0] != self._revision.now():
            return None
        return kept[1] if _stands(kept[1], self._clock.now()) else None

    def by_session(self, secret: str) -> tuple[Caller, str | None] | None:
        """Whose session a secret is, and the secret that takes its place, where it is time for another; None: of nobody."""
        now, revision = self._clock.now(), self._revision.now()
        with self._catalogue.read() as view:
            session = sessions.find(view, secret, at=now)
            person = people.find(view, session.person) if session else None
        if session is None or person is None or person.ended_at is not None:
            return None
        caller = Caller(person, session=session)
        self._remember(secret, revision, caller)
        return caller, self._kept_up(session, secret)

    def by_key(self, text: str) -> Caller | None:
        """Whose key that is; None where it opens nothing."""
        now, revision = self._clock.now(), self._revision.now()
        with self._catalogue.read() as view:
            key = control_keys.find(view, text) if text.startswith(KEY_PREFIX) else None
            person = people.find(view, key.person) if key else None
        if key is None or person is None or person.ended_at is not None or key.state(now) != "active":
            return None
        if key.used_at is None or now - key.used_at > control_keys.USED_EVERY:
            self._note(lambda tx: control_keys.used(tx, key, now))
        caller = Caller(person, key=key)
        self._remember(text, revision, caller)
        return caller

    def by_link(self, token: str, address: str, agent: str) -> Opened:
        """Let in who has a link that was not used yet. Raises NotSignedIn, Overloaded."""
        self._by_address.take(address)
        with self._catalogue.write() as tx:
            name = sessions.use_link(tx, token, at=self._clock.now())
            if name is None:
                raise _wrong()
            return self._opened(tx, name, agent)

    def by_password(self, name: str, password: str, address: str, agent: str) -> Opened:
        """Let in who knows a password. Raises NotSignedIn, Overloaded. It takes as long where nobody has that name."""
        self._by_address.take(address)
        self._by_name.take(name)
        with self._catalogue.read() as view:
            digest = people.password_of(view, name)
        if not is_password(digest, password):
            raise _wrong()
        self._by_name.give_back(name)
        with self._catalogue.write() as tx:
            if people.password_of(tx, name) != digest:
                raise _wrong()
            return self._opened(tx, name, agent)

    def by_provider(self, name_of: Callable[[Connection], str], address: str, agent: str) -> Opened:
        """Let in whom a provider vouches for: `name_of` finds or enters them. Raises as it does; Overloaded."""
        self._by_address.take(address)
        with self._catalogue.write() as tx:
            return self._opened(tx, name_of(tx), agent)

    def take_attempt(self, name: str) -> None:
        """Count a try of somebody's password. Raises Overloaded after too many."""
        self._by_name.take(name)

    def page_token(self, session: Session) -> str:
        """What a page of this session must send beside its cookie with each change."""
        return signed(self._key, "page", session.id)

    def is_page_token(self, session: Session, token: str) -> bool:
        """Whether that is what this session's pages send."""
        return same(self.page_token(session), token)

    def _remember(self, shown: str, revision: Hashable, caller: Caller) -> None:
        self._seen[sha256(shown.encode())] = (revision, caller)
        while len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)

    def _opened(self, tx: Connection, name: str, agent: str) -> Opened:
        secret, now = new_secret(), self._clock.now()
        session = sessions.begin(tx, secret, secrets.token_hex(12), name, at=now, agent=agent[:200])
        return Opened(Caller(people.get(tx, name), session=session), secret)

    def _kept_up(self, session: Session, secret: str) -> str | None:
        """Note that somebody is there; the new secret, where the one of now is old."""
        now = self._clock.now()
        if now - session.rotated_at > sessions.ROTATES:
            fresh, done = new_secret(), []
            self._note(lambda tx: done.append(sessions.rotate(tx, session, secret, fresh, at=now)))
            return fresh if done and done[0] else None
        if now - session.seen_at > sessions.SEEN_EVERY:
            self._note(lambda tx: sessions.seen(tx, session, now))
        return None

    def _note(self, write: _Write) -> None:
        """Write what may be left out where the catalogue is busy."""
        try:
            with self._catalogue.write() as tx:
                write(tx)
        except Unavailable:
            return


def _stands(caller: Caller, now: datetime) -> bool:
    """Whether a look into the catalogue would say the same, and would write nothing. A session whose secret was changed a
    moment ago is known by two, so it is looked up."""
    if caller.key is not None:
        used = caller.key.used_at
        return caller.key.state(now) == "active" and used is not None and now - used <= control_keys.USED_EVERY
    session = caller.session
    assert session is not None
    lasts = session.ends_at > now and now - session.seen_at <= sessions.SEEN_EVERY
    return lasts and sessions.GRACE < now - session.rotated_at <= sessions.ROTATES


def new_secret(prefix: str = "") -> str:
    """A text that nobody guesses."""
    return prefix + secrets.token_urlsafe(_SECRET_BYTES)


def _wrong() -> NotSignedIn:
    return NotSignedIn(_WRONG, fix="`mw console link` makes a new link", code="access.refused")
