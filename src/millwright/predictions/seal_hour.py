"""Sealing one hour: its finished segments become one Parquet file beside them."""

import os
from collections.abc import Iterable
from pathlib import Path

from millwright.predictions.drop import drop
from millwright.predictions.layout import segment_names
from millwright.predictions.press import Press
from millwright.predictions.sealed import SEALED, Sealed, SealedDay, manifest_name, manifests
from millwright.predictions.segments import is_finished
from millwright.records.codec import sha256, to_json
from millwright.stores.blobs import digest_file
from millwright.stores.durable import write_atomic

_LITTER = (".sealing-", ".writing-")


def seal_hour(press: Press, folder: Path) -> Sealed | None:
    """Seal the finished segments of one hour's folder; None where there are none. Raises Unavailable."""
    clean_hour(folder)
    segments = finished_in(folder)
    if not segments:
        return None
    file = part_name(path.name for path in segments)
    rows, torn = press.write(segments, [], folder / file)
    sealed = Sealed(
        file=file,
        digest=digest_file(folder / file),
        rows=rows,
        segments=tuple(path.name for path in segments),
        torn_bytes=torn,
    )
    write_atomic(folder / manifest_name(file), to_json(sealed))
    drop(segments)
    return sealed


def finished_in(folder: Path) -> list[Path]:
    """The segments of an hour's folder that no process is writing."""
    return [path for name in segment_names(folder) if is_finished(path := folder / name)]


def part_name(replaced: Iterable[str]) -> str:
    """The name of the sealed file that replaces these: the same for the same, so that a round that died is repeated."""
    return f"part-{sha256(to_json(list(replaced)))[:16]}{SEALED}"


def clean_hour(folder: Path) -> None:
    """Remove what a sealer that died left in an hour's folder, and the segments that a manifest has replaced."""
    found = manifests(folder)
    remove_litter(folder, found)
    drop(path for path in (folder / name for manifest in found for name in manifest.segments) if path.exists())


def remove_litter(folder: Path, found: Iterable[Sealed | SealedDay]) -> None:
    """Remove unfinished files, and sealed files without a manifest: whoever is sealing is alone, so nobody is at them."""
    known = {manifest.file for manifest in found}
    for name in os.listdir(folder):
        if name.startswith(_LITTER) or (name.endswith(SEALED) and name not in known):
            (folder / name).unlink(missing_ok=True)
