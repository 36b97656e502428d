"""The profile of a snapshot, read in batches: memory does not grow with it."""

from collections.abc import Iterable

import numpy as np

from millwright.data.profile import grain_of, merge, profile_columns, time_column
from millwright.data.read import iter_columns, read_columns
from millwright.records.data import Contract, Profile, Snapshot
from millwright.stores.blobs import BlobStore

BATCH_ROWS = 100_000
_FINER = 8


def profile_snapshot(snapshot: Snapshot, blobs: BlobStore, contract: Contract, *, batch_rows: int = BATCH_ROWS) -> Profile:
    """The profile of a snapshot, in one pass over batches (after one look at its time column)."""
    time = time_column(contract)
    moments = read_columns(snapshot, blobs, contract, names=[time])[time] if time else np.empty(0, dtype=np.int64)
    grain = grain_of(moments)
    batches = iter_columns(snapshot, blobs, contract, batch_rows)
    return _gathered((profile_columns(b, contract, of=snapshot.digest, grain=grain, finer=_FINER) for b in batches), snapshot)


def _gathered(parts: Iterable[Profile], snapshot: Snapshot) -> Profile:
    gathered = list(parts)
    return merge(*gathered) if gathered else Profile(of=snapshot.digest, rows=0, columns=())
