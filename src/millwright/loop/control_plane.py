"""The running control plane as others see it: where it answers. Light to import."""

import json
from typing import Any

from millwright.records.codec import to_plain
from millwright.records.record import record
from millwright.stores.home import Home
from millwright.stores.process_lock import holder

CONSOLE_LOCK = "console.lock"


@record
class ControlServer:
    """A control plane that answers. base: the path that it is under, such as /mw."""

    pid: int
    host: str
    port: int
    base: str = ""

    @property
    def url(self) -> str:
        """Where a browser of this machine finds it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{self.port}{self.base}"

    def link(self, token: str) -> str:
        """The page that lets somebody in once. The token comes after #, so that no server and no proxy writes it down."""
        return f"{self.url}/sign-in#token={token}"

    def as_plain(self) -> dict[str, Any]:
        """The same as JSON data."""
        return {**to_plain(self), "url": self.url}


def console_file(home: Home) -> Any:
    """Where it is written down."""
    return home.server / "console.json"


def running_console(home: Home) -> ControlServer | None:
    """The control plane that answers here, or None."""
    if holder(home.server / CONSOLE_LOCK) is None:
        return None
    try:
        plain = json.loads(console_file(home).read_text())
    except (OSError, ValueError):
        return None
    return ControlServer(**{name: plain[name] for name in ("pid", "host", "port", "base")})
