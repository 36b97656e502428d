"""Keys for tests, as the control plane leaves them in a server's home."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from millwright.serve.keys.file import ApiKey, read_keys, write_keys
from millwright.serve.keys.text import digest_of_key, id_of, new_key

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


def known(text: str, *scopes: str, **changes: Any) -> ApiKey:
    """What is kept of a key."""
    fields = {"name": "test", "created_at": NOW, "created_by": "tests", "scopes": scopes or ("predict",), **changes}
    return ApiKey(id=id_of(text.encode()) or "", digest=digest_of_key(text.encode()).hex(), **fields)


def add(home: Path, *scopes: str, **changes: Any) -> str:
    """A new key among those of a home; its text."""
    text = new_key()
    write_keys(home, [*read_keys(home), known(text, *scopes, **changes)])
    return text


def bearer(text: str) -> dict[str, str]:
    """The header that brings a key."""
    return {"Authorization": f"Bearer {text}"}


def sent(*texts: str) -> Sequence[tuple[bytes, bytes]]:
    """The headers of a request with these keys, as the server sees them."""
    return [(b"host", b"localhost"), *((b"authorization", f"Bearer {text}".encode()) for text in texts)]
