"""Looks at slices: the rows of which a column has one level, or that one caller asked, held against the same rows of the days
before.

A change that concerns one carrier in six is thin in the whole, and so is one in what a client asks while another floods the log
with usual rows. Half of the level of the columns goes to slices where any can be judged, the same to each: their number is
bounded, and set before the data are seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from millwright.monitor.inputs import Reference
from millwright.monitor.large import FEWEST_ROWS
from millwright.monitor.live import FEWEST
from millwright.records.data import ContractColumn, Profile, SliceKey, SliceProfile

MOST_LEVELS = 6
MOST_SLICES = 12
"""Levels of one column, and of all together."""
MOST_CALLERS = 6
_MOST_NAMED = 6

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


def with_callers(profile: Profile, callers: Sequence[str]) -> Profile:
    """The profile with the slices of columns and of these callers alone."""
    return replace(profile, slices=tuple(one for one in profile.slices if one.of == "column" or one.level in callers))


def judged_slices(reference: Reference, seen: Profile | None) -> tuple[SliceProfile, ...]:
    """The slices of a window that are large enough to judge, and so are their own live days."""
    slices = seen.slices if seen is not None else ()
    return tuple(one for one in slices if one.rows >= FEWEST_ROWS and _days_of(reference, one.key) >= FEWEST)


def unjudged(reference: Reference, seen: Sequence[SliceProfile], wanted: Sliced) -> Iterator[str]:
    """Levels that were too few to judge in a look, with the reason."""
    rows = {one.key: one.rows for one in seen}
    for column, levels in wanted:
        for level in levels:
            key: SliceKey = ("column", column, level)
            days = _days_of(reference, key)
            if rows.get(key, 0) < FEWEST_ROWS:
                yield f'slice {column} "{level}": {rows.get(key, 0)} rows are too few'
            elif days < FEWEST:
                yield f'slice {column} "{level}": {days} live days of it are too few, {FEWEST} are needed'


def unjudged_callers(reference: Reference, seen: Sequence[SliceProfile], callers: Sequence[str]) -> Iterator[str]:
    """Callers whose rows were not looked at by themselves, with the reasons, in one line; none where no row says whose it is.

    callers: all that there are; only the first are looked at.
    """
    rows = {one.level: one.rows for one in seen if one.of == "caller"}
    if not rows:
        return
    watched = callers[:MOST_CALLERS]
    few = [name for name in watched if rows.get(name, 0) < FEWEST_ROWS]
    young = [name for name in watched if name not in few and _days_of(reference, ("caller", "", name)) < FEWEST]
    said = (
        (few, f"fewer than {FEWEST_ROWS} rows of"),
        (young, f"fewer than {FEWEST} live days of"),
        (callers[MOST_CALLERS:], f"there are {MOST_CALLERS} before"),
    )
    parts = [f"{why} {_listed(names)}" for names, why in said if names]
    if parts:
        yield f"API keys by themselves: {'; '.join(parts)}"


def _listed(names: Sequence[str]) -> str:
    more = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return ", ".join([*(f'"{name}"' for name in names[:_MOST_NAMED]), *more])


def _days_of(reference: Reference, key: SliceKey) -> int:
    """How many live days of a slice there are."""
    return len(reference.live.slices.get(key, ())) if reference.live is not None else 0


def _is_fit(column: ContractColumn) -> bool:
    return column.role == "feature" and column.kind == "category" and bool(column.levels) and not column.pii


def name_of(one: SliceProfile) -> str:
    """A slice in words, as they stand after "where"."""
    return f'the key "{one.level}" asked' if one.of == "caller" else f'{one.column} is "{one.level}"'
