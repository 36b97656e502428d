"""Snapshots of the shipped samples, each taken once a session."""

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from millwright.data.contract import infer_contract
from millwright.data.snapshot import take_snapshot
from millwright.records.data import Contract, Snapshot
from millwright.records.spec import DataSpec
from millwright.stores.blobs import FileBlobs

HERE = Path(__file__).parent
SAMPLES, BAD = HERE / "samples", HERE / "bad"
NOW = datetime(2026, 1, 1, tzinfo=UTC)

SPECS: Mapping[str, Mapping[str, Any]] = {
    "adult.csv": {"target": "income", "task": "binary"},
    "adult.parquet": {"target": "income", "task": "binary"},
    "flights_joined_2013.parquet": {
        "target": "arr_late15",
        "task": "binary",
        "time": "scheduled_departure",
        "zone": "America/New_York",
    },
    "bike_sharing.parquet": {"target": "cnt", "task": "regression", "time": "datetime"},
    "kddcup99.parquet": {"target": "label", "task": "multiclass"},
    "german_credit.parquet": {"target": "class", "task": "binary"},
    "ai4i2020.csv": {"target": "Machine failure", "task": "binary"},
    "employee_salaries.csv": {"target": "current_annual_salary", "task": "regression"},
    "bechdel_movies.csv": {"target": "binary", "task": "binary"},
}


@dataclass(frozen=True)
class Taken:
    snapshot: Snapshot
    blobs: FileBlobs
    contract: Contract
    spec: DataSpec

    @property
    def paths(self) -> list[Path]:
        return [self.blobs.local(part.digest) for part in self.snapshot.parts]


def take(base: Path, source: str, staging: Path, *, as_of: datetime = NOW, **settings: Any) -> Taken:
    spec = DataSpec(source=source, **{"target": "y", "task": "binary", **settings})
    blobs = FileBlobs(staging.with_name("blobs"))
    snapshot = take_snapshot(spec, base=base, blobs=blobs, as_of=as_of, staging=staging)
    return Taken(snapshot, blobs, infer_contract(snapshot, blobs, spec), spec)


@cache
def taken(name: str) -> Taken:
    """The snapshot of a sample, with its contract."""
    folder = Path(tempfile.mkdtemp(prefix="millwright-samples-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return take(SAMPLES, name, folder / "staging", **SPECS[name])
