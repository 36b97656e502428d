"""Rows that are the same, and keys that should be different: found by 64-bit hashes of the cells."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.column_names import counted
from millwright.data.columns import Columns, rows_in
from millwright.data.one_column import missing_cells
from millwright.records.data import Check, Contract

_SAID = ("feature", "time", "group")
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def row_hashes(columns: Columns, names: Sequence[str], onto: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """A hash of the cells named, for each row: shape (n,). Equal rows have equal hashes on every machine and run.

    onto: the hashes of columns that come before these. Different rows share a hash with a chance of one in 2**64 a pair.
    Mixing function: SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
    """
    mixed = np.zeros(rows_in(columns), dtype=np.uint64) if onto is None else onto.view(np.uint64)
    with np.errstate(over="ignore"):
        for name in names:
            mixed = _mix(mixed * _STEP + _cell_hashes(columns[name]) + _STEP)
    return mixed.view(np.int64)


def content_hashes(columns: Columns, contract: Contract) -> NDArray[np.int64]:
    """The hash of what a row says (features, target, time, group), leaving out keys and ignored columns: shape (n,)."""
    targets = [c.name for c in contract.columns if c.role == "target" and c.name in columns]
    return row_hashes(columns, targets, onto=_said(columns, contract))


def _said(columns: Columns, contract: Contract) -> NDArray[np.int64]:
    return row_hashes(columns, [c.name for c in contract.columns if c.role in _SAID and c.name in columns])


def duplicate_checks(
    columns: Columns, contract: Contract, target: str, split_side: NDArray[np.int8] | None = None
) -> Iterator[Check]:
    """What repeated keys and repeated rows mean for training.

    split_side: shape (n,), the assignment of a split: 0 sealed holdout, above 0 training, below 0 not used.
    """
    keys = [c.name for c in contract.columns if c.key and c.name in columns]
    if keys:
        yield from _key_checks(columns, keys, [c.name for c in contract.columns if c.role == "time"], target)
    said = _said(columns, contract)
    content = row_hashes(columns, [target], onto=said)
    yield from _repeated_rows(said, content, columns, target)
    if split_side is not None:
        identities = [content, row_hashes(columns, keys)] if keys else [content]
        yield from _across_split(identities, np.asarray(split_side))


def _key_checks(columns: Columns, keys: list[str], time: list[str], target: str) -> Iterator[Check]:
    identity = row_hashes(columns, [*keys, *(name for name in time if name in columns and name not in keys)])
    repeated = repeats(identity)
    if not repeated:
        return
    name = ", ".join(keys)
    conflicts = _disagreeing(identity, columns[target])
    if conflicts:
        yield Check(
            code="key:conflict",
            severity="stop",
            columns=(*keys, target),
            count=conflicts,
            message=f"{counted(conflicts, 'value')} of the key {name} more than once in the data, with different {target}",
            fix="keep the right row of each key at the source; without it nobody can say which label is true",
        )
    else:
        yield Check(
            code="key:repeated",
            severity="warning",
            columns=tuple(keys),
            count=repeated,
            message=f"rows that repeat the key {name} of an earlier row: {repeated:,}",
            fix="remove the repeated rows at the source, or name more columns under data.key",
        )


def _repeated_rows(said: NDArray[np.int64], content: NDArray[np.int64], columns: Columns, target: str) -> Iterator[Check]:
    same = repeats(content)
    if same:
        yield Check(
            code="duplicates:rows",
            severity="note",
            columns=(),
            count=same,
            message=f"rows that repeat an earlier row: {same:,}; equal rows stay on one side of every split",
            fix="remove them at the source if each should count once",
        )
    twins = _disagreeing(said, columns[target])
    if twins:
        yield Check(
            code="duplicates:conflict",
            severity="note",
            columns=(target,),
            count=twins,
            message=f"{counted(twins, 'group')} of rows equal in everything but {target}",
            fix="look at some of them: either the label is noisy, or a column that tells them apart is missing",
        )


def _across_split(identities: list[NDArray[np.int64]], side: NDArray[np.int8]) -> Iterator[Check]:
    count = max(_shared(identity[side == 0], identity[side > 0]) for identity in identities)
    if count:
        yield Check(
            code="duplicates:split",
            severity="stop",
            columns=(),
            count=count,
            message=f"rows of the sealed holdout that also lie in the training part: {count:,}",
            fix="remove the repeated rows, or name the column that ties them together under data.group",
        )


def repeats(identity: NDArray[np.int64]) -> int:
    """How many rows repeat an earlier one."""
    ordered = np.sort(identity)  # of hashes, many times quicker than np.unique, which hashes them once more
    return int(np.count_nonzero(ordered[1:] == ordered[:-1]))


def _shared(some: NDArray[np.int64], others: NDArray[np.int64]) -> int:
    """How many of some are among the others."""
    if not len(others):
        return 0
    some, others = np.sort(some), np.sort(others)
    at = np.searchsorted(others, some)
    return int(np.count_nonzero(others[np.minimum(at, len(others) - 1)] == some))


def _disagreeing(identity: NDArray[np.int64], target: NDArray[Any]) -> int:
    """How many identities have labelled rows with different targets."""
    labelled = ~missing_cells(target)
    answers = row_hashes({"": target[labelled]}, [""])
    order = np.argsort(identity[labelled], kind="stable")
    groups, answers = identity[labelled][order], answers[order]
    other = (groups[1:] == groups[:-1]) & (answers[1:] != answers[:-1])
    return len(np.unique(groups[1:][other]))


def _cell_hashes(values: NDArray[Any]) -> NDArray[np.uint64]:
    if values.dtype == np.float64:
        return np.where(np.isnan(values), np.nan, values + 0.0).view(np.uint64)
    if values.dtype == np.int64:
        return values.view(np.uint64)
    known = {cell: _text_hash(cell) for cell in set(values.tolist())}
    return np.fromiter((known[cell] for cell in values), dtype=np.uint64, count=len(values))


def _text_hash(text: str | None) -> int:
    return (
        0 if text is None else int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
    )


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * _MIX[0]
    z = (z ^ (z >> np.uint64(27))) * _MIX[1]
    return z ^ (z >> np.uint64(31))
