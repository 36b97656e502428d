"""A first look at a source: what `mw init` needs to propose a spec, and why."""

import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.data.checks import infinite_counts, run_checks, set_aside_checks
from millwright.data.columns import Columns
from millwright.data.contract import infer_contract
from millwright.data.guess import Guess, guess_columns, guess_task
from millwright.data.read import read_columns
from millwright.data.snapshot import open_tables, take_snapshot
from millwright.errors import DataRefused, nearest
from millwright.records.data import Check, Contract, Snapshot
from millwright.records.record import record
from millwright.records.spec import DataSpec, Scalar, TaskName
from millwright.stores.blobs import FileBlobs
from millwright.stores.clock import SystemClock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from millwright.stores.blobs import BlobStore

MOST_ROWS = 50_000
_SLICES = 10
_REFUSED_FEATURES = ("leak", "known_later")


@record
class Look:
    """What a source seems to be. Every guess is a proposal for a person to confirm; `reasons` says why, column by column."""

    source: str
    rows: int
    contract: Contract
    target: str
    task: TaskName
    positive: Scalar | None
    levels: tuple[Scalar, ...]
    classes: tuple[tuple[str, int], ...]
    time: str | None
    zoned: bool
    label_known: str | None
    key: tuple[str, ...]
    group: str | None
    pii: tuple[str, ...]
    ignore: tuple[str, ...]
    known_later: tuple[str, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    reasons: dict[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """The column names, in file order."""
        return tuple(column.name for column in self.contract.columns)

    def data_spec(self) -> DataSpec:
        """The data section that these guesses make."""
        return DataSpec(
            source=self.source,
            target=self.target,
            task=self.task,
            positive=self.positive,
            levels=self.levels,
            time=self.time,
            label_known=self.label_known,
            key=self.key,
            group=self.group,
            ignore=self.ignore,
            known_later=self.known_later,
            pii=self.pii,
        )


def look(
    source: str,
    target: str | None,
    base: Path,
    *,
    task: TaskName | None = None,
    time: str | None = None,
    zone: str = "UTC",
    key: tuple[str, ...] = (),
    levels: tuple[Scalar, ...] = (),
    as_of: datetime | None = None,
) -> Look:
    """Look at a file, folder or glob (relative to `base`) and propose what its columns mean.

    target: the column to predict; None takes the last one. task, time, zone, key and levels are taken as
    given where they are.
    as_of: rows that happened later are left out (default: now). Of a big source, an even sample of rows is checked.
    Nothing is kept. Raises DataRefused for a source that cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="millwright-look-") as folder:
        staging, moment = Path(folder), as_of or SystemClock().now()
        target = _named_target(source, target, base, staging)
        blobs = FileBlobs(staging / "blobs")
        spec = DataSpec(source=source, target=target, task=task or "regression", time=time, zone=zone, key=key, levels=levels)
        snapshot = take_snapshot(spec, base=base, blobs=blobs, as_of=moment, staging=staging)
        contract = infer_contract(snapshot, blobs, spec)
        _refuse_unknown(target, [column.name for column in contract.columns], source)
        columns = sample_columns(snapshot, blobs, contract)
        guess = guess_columns(columns, contract, target, time=time, key=key)
        guessed_task, positive, classes = guess_task(columns[target])
        spec = replace(spec, task=task or guessed_task, positive=positive if (task or guessed_task) == "binary" else None)
        spec = with_guess(spec, guess)
        if (spec.time, spec.label_known) != (time, None):
            snapshot = take_snapshot(spec, base=base, blobs=blobs, as_of=moment, staging=staging)
            columns = sample_columns(snapshot, blobs, infer_contract(snapshot, blobs, spec))
        contract = infer_contract(snapshot, blobs, spec)
        checks = (*set_aside_checks(snapshot), *run_checks(columns, contract, spec, infinite_counts(snapshot, blobs)))
    return _look(spec, snapshot, contract, guess, classes, checks)


def with_guess(spec: DataSpec, guess: Guess) -> DataSpec:
    """The spec with what was guessed."""
    return replace(
        spec, time=guess.time, label_known=guess.label_known, key=guess.key, group=guess.group, ignore=guess.other_keys
    )


def sample_columns(
    snapshot: Snapshot, blobs: "BlobStore", contract: Contract, most: int = MOST_ROWS
) -> "dict[str, NDArray[np.generic]]":
    """Canonical cells of the whole snapshot, or of slices spread evenly over it where it has more than `most` rows."""
    import numpy as np

    if snapshot.rows <= most:
        return read_columns(snapshot, blobs, contract)
    size = most // _SLICES
    starts = [at * (snapshot.rows - size) // (_SLICES - 1) for at in range(_SLICES)]
    pieces: list[Columns] = [read_columns(snapshot, blobs, contract, index=slice(at, at + size)) for at in starts]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _refuse_unknown(target: str, names: list[str], source: str) -> None:
    if target not in names:
        fix = nearest(target, names) or f"the columns are {', '.join(names[:10])}"
        raise DataRefused(f"there is no column '{target}'", where=source, fix=fix, code="data.columns")


def _named_target(source: str, target: str | None, base: Path, staging: Path) -> str:
    """The target, or the last column where none is named."""
    if target is not None:
        return target
    with tempfile.TemporaryDirectory(dir=staging) as folder:
        tables = open_tables(DataSpec(source=source, target="-", task="regression"), base, Path(folder))
    return tables[0].columns[-1].name


def _look(
    spec: DataSpec,
    snapshot: Snapshot,
    contract: Contract,
    guess: Guess,
    classes: tuple[tuple[str, int], ...],
    checks: tuple[Check, ...],
) -> Look:
    refused = {c.columns[0]: c for c in checks if c.severity == "stop" and c.code.partition(":")[0] in _REFUSED_FEATURES}
    stored = {field.name: field.type for field in snapshot.fields}
    reasons = {**guess.reasons, **{check.columns[0]: check.message for check in checks if check.columns}}
    return Look(
        source=spec.source,
        rows=snapshot.rows,
        contract=contract,
        target=spec.target,
        task=spec.task,
        positive=spec.positive,
        levels=spec.levels,
        classes=classes,
        time=spec.time,
        zoned=stored.get(spec.time or "", "").endswith("WITH TIME ZONE"),
        label_known=spec.label_known,
        key=spec.key,
        group=spec.group,
        pii=tuple(column.name for column in contract.columns if column.pii and column.name != spec.target),
        ignore=spec.ignore,
        known_later=tuple(refused),
        checks=checks,
        notes=(*snapshot.notes, *guess.notes),
        reasons=reasons,
    )
