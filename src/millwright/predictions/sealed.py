"""What is sealed and what is still open: the manifests beside sealed files say which segments each one replaces.

A sealed file counts only with its manifest, and a segment that a manifest names no longer counts: the manifest appears
whole or not at all, so every row is read once whenever a sealer dies.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from millwright.predictions.layout import SEGMENT
from millwright.records.codec import from_json
from millwright.records.record import record

SEALED = ".parquet"
MANIFEST = ".sealed.json"


@record
class Sealed:
    """One sealed Parquet file and the segments it replaces."""

    schema: Literal["millwright.sealed/1"] = "millwright.sealed/1"
    file: str
    digest: str
    rows: int
    segments: tuple[str, ...]
    torn_bytes: int = 0


@record
class Files:
    """The files that hold the rows of some hours, each row once."""

    sealed: tuple[Path, ...]
    open: tuple[Path, ...]


def manifests(folder: Path) -> tuple[Sealed, ...]:
    """The manifests of an hour's folder."""
    names = sorted(name for name in os.listdir(folder) if name.endswith(MANIFEST))
    return tuple(from_json(Sealed, (folder / name).read_bytes()) for name in names)


def files_of(folders: Iterable[Path]) -> Files:
    """The files to read for the hours of these folders."""
    sealed: list[Path] = []
    still_open: list[Path] = []
    for folder in folders:
        segments = sorted(name for name in os.listdir(folder) if name.endswith(SEGMENT))
        found = manifests(folder)
        replaced = {name for manifest in found for name in manifest.segments}
        sealed += [folder / manifest.file for manifest in found]
        still_open += [folder / name for name in segments if name not in replaced]
    return Files(sealed=tuple(sealed), open=tuple(still_open))
