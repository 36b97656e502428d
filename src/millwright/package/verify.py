"""Verify a package: every byte, before anything of it is parsed."""

from collections.abc import Mapping
from dataclasses import dataclass

from millwright.records.release import Manifest


@dataclass(frozen=True, slots=True)
class Verified:
    """A package as it was read from the disk, once, and found whole: no file of it needs to be opened again."""

    digest: str
    manifest: Manifest
    files: Mapping[str, bytes]
