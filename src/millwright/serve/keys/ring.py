"""The keys that a server knows at a moment, found by what a request sends."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from millwright.serve.keys.file import ApiKey
from millwright.serve.keys.text import digest_of_key, id_of

_REMEMBERED = 1024
_SCHEME = b"bearer"
_NOBODY = bytes(32)


@dataclass(slots=True)
class Holder:
    """Who holds a key: what it opens, and when it was used last, in seconds since 1970 (0: not yet)."""

    key: ApiKey
    digest: bytes
    ends: float
    scopes: frozenset[str]
    projects: frozenset[str]
    last_used: float = field(default=0.0)

    @classmethod
    def of(cls, key: ApiKey) -> "Holder":
        """The holder of a key."""
        ends = key.ends_at.timestamp() if key.ends_at else float("inf")
        return cls(key, bytes.fromhex(key.digest), ends, frozenset(key.scopes), frozenset(key.projects))


class KeyRing:
    """Keys by what is sent in `Authorization`. It never changes: other keys are another ring, with nothing remembered.

    A header that was verified is remembered as it is, so that a request costs one look-up. Python's dictionaries compare
    bytes only where a hash with a secret seed is equal: the time they take tells nothing of a key.
    """

    def __init__(self, keys: Iterable[ApiKey] = ()) -> None:
        self._by_id = {key.id: Holder.of(key) for key in keys}
        self._verified: dict[bytes, Holder] = {}

    def find(self, authorization: bytes, now: float) -> Holder | None:
        """The holder of the key in a header, where it is in force at `now` (seconds since 1970); marks it as used."""
        holder = self._verified.get(authorization) or self._verify(authorization)
        if holder is None or now >= holder.ends:
            return None
        holder.last_used = now
        return holder

    def used(self) -> dict[str, float]:
        """When each key was used last, by id."""
        return {key_id: holder.last_used for key_id, holder in self._by_id.items() if holder.last_used}

    def _verify(self, authorization: bytes) -> Holder | None:
        """Compares digests in constant time, also for an id that nobody has."""
        scheme, _, text = authorization.partition(b" ")
        key_id = id_of(text) if scheme.lower() == _SCHEME else None
        if key_id is None:
            return None
        holder = self._by_id.get(key_id)
        if not hmac.compare_digest(digest_of_key(text), holder.digest if holder else _NOBODY) or holder is None:
            return None
        if len(self._verified) < _REMEMBERED:
            self._verified[authorization] = holder
        return holder
