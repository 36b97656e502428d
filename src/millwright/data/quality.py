"""Values that are there but cannot be right: impossible ages, codes for "missing", words among numbers, twin names."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.cells import parse_number_text
from millwright.data.column_names import counted, lookalikes, visible, words
from millwright.data.columns import MISSING_DATE, Columns, rows_in
from millwright.data.one_column import missing_cells
from millwright.records.data import Check, Contract, ContractColumn

HUGE = 1e30
_INFINITE = np.inf
_CODES = (-999.0, -9999.0, -99999.0, -99.0, 999.0, 9999.0, 99999.0, 999999.0)
_OFTEN = 5
_EARLIEST = int(np.datetime64("1800-01-01", "us").astype(np.int64))
_LATEST = int(np.datetime64("2200-01-01", "us").astype(np.int64))

_LIMITS: Mapping[str, tuple[float, float]] = {
    "age": (0, 125),
    "latitude": (-90, 90),
    "lat": (-90, 90),
    "longitude": (-180, 180),
    "lon": (-180, 180),
    "lng": (-180, 180),
    "month": (1, 12),
    "height": (0, _INFINITE),
    "weight": (0, _INFINITE),
    "distance": (0, _INFINITE),
    "duration": (0, _INFINITE),
    "price": (0, _INFINITE),
    "salary": (0, _INFINITE),
    "humidity": (0, 100),
    "speed": (0, _INFINITE),
    "windspeed": (0, _INFINITE),
    "seats": (0, _INFINITE),
    "count": (0, _INFINITE),
}
"""What a column can hold whose last word is this one."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with some values of a column: how many of them, and what, in words."""

    count: int
    words: str
    fix: str


def quality_checks(columns: Columns, contract: Contract, infinite: Mapping[str, int]) -> Iterator[Check]:
    """One check `quality:COLUMN` for each column with values that cannot be right, and notes on empty and twin columns.

    infinite: how many infinite values each column has in the snapshot (in canonical cells they may be missing already).
    """
    for column in contract.columns:
        if column.role == "empty":
            yield _empty(column.name, rows_in(columns))
        elif column.role != "ignored" and column.name in columns:
            flaws = list(_flaws(column, columns[column.name], infinite.get(column.name, 0)))
            if flaws:
                yield _check(column.name, flaws)
    yield from lookalike_checks([column.name for column in contract.columns])


def lookalike_checks(names: Sequence[str]) -> Iterator[Check]:
    """A warning for each group of column names that a reader would take for one another."""
    for group in lookalikes(names):
        shown = ", ".join(f"'{visible(name)}'" for name in group)
        yield Check(
            code=f"lookalike:{group[0]}",
            severity="warning",
            columns=group,
            count=len(group),
            message=f"{len(group)} column names look alike: {shown}; they are kept apart",
            fix="rename them at the source, so that nobody mixes them up",
        )


def _flaws(column: ContractColumn, values: NDArray[Any], infinite: int) -> Iterator[Flaw]:
    gone = missing_cells(values)
    there = values[~gone]
    if values.dtype == np.float64:
        yield from _number_flaws(column.name, there[np.isfinite(there)], infinite or int(np.isinf(there).sum()))
    elif values.dtype == np.int64:
        yield from _date_flaws(there)
    elif column.kind != "date":
        yield from _text_flaws(there, column)


def _number_flaws(name: str, finite: NDArray[np.float64], infinite: int) -> Iterator[Flaw]:
    if infinite:
        yield Flaw(infinite, f"{counted(infinite, 'infinite value')}, treated as missing", "find out which division made them")
    if not len(finite):
        return
    low, high = limits(name)
    beyond = finite[(finite < low) | (finite > high)]
    if len(beyond):
        figures = f"{counted(len(beyond), 'impossible value')} ({_listed(beyond)})"
        yield Flaw(
            len(beyond), f"{figures}; it cannot be {_outside(low, high)}", "correct them at the source, or make them empty"
        )
    huge = int((np.abs(finite) > HUGE).sum())
    if huge:
        yield Flaw(
            huge,
            f"{counted(huge, 'outlier')} beyond ±{HUGE:g}, the largest {_largest(finite):g}",
            "correct or empty them at the source",
        )
    yield from _code_flaws(finite)


def limits(name: str) -> tuple[float, float]:
    """The least and greatest value that a column of this name can hold, by its last word; unlimited where none is known."""
    said = words(name)
    return _LIMITS.get(said[-1], (-_INFINITE, _INFINITE)) if said else (-_INFINITE, _INFINITE)


def _outside(low: float, high: float) -> str:
    return f"below {low:g}" if np.isinf(high) else f"outside {low:g} to {high:g}"


def _listed(values: NDArray[np.float64]) -> str:
    distinct = np.unique(values)
    return ", ".join(f"{value:g}" for value in distinct[:5]) + (", …" if len(distinct) > 5 else "")


def _largest(finite: NDArray[np.float64]) -> float:
    return float(finite[np.abs(finite).argmax()])


def _code_flaws(finite: NDArray[np.float64]) -> Iterator[Flaw]:
    """A value such as -999 or 99999, often there and far from all the others: probably a code for "missing"."""
    for code in _CODES:
        count = int((finite == code).sum())
        if count < _OFTEN or count == len(finite):
            continue
        others = finite[finite != code]
        low, high = float(others.min()), float(others.max())
        if max(code - high, low - code) > max(high - low, 1.0):
            said = f"{count} times {code:g}, far from the others ({low:g} to {high:g}): a code for 'missing' or a limit?"
            yield Flaw(count, said, "if it means no value, make it empty at the source")


def _date_flaws(there: NDArray[np.int64]) -> Iterator[Flaw]:
    odd = int(((there < _EARLIEST) | (there > _LATEST)).sum() - (there == MISSING_DATE).sum())
    if odd:
        yield Flaw(odd, f"{counted(odd, 'date')} before 1800 or after 2200", "correct them at the source, or make them empty")


def _text_flaws(there: NDArray[Any], column: ContractColumn) -> Iterator[Flaw]:
    """Mostly numbers with some words among them; personal values are not repeated."""
    if not len(there):
        return
    texts = Counter(there.tolist())
    no_numbers = Counter({text: n for text, n in texts.items() if parse_number_text(text) is None})
    wrong = no_numbers.total()
    if not wrong or wrong > len(there) / 2 or len(texts) - len(no_numbers) < 10:
        return
    commonest = sorted(no_numbers, key=lambda text: (-no_numbers[text], text))[:3]
    examples = "" if column.pii else f" (for example {', '.join(map(repr, commonest))})"
    read = "they count as missing" if column.kind == "number_text" else "the whole column is read as text"
    said = f"{wrong:,} of {len(there):,} values are words among numbers{examples}; {read}"
    yield Flaw(wrong, said, "correct them at the source, or make them empty; of a CSV file list the words under data.missing")


def _empty(name: str, rows: int) -> Check:
    return Check(
        code=f"empty:{name}",
        severity="note",
        columns=(name,),
        count=rows,
        message=f"{name}: none of the {rows:,} rows has a value; the column is left out",
        fix="remove it at the source, or find out why it is empty",
    )


def _check(name: str, flaws: Sequence[Flaw]) -> Check:
    return Check(
        code=f"quality:{name}",
        severity="warning",
        columns=(name,),
        count=max(flaw.count for flaw in flaws),
        message=f"{name}: {'; '.join(flaw.words for flaw in flaws)}",
        fix="; ".join(dict.fromkeys(flaw.fix for flaw in flaws)),
    )
