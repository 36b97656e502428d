"""The text of an API key: `mw_ID_SECRET`, in digits and letters, its last six a checksum of all before.

The prefix and the checksum let a scanner for leaked secrets, and us, tell a key from a typo without asking anybody. The id is
no secret: it finds the digest to compare with. The secret has 256 bits, so a fast digest keeps it: what slow hashes are for is
a password that can be guessed, and nobody tries 2^256. A slow one would only let strangers keep the server busy.
"""

import hashlib
import re
import secrets
import string
import zlib

_DIGITS = string.digits + string.ascii_letters
_ID, _SECRET, _CHECK = 8, 43, 6
_BITS = 256
_TEXT = re.compile(rb"mw_([0-9A-Za-z]{%d})_[0-9A-Za-z]{%d}" % (_ID, _SECRET + _CHECK))


def new_key() -> str:
    """A key that was never there before."""
    body = f"mw_{''.join(secrets.choice(_DIGITS) for _ in range(_ID))}_{_base62(secrets.randbits(_BITS), _SECRET)}"
    return body + _checksum(body.encode())


def id_of(text: bytes) -> str | None:
    """The id in a key's text; None where it is no key, or was mistyped."""
    match = _TEXT.fullmatch(text)
    if match is None or _checksum(text[:-_CHECK]).encode() != text[-_CHECK:]:
        return None
    return match[1].decode()


def digest_of_key(text: bytes) -> bytes:
    """What is kept of a key: the sha256 of its text."""
    return hashlib.sha256(text).digest()


def _checksum(body: bytes) -> str:
    return _base62(zlib.crc32(body), _CHECK)


def _base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
