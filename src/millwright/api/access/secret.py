"""The key of this state folder's control plane: it signs what a page must show beside its cookie, and the links of shares."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from millwright.stores.durable import make_folder, unavailable, write_new

KEY_BYTES = 32


def console_key(path: Path) -> bytes:
    """The key at `path`, made on first use. Raises Unavailable where it cannot be read or made."""
    try:
        if not path.exists():
            make_folder(path.parent)
            _make(path)
        return path.read_bytes()
    except OSError as error:
        raise unavailable(error, path) from error


def _make(path: Path) -> None:
    try:
        write_new(path, secrets.token_bytes(KEY_BYTES), mode=0o600)
    except FileExistsError:
        return  # somebody else made it meanwhile
    os.chmod(path, 0o600)


def signed(key: bytes, purpose: str, text: str) -> str:
    """A tag over a text for one purpose, in hex."""
    return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
