"""Whether the columns and classes that the spec names are there: asked as soon as there is a contract, not after the search."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np

from millwright.data.read import read_columns
from millwright.errors import DataRefused, nearest
from millwright.evaluate.blocks import blocks_of
from millwright.evaluate.calibration import cost_matrix
from millwright.features.constraints import Asked, check_asked
from millwright.records.data import Contract, Snapshot
from millwright.records.spec import FairnessSpec, Spec
from millwright.stores.blobs import BlobStore
from millwright.tasks.registry import task

_NAMED = 8
"""So many names are told as a hint."""


def refuse_unknown(spec: Spec, contract: Contract, classes: Sequence[str] = ()) -> None:
    """Raise DataRefused, with the code of the first, for all settings that name a column or a class that is not there.

    classes: of the target, in code order; none where they are not known yet.
    """
    found = list(_unknown(spec, contract, classes))
    if len(found) == 1:
        raise found[0]
    if found:
        lines = "".join(f"\n  {one.where}: {one.what} [{one.code}]" + (f"\n    {one.fix}" if one.fix else "") for one in found)
        raise DataRefused(f"the spec names {len(found)} things that are not there:{lines}", code=found[0].code)


def classes_named(spec: Spec, snapshot: Snapshot, blobs: BlobStore, contract: Contract) -> tuple[str, ...]:
    """The target's classes where the spec names some; none where it does not, or where the target cannot be learnt: of that the
    checks of the data speak."""
    if spec.costs is None or spec.costs.matrix is None:
        return ()
    target = tuple(column for column in contract.columns if column.name == spec.data.target)
    cells = read_columns(snapshot, blobs, replace(contract, columns=target))[spec.data.target]
    try:
        return task(spec.data.task).classes(cells, spec.data)
    except DataRefused:
        return ()


def sliceable(contract: Contract) -> frozenset[str]:
    """Columns whose groups may be named in a report: features and the group, without personal data."""
    return frozenset(c.name for c in contract.columns if c.role in ("feature", "group") and not c.pii)


def refuse_uncomparable(gap: FairnessSpec, columns: Collection[str]) -> None:
    """Raise DataRefused where the column whose groups may not lie far apart is not there."""
    if gap.column not in columns:
        raise DataRefused(
            f'there is no column "{gap.column}" whose groups could be compared',
            where="search.goal.fairness_gap",
            fix=nearest(gap.column, columns) or _one_of(columns),
            code="goal.column",
        )


def _unknown(spec: Spec, contract: Contract, classes: Sequence[str]) -> Iterator[DataRefused]:
    """Each refusal that a later stage would end with: where it can be, it is asked the same, of a table without rows."""
    bare = {column.name: np.empty(0) for column in contract.columns}
    time = np.empty(0, np.int64) if spec.data.time else None
    block, search = spec.evaluate.block, spec.search
    gap = search.goal.fairness_gap if search.goal is not None else None
    yield from _unsliceable(spec, contract)
    if block is not None:
        yield from _refusal(lambda: blocks_of(block, bare, time))
    if gap is not None:
        allowed = [column.name for column in contract.columns if column.role != "target"]
        yield from _refusal(lambda: refuse_uncomparable(gap, allowed))
    yield from _refusal(lambda: check_asked(Asked(search.monotone, search.interactions), contract))
    if classes:
        yield from _refusal(lambda: cost_matrix(spec.costs, classes))
    yield from _unwatchable(spec, list(bare))


def _refusal(ask: Callable[[], object]) -> Iterator[DataRefused]:
    try:
        ask()
    except DataRefused as refused:
        yield refused


def _unsliceable(spec: Spec, contract: Contract) -> Iterator[DataRefused]:
    asked = [("evaluate.slices", name) for name in spec.evaluate.slices]
    asked += [(f"gates[{i}].slice", gate.slice) for i, gate in enumerate(spec.gates) if gate.slice is not None]
    columns, allowed = {column.name: column for column in contract.columns}, sliceable(contract)
    for where, name in asked:
        if name in allowed:
            continue
        if name not in columns:
            what, fix = f'there is no column "{name}" to slice by', nearest(name, allowed) or _one_of(allowed)
        elif columns[name].pii:
            what, fix = f'"{name}" is personal data (pii), so its groups are hidden', f"slice by {_one_of(allowed)}"
        else:
            what, fix = f'"{name}" is no feature (its role is {columns[name].role})', f"slice by {_one_of(allowed)}"
        yield DataRefused(what, where=where, fix=fix, code="evaluate.slices")


def _unwatchable(spec: Spec, columns: Sequence[str]) -> Iterator[DataRefused]:
    for name in spec.watch.slices:
        if name not in columns:
            what = f'there is no column "{name}" to watch the levels of'
            yield DataRefused(what, where="watch.slices", fix=nearest(name, columns) or _one_of(columns), code="watch.slices")
    for i, feed in enumerate(spec.watch.feeds):
        for pattern in feed.columns:
            if not any(fnmatchcase(column, pattern) for column in columns):
                what = f'no column is "{pattern}", which is to come from {feed.name}'
                fix = nearest(pattern, columns) or "delete it, or write it as the contract has it; * stands for any characters"
                yield DataRefused(what, where=f"watch.feeds[{i}].columns", fix=fix, code="watch.feeds")


def _one_of(names: Iterable[str]) -> str:
    """A few of them, as a hint."""
    found = sorted(names)
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"one of {', '.join(found[:_NAMED])}{more}"
