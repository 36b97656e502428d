"""Every check of the data, on a snapshot or on rows in memory: what stops a training run, what warns, what is only noted."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns
from millwright.data.duplicates import duplicate_checks
from millwright.data.leak_scene import scene
from millwright.data.leakage import leak_checks
from millwright.data.locked import open_locked
from millwright.data.quality import quality_checks
from millwright.data.read import read_columns
from millwright.data.sql import identifier, parquet
from millwright.data.target_checks import target_checks
from millwright.data.weights import weight_checks
from millwright.records.data import Check, Contract, Snapshot
from millwright.records.spec import DataSpec

if TYPE_CHECKING:
    from millwright.stores.blobs import BlobStore

_COLUMNS_AT_ONCE = 500  # planning one query takes time that grows with the square of its columns
_GRAVEST_FIRST = ("stop", "warning", "note")
_ANSWERLESS = ("target:empty", "target:text", "target:classes", "target:one_class", "target:constant")


def check_data(
    snapshot: Snapshot,
    blobs: "BlobStore",
    contract: Contract,
    spec: DataSpec,
    split_side: NDArray[np.int8] | None = None,
) -> tuple[Check, ...]:
    """All checks of a snapshot, the gravest first; those in spec.acknowledge are marked so and stop nobody.

    split_side: shape (rows,), the assignment of a split (0 holdout, above 0 training), to look for rows on both sides.
    """
    columns = read_columns(snapshot, blobs, contract)
    found = [*set_aside_checks(snapshot), *run_checks(columns, contract, spec, infinite_counts(snapshot, blobs), split_side)]
    return _ordered(found, spec)


def run_checks(
    columns: Columns,
    contract: Contract,
    spec: DataSpec,
    infinite: Mapping[str, int],
    split_side: NDArray[Any] | None = None,
) -> tuple[Check, ...]:
    """The checks of rows in memory (canonical cells). infinite: infinite values per column, counted before reading."""
    found = list(target_checks(columns, contract, spec.target, spec.task, spec.positive, spec.level_names))
    found.extend(weight_checks(columns, spec.weight))
    if not any(check.severity == "stop" and check.code in _ANSWERLESS for check in found):
        found.extend(leak_checks(scene(columns, contract, spec.target, spec.task, spec.positive)))
    found.extend(duplicate_checks(columns, contract, spec.target, split_side))
    found.extend(quality_checks(columns, contract, infinite))
    return _ordered(found, spec)


def stops(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """The checks that stop a training run: grave and not acknowledged."""
    return tuple(check for check in checks if check.severity == "stop" and not check.acknowledged)


def infinite_counts(snapshot: Snapshot, blobs: "BlobStore") -> dict[str, int]:
    """How many infinite values each floating-point column of a snapshot has; columns without any are left out."""
    names = [field.name for field in snapshot.fields if field.type == "DOUBLE"]
    paths = [blobs.local(part.digest) for part in snapshot.parts]
    found: dict[str, int] = {}
    with open_locked(paths) as connection:
        for start in range(0, len(names), _COLUMNS_AT_ONCE):
            some = names[start : start + _COLUMNS_AT_ONCE]
            counts = ", ".join(f"count(*) filter (isinf({identifier(name)}))" for name in some)
            row = connection.execute(f"select {counts} from {parquet(paths)}").fetchone()  # noqa: S608  (names are quoted)
            found.update(zip(some, row or (), strict=True))
    return {name: count for name, count in found.items() if count}


def set_aside_checks(snapshot: Snapshot) -> Iterator[Check]:
    """A warning for each reason why rows of the source were set aside."""
    for aside in snapshot.set_aside:
        word = "rows" if aside.file.endswith(".parquet") else "lines"
        lines = f" ({word} {', '.join(map(str, aside.lines[:10]))}{', …' if aside.count > 10 else ''})" if aside.lines else ""
        yield Check(
            code="rows:set_aside",
            severity="warning",
            columns=(),
            count=aside.count,
            message=f"{aside.file}: {aside.count:,} rows set aside: {aside.reason}{lines}",
            fix="correct them at the source if they should count",
        )


def _ordered(found: list[Check], spec: DataSpec) -> tuple[Check, ...]:
    marked = [replace(check, acknowledged=check.code in spec.acknowledge) for check in found]
    return tuple(sorted(marked, key=lambda check: _GRAVEST_FIRST.index(check.severity)))
