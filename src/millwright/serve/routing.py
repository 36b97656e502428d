"""Who answers during a canary: a stable hash of what a request is about, so that the same key always goes the same way.

A key has a fixed place between 0 and 1 in its project; the challenger answers the keys whose place lies below its share.
Raising the share adds keys and takes none away. The place depends on nothing but the texts: it is the same in every process,
on every machine and after every restart, and can be computed again from the log.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

_PLACES = 1 << 64
_encoder = msgspec.json.Encoder(order="sorted")


def subject_of(key: str | None, client_id: str | None, row: Mapping[str, Any]) -> str:
    """What a request is about: the key of its first row, else the client's id for it, else the row's canonical JSON."""
    return key or client_id or _encoder.encode(row).decode()


def place_of(project: str, subject: str) -> int:
    """The place of a subject: a number in [0, 2^64), the first 8 bytes of BLAKE2b of "project:subject"."""
    return int.from_bytes(blake2b(f"{project}:{subject}".encode("utf-8", "surrogatepass"), digest_size=8).digest())


def goes_to_challenger(project: str, subject: str, share: float) -> bool:
    """Whether the challenger answers for this subject, `share` (0 to 1) being its share of the subjects."""
    return place_of(project, subject) < share * _PLACES
