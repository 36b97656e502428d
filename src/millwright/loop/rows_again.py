"""The rows of a snapshot once more: as they were kept, or from the source where it still has them."""

from pathlib import Path
from typing import Literal

from millwright.data.snapshot import take_snapshot
from millwright.errors import DataRefused, MillwrightError
from millwright.loop.golden_set import golden_data
from millwright.loop.workshop import Workshop
from millwright.records.data import Snapshot
from millwright.records.spec import DataSpec
from millwright.stores.blobs import BlobStore, digest_file

CODE = "rebuild.rows"


def rows_again(shop: Workshop, snapshot: Snapshot, data: DataSpec, folder: Path) -> Literal["kept", "source"]:
    """Have every part of a snapshot among the blobs, byte for byte; says where they were.

    folder: where the source is copied to meanwhile. Raises DataRefused where they are not here, and the source has others now.
    """
    if _all_whole(shop.blobs, snapshot):
        return "kept"
    lost = "the rows that it learnt from are not kept here any more, and"
    fix = "put the source back as it was, or restore the blobs of the state folder"
    try:
        found = take_snapshot(data, base=shop.base, blobs=shop.blobs, as_of=snapshot.as_of, staging=folder)
    except MillwrightError as error:
        what = f"{lost} the source cannot be read: {error.what}"
        raise DataRefused(what, where=data.source, fix=fix, code=CODE) from error
    if not _all_whole(shop.blobs, snapshot):
        what = f"{lost} the source has others now: {found.rows:,} rows, and {snapshot.rows:,} then"
        raise DataRefused(what, where=data.source, fix=fix, code=CODE)
    return "source"


def golden_again(shop: Workshop, golden: Snapshot | None, folder: Path) -> None:
    """The same for the golden set, where there was one."""
    if golden is not None:
        rows_again(shop, golden, golden_data(shop.spec), folder)


def _all_whole(blobs: BlobStore, snapshot: Snapshot) -> bool:
    return all(blobs.has(part.digest) and digest_file(blobs.local(part.digest)) == part.digest for part in snapshot.parts)
