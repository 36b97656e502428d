"""Packages, versions and what is live."""

from datetime import datetime
from typing import Literal

from millwright.records.record import record


@record
class FileEntry:
    """One file of a package: every byte is covered."""

    path: str
    size: int
    sha256: str
    part: Literal["payload", "attestation"]


@record
class Manifest:
    """What a package holds. The package's digest is the sha256 of this file's bytes.

    evaluator: the one that answers for the payload; empty where it was packed before that was kept here.
    """

    schema: Literal["millwright.manifest/1"] = "millwright.manifest/1"
    project: str
    created_at: datetime
    payload_digest: str
    files: tuple[FileEntry, ...]
    evaluator: str = ""


@record
class Signature:
    """An Ed25519 signature over a domain and bytes, base64; `key` is the sha256 of the public key."""

    key: str
    signature: str
    algorithm: Literal["ed25519"] = "ed25519"


@record
class Version:
    """A package under a number that people can say."""

    project: str
    number: int
    package: str
    payload_digest: str
    run: str
    verdict: Literal["passed", "failed", "inconclusive"]
    summary: str
    created_at: datetime

    @property
    def name(self) -> str:
        """The version as people write it: v3."""
        return f"v{self.number}"


Stage = Literal["shadow", "canary"]
"""How far a challenger has come: it answers unseen beside the live version, or a share of the traffic."""

Pause = Literal["pause", "hold"]
"""A trial that the policy moves no further: harm still ends it (pause), or nothing but a person does (hold)."""


def say_share(share: float) -> str:
    """A share of the keys as people write it: 0.025 is 2.5%."""
    return f"{100 * share:.4g}%"


@record
class Release:
    """Which version answers, since when, by whose decision. Rows are only ever added; `number` is the fencing token.

    challenger: the version that is being tried beside the live one, in shadow (share 0) or for a share of the traffic.
    paused: whether a person told the policy to leave it where it is.
    """

    project: str
    number: int
    version: int
    package: str
    payload_digest: str
    actor: str
    reason: str
    action: Literal["promote", "rollback", "shadow", "canary", "abort", "pause", "resume"]
    forced: bool
    event_at: datetime
    known_at: datetime
    challenger: int | None = None
    share: float | None = None
    paused: Pause | None = None

    @property
    def stage(self) -> Stage | None:
        """How far the challenger has come; None where none is being tried."""
        if self.challenger is None:
            return None
        return "canary" if self.share else "shadow"


@record
class ReleaseAsked:
    """A change of what is live or being tried, as somebody asks for it.

    expected: the number of the release that they saw, 0 for none: where another came meanwhile, the change is refused.
    at_least: the least number that servers still take up, where they have seen a newer release than the catalogue has.
    """

    expected: int
    actor: str
    reason: str
    at: datetime
    forced: bool = False
    at_least: int = 0

    @property
    def number(self) -> int:
        """The number of the release that comes of it."""
        return max(self.expected + 1, self.at_least)


@record
class Challenger:
    """What is being tried beside the live version: in shadow (share 0), or for a share (0 to 1) of the keys."""

    version: int
    package: str
    payload_digest: str
    share: float


@record
class Past:
    """A version that was live before: one that can be gone back to."""

    version: int
    package: str
    payload_digest: str


@record
class Untold:
    """What was done on this disk while the catalogue was away: by whom, when and why, for it to be told later.

    number: of the release that it made. version, package: what is live from then on. before, challenger: the version that was
    live until then, and what was being tried beside it.
    """

    number: int
    version: int
    package: str
    before: int
    actor: str
    reason: str
    at: datetime
    action: Literal["rollback", "abort"] = "rollback"
    challenger: Challenger | None = None

    @property
    def sentence(self) -> str:
        """The same in one line."""
        was = f" (before: v{self.before})" if self.before != self.version else ""
        ended = f", without v{self.challenger.version}" if self.challenger else ""
        return f"{self.action} at {self.at:%Y-%m-%d %H:%M:%S} UTC, by {self.actor} ({self.reason}): " + (
            f"v{self.version} is live{was}{ended}; release {self.number}"
        )


@record
class ReleaseState:
    """What a server needs to know of a release; signed, small, and enough when all else is down.

    way_back: the versions that rollbacks go back to, one after another. untold: what the catalogue has not been told of yet,
    the oldest first.
    """

    schema: Literal["millwright.release/1"] = "millwright.release/1"
    project: str
    number: int
    version: int
    package: str
    payload_digest: str
    default: bool
    since: datetime
    challenger: Challenger | None = None
    way_back: tuple[Past, ...] = ()
    untold: tuple[Untold, ...] = ()
