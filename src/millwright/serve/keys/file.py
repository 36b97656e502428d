"""Where API keys lie: H/access/keys.json holds digests, never keys. The control plane writes it, servers read it."""

import contextlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from millwright.errors import Unavailable
from millwright.records.codec import from_json, to_json
from millwright.records.record import record
from millwright.serve.keys.text import digest_of_key, id_of, new_key
from millwright.stores.durable import unavailable, write_atomic, write_new

Scope = Literal["predict", "labels", "read"]
SCOPES: tuple[Scope, ...] = ("predict", "labels", "read")
LOCAL = "local"


@record
class ApiKey:
    """What is known of a key: its digest (sha256, hex), what it may do, and until when. No projects: all of them."""

    id: str
    name: str
    digest: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    scopes: tuple[Scope, ...]
    created_at: datetime
    created_by: str
    projects: tuple[str, ...] = ()
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When it ends or ended; None: never."""
        return min((at for at in (self.expires_at, self.revoked_at) if at is not None), default=None)

    def is_in_force(self, now: datetime) -> bool:
        """Whether it opens anything at this moment."""
        return self.ends_at is None or now < self.ends_at

    def state(self, now: datetime) -> str:
        """in force, expired or revoked."""
        if self.is_in_force(now):
            return "in force"
        return "revoked" if self.ends_at == self.revoked_at else "expired"


@record
class KeyFile:
    """Every key of a state folder."""

    schema: Literal["millwright.api_keys/1"] = "millwright.api_keys/1"
    keys: tuple[ApiKey, ...]


def access_folder(home: Path) -> Path:
    """Where everything about keys lies."""
    return home / "access"


def keys_path(home: Path) -> Path:
    """Where the digests of the keys lie."""
    return access_folder(home) / "keys.json"


def write_keys(home: Path, keys: Iterable[ApiKey]) -> None:
    """Hand keys to the servers of `home`; they take them up without a restart. Raises Unavailable."""
    write_atomic(keys_path(home), to_json(KeyFile(keys=tuple(keys))))


def read_keys(home: Path) -> tuple[ApiKey, ...]:
    """Every key, ended ones among them; none where there is no file. Raises Unavailable where the file is damaged."""
    path = keys_path(home)
    try:
        return from_json(KeyFile, path.read_bytes()).keys
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(
            f"the API keys cannot be read: {error}", where=str(path), fix="restore the file from a backup", code="keys.damaged"
        ) from error


def local_key(home: Path) -> str:
    """The key with which this machine's own processes read the server's metrics; made where there is none.

    It lies in the state folder as it is, readable to its owner alone, and opens less than the folder itself does.
    Raises Unavailable.
    """
    path = access_folder(home) / "local.key"
    with contextlib.suppress(FileExistsError):  # another process was faster: that one's counts
        if not path.exists():
            write_new(path, new_key().encode())
    try:
        return path.read_text("ascii")
    except OSError as error:
        raise unavailable(error, path) from error


def local_api_key(home: Path) -> ApiKey:
    """What a server knows of the local key. Raises Unavailable."""
    text = local_key(home).encode()
    return ApiKey(
        id=id_of(text) or LOCAL,
        name=LOCAL,
        digest=digest_of_key(text).hex(),
        scopes=("read",),
        created_at=datetime.fromtimestamp(0, UTC),
        created_by=LOCAL,
    )
