"""Looks at slices: the rows of which a column has one level, held against the same rows of the days before.

A change that concerns one carrier in six is thin in the whole. Half of the level of the columns goes to slices where there are
any, the same to each: their number is bounded, and set before the data are seen.
"""

from collections.abc import Iterator, Sequence

from millwright.monitor.inputs import Reference
from millwright.monitor.large import FEWEST_ROWS
from millwright.monitor.live import FEWEST
from millwright.records.data import ContractColumn, SliceProfile

MOST_LEVELS = 6
MOST_SLICES = 12
"""Levels of one column, and of all together."""

Sliced = tuple[tuple[str, tuple[str, ...]], ...]


def sliced(names: Sequence[str], columns: Sequence[ContractColumn]) -> Sliced:
    """Which levels of which columns are slices: those that come first in it. What cannot be one is left out."""
    found: list[tuple[str, tuple[str, ...]]] = []
    left = MOST_SLICES
    for column in columns:
        if column.name in names and _is_fit(column) and left:
            found.append((column.name, (column.levels or ())[: min(MOST_LEVELS, left)]))
            left -= len(found[-1][1])
    return tuple(found)


def unsliced(names: Sequence[str], columns: Sequence[ContractColumn]) -> Iterator[str]:
    """What cannot be a slice, with the reason."""
    fit = {column.name for column in columns if _is_fit(column)}
    chosen = {name for name, _ in sliced(names, columns)}
    for name in dict.fromkeys(names):
        if name not in fit:
            yield f"slices of {name}: it is no category of the model whose levels the contract lists and the log shows"
        elif name not in chosen:
            yield f"slices of {name}: there are {MOST_SLICES} already"


def unjudged(reference: Reference, seen: Sequence[SliceProfile], wanted: Sliced) -> Iterator[str]:
    """Slices that were too small to judge in a look, with the reason."""
    rows = {(one.column, one.level): one.rows for one in seen}
    for column, levels in wanted:
        for level in levels:
            live = reference.live.slices.get((column, level), ()) if reference.live else ()
            if rows.get((column, level), 0) < FEWEST_ROWS:
                yield f'slice {column} "{level}": {rows.get((column, level), 0)} rows are too few'
            elif len(live) < FEWEST:
                yield f'slice {column} "{level}": {len(live)} live days of it are too few, {FEWEST} are needed'


def _is_fit(column: ContractColumn) -> bool:
    return column.role == "feature" and column.kind == "category" and bool(column.levels) and not column.pii


def name_of(one: SliceProfile) -> str:
    """A slice in words."""
    return f'{one.column} is "{one.level}"'
