"""A channel: what sends a message, and what it is made with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from millwright.errors import MillwrightError
from millwright.records.alerting import Message
from millwright.records.spec import ChannelSpec

SECONDS = 10.0
"""The longest that one message may take a channel."""

_SMALL = 1 << 16


class Undeliverable(MillwrightError):
    """A message could not be sent; it is tried again. wait: how long the receiver asks to be left alone."""

    code = "alert.undeliverable"

    def __init__(self, what: str, *, where: str = "", wait: timedelta | None = None) -> None:
        super().__init__(what, where=where)
        self.wait = wait


class Channel(Protocol):
    """Sends messages. Made anew for each round from its spec and its surroundings, so that changed secrets count at once."""

    def __init__(self, spec: ChannelSpec, around: "Surroundings") -> None: ...

    def send(self, message: Message) -> None:
        """Send it once, in at most `SECONDS`. Raises Undeliverable; what was perhaps sent comes again, with the same id."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel may use besides its spec: variables of the environment, the spec's folder, the clock."""

    environment: Mapping[str, str]
    base: Path
    now: Callable[[], datetime]

    def reveal(self, reference: str) -> str:
        """The secret that "env:NAME" or "file:PATH" stands for; any other text is itself. Raises Undeliverable."""
        kind, _, name = reference.partition(":")
        if kind == "env":
            if not self.environment.get(name):
                raise Undeliverable(f"the variable {name} is not set")
            return self.environment[name]
        return self._read(self.base / Path(name).expanduser()) if kind == "file" else reference

    @staticmethod
    def _read(path: Path) -> str:
        try:
            with open(path, encoding="utf-8") as file:
                secret = file.read(_SMALL).strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Undeliverable(f"the secret cannot be read: {error}", where=str(path)) from error
        if not secret:
            raise Undeliverable("the file of the secret is empty", where=str(path))
        return secret
