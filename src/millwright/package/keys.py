"""Keys: one private key that signs, and a folder of pinned public keys that are believed.

The two never lie together. `trust/` is small text and belongs beside the spec, under version control: `KEY-ID.pub` for each
believed key ("ed25519 BASE64"), and `revoked`, one id a line, for keys that are believed no longer and for packages that are
used no longer. A key id is the sha256 of the public key's 32 bytes, so a file cannot claim another key's name; a package's is
the sha256 of its manifest. Ed25519: RFC 8032.
"""

import base64
import binascii
import re
import stat
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from millwright.errors import PackageRefused, Unavailable
from millwright.records.codec import sha256
from millwright.stores.durable import write_atomic, write_new

REVOKED = "revoked"
REVOKED_CODES = frozenset({"package.revoked", "package.key_revoked"})
"""Of the errors that say that a package, or the key that signed it, was revoked."""

_KEY_ID = re.compile(r"[0-9a-f]{64}")
_PUBLIC = re.compile(r"ed25519 ([A-Za-z0-9+/]{43}=)\s*")
_SMALL = 1 << 20


class Trust:
    """The pinned public keys in a folder. Read anew at each question, so that a revocation holds at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def public_key(self, key_id: str) -> Ed25519PublicKey:
        """The believed key with this id. Raises PackageRefused: no key id, not pinned, revoked, or a damaged file."""
        if not _KEY_ID.fullmatch(key_id):
            raise PackageRefused("the signature names no key", code="package.key")
        if key_id in self.revoked():
            fix = "sign the package again with a key that is believed"
            raise self._refused(f"key {key_id[:12]} was revoked", fix, "package.key_revoked")
        file = self.folder / f"{key_id}.pub"
        if not file.is_file():
            raise self._refused(f"key {key_id[:12]} is not trusted", f"pin it as {file.name} if you believe its owner")
        raw = _read_public(file)
        if sha256(raw) != key_id:
            raise self._refused(f"{file.name} holds another key than its name says", "restore the file")
        return Ed25519PublicKey.from_public_bytes(raw)

    def pinned(self) -> tuple[str, ...]:
        """The ids of all pinned keys, revoked ones among them."""
        return tuple(sorted(file.stem for file in self.folder.glob("*.pub") if _KEY_ID.fullmatch(file.stem)))

    def revoked(self) -> frozenset[str]:
        """The ids of revoked keys and packages. Raises PackageRefused where the list is there and cannot be read."""
        file = self.folder / REVOKED
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return frozenset()
        except (OSError, UnicodeDecodeError) as error:
            raise self._refused(f"the list of revoked keys cannot be read: {error}", f"restore {file}") from error
        return frozenset(words[0].lower() for words in map(str.split, lines) if words and not words[0].startswith("#"))

    def pin(self, public: bytes) -> str:
        """Believe a public key (32 bytes) from now on; returns its id."""
        key_id = sha256(public)
        line = f"ed25519 {base64.b64encode(public).decode()}\n"
        write_atomic(self.folder / f"{key_id}.pub", line.encode(), mode=0o644)
        return key_id

    def revoke(self, key_id: str, reason: str) -> None:
        """Believe a key, or use a package, no longer. Its file stays, so that the list says of what it speaks."""
        if not _KEY_ID.fullmatch(key_id):
            raise PackageRefused(f"'{key_id}' is no id", fix="an id is 64 hexadecimal digits", code="package.key")
        file = self.folder / REVOKED
        before = file.read_bytes() if file.exists() else b""
        write_atomic(file, before + f"{key_id} {' '.join(reason.split())}\n".encode(), mode=0o644)

    def refuse_revoked(self, package: str) -> None:
        """Raise PackageRefused (package.revoked) for a package that is used no longer; as `revoked` does."""
        if package in self.revoked():
            raise PackageRefused(
                "the version was revoked",
                where=f"package {package[:12]}",
                fix=f"use another version; why is in {self.folder / REVOKED}",
                code="package.revoked",
            )

    def _refused(self, what: str, fix: str, code: str = "package.key") -> PackageRefused:
        return PackageRefused(what, where=str(self.folder), fix=fix, code=code)


class SigningKey:
    """A private key. Its bytes leave this object only into its own file."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        self.key_id = sha256(self.public)

    @classmethod
    def at(cls, path: Path, trust: Path) -> "SigningKey":
        """The key at `path`, made on first use; pinned in `trust` where no key is pinned yet.

        Raises Unavailable: the file is open to others, damaged, not writable; the key was revoked; or others are pinned
        and this one is not, which a person has to decide.
        """
        believed = Trust(trust)
        key = cls.load(path) if path.exists() else cls._make(path)
        if key.key_id in believed.revoked():
            raise _unusable(path, "the signing key was revoked", "make a new one with `mw trust rotate`", "key.revoked")
        if not believed.pinned():
            believed.pin(key.public)
        if key.key_id not in believed.pinned():
            line = (
                f"put the line 'ed25519 {base64.b64encode(key.public).decode()}' into {trust / key.key_id}.pub if it may sign"
            )
            raise _unusable(path, "the signing key is not among the trusted keys of this project", line, "key.not_trusted")
        return key

    @classmethod
    def rotate(cls, path: Path, trust: Path) -> "SigningKey":
        """Replace the key at `path` by a new one. The old public key stays pinned, so what it signed still verifies."""
        key = cls(Ed25519PrivateKey.generate())
        Trust(trust).pin(key.public)
        write_atomic(path, key._pem())
        return key

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature of a message: 64 bytes, the same each time."""
        return self._private.sign(message)

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        """The key at `path`. Raises Unavailable: open to others, unreadable, damaged, of another kind."""
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise _unusable(path, "the signing key can be read by others", f"chmod 600 {path}", "key.open")
            private = serialization.load_pem_private_key(path.read_bytes()[:_SMALL], password=None)
        except OSError as error:
            raise _unusable(
                path, f"the signing key cannot be read: {error.strerror}", "check the file", "key.unreadable"
            ) from error
        except (ValueError, TypeError) as error:
            raise _unusable(path, "the file holds no signing key", "restore it, or move it away", "key.damaged") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise _unusable(path, "the file holds a key of another kind", "Ed25519 is needed", "key.damaged")
        return cls(private)

    @classmethod
    def _make(cls, path: Path) -> "SigningKey":
        """Make the file whole or not at all; where another process was faster, its key is the key."""
        key = cls(Ed25519PrivateKey.generate())
        try:
            write_new(path, key._pem())
        except FileExistsError:
            return cls.load(path)
        return key

    def _pem(self) -> bytes:
        return self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def _read_public(file: Path) -> bytes:
    try:
        match = _PUBLIC.fullmatch(file.read_bytes()[:1000].decode("ascii"))
        raw = base64.b64decode(match[1], validate=True) if match else b""
    except (OSError, UnicodeDecodeError, binascii.Error) as error:
        raise PackageRefused(f"a trusted key cannot be read: {error}", where=str(file), code="package.key") from error
    if len(raw) != 32:
        raise PackageRefused("a trusted key is damaged", where=str(file), fix="restore the file", code="package.key")
    return raw


def _unusable(path: Path, what: str, fix: str, code: str) -> Unavailable:
    return Unavailable(what, where=str(path), fix=fix, code=code)
