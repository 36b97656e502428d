"""Passwords as argon2id digests. A name that nobody has costs as long as one that somebody has."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from millwright.errors import MillwrightError

SHORTEST, LONGEST = 12, 200
_ONE_AT_A_TIME = threading.Lock()
"""A digest takes tens of megabytes and a core for a while: whoever tries often must not take them from others."""


def digest_password(password: str) -> str:
    """The digest to keep. Raises MillwrightError for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        what = f"a password has {SHORTEST} to {LONGEST} characters"
        raise MillwrightError(what, fix="take a sentence that only you know", code="password.length")
    with _ONE_AT_A_TIME:
        return _hasher().hash(password)


def is_password(digest: str | None, password: str) -> bool:
    """Whether a password is the one of a digest; without a digest it takes as long to say no."""
    with _ONE_AT_A_TIME:
        try:
            _hasher().verify(digest or _nobodys(), password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
    return digest is not None


@cache
def _hasher() -> PasswordHasher:
    """RFC 9106's second recommendation: 64 MiB, three passes; of one lane, since cores are others'."""
    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


@cache
def _nobodys() -> str:
    return _hasher().hash("the password of nobody")
