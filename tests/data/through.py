"""A source taken through the whole data room, the way a training run does it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from numpy.typing import NDArray

from millwright.data.checks import check_data
from millwright.data.contract import infer_contract
from millwright.data.read import read_columns
from millwright.data.snapshot import take_snapshot
from millwright.records.data import Check, Contract, Snapshot
from millwright.records.spec import DataSpec
from millwright.stores.blobs import FileBlobs

HERE = Path(__file__).parent
SAMPLES, BAD = HERE / "samples", HERE / "bad"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Through:
    """A snapshot with its contract and the blobs behind it."""

    spec: DataSpec
    snapshot: Snapshot
    contract: Contract
    blobs: FileBlobs

    def columns(self) -> dict[str, NDArray]:
        """All columns as canonical cells."""
        return read_columns(self.snapshot, self.blobs, self.contract)

    def checks(self) -> tuple[Check, ...]:
        """All checks; done once."""
        return self._checks

    @cached_property
    def _checks(self) -> tuple[Check, ...]:
        return check_data(self.snapshot, self.blobs, self.contract, self.spec)

    def codes(self, severity: str) -> set[str]:
        """The codes of the checks of one severity."""
        return {check.code for check in self.checks() if check.severity == severity}

    def message(self, code: str) -> str:
        """What the check of this code says."""
        return next(check.message for check in self.checks() if check.code == code)


def take_through(folder: Path, base: Path, source: str, target: str, task: str, **more: object) -> Through:
    """Take a source below `base`; blobs and staging go into `folder`."""
    spec = DataSpec(source=source, target=target, task=task, **more)
    blobs = FileBlobs(folder / "blobs")
    snapshot = take_snapshot(spec, base=base, blobs=blobs, as_of=NOW, staging=folder / "staging")
    return Through(spec, snapshot, infer_contract(snapshot, blobs, spec), blobs)
