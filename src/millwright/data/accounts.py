"""From the canonical cells of one column to its account in each group of rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.account import Account, Detail, levels_of
from millwright.data.cells import hashed, parse_number_text
from millwright.data.columns import MISSING_DATE
from millwright.data.distinct import NO_HASHES, Hashes, hashes_of_texts
from millwright.data.groups import Groups
from millwright.data.numeric import numbers_of
from millwright.data.texts import CLASSES, class_bits, summary_of
from millwright.records.data import ContractColumn

Counts = Mapping[int, Mapping[str | None, int]]
"""By place of the group: rows of each level, None where missing."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Texts by number: `codes`, shape (n,), are places in `levels`, -1 where missing."""

    codes: NDArray[np.int64]
    levels: tuple[str, ...]

    @classmethod
    def of(cls, cells: NDArray[Any]) -> "Coded":
        """The texts of an object array, shape (n,)."""
        places: dict[str | None, int] = {None: -1}
        codes = np.fromiter((places.setdefault(cell, len(places) - 1) for cell in cells.tolist()), np.int64, len(cells))
        del places[None]
        return cls(codes, tuple(str(level) for level in places))


def accounts(column: ContractColumn, cells: NDArray[Any], groups: Groups, detail: Detail) -> list[Account]:
    """The account of the canonical cells, shape (n,), of a column in each group.

    Numbers and dates (as microseconds) are summed up as numbers, number_text by the number it parses to, text by its length
    in characters and by what it is made of, categories by their levels. What is personal is hashed.
    """
    if column.kind == "category":
        return accounts_of_counts(column, _counts(Coded.of(cells), groups), groups, detail)
    if column.kind == "text":
        return _of_texts(column, Coded.of(cells), groups, detail)
    if column.kind == "number_text":
        return _of_number_texts(Coded.of(cells), groups, detail)
    if column.kind == "date":
        cells = np.where(cells == MISSING_DATE, np.nan, cells.astype(np.float64))
    return list(_of_numbers(cells, groups, detail))


def accounts_of_counts(column: ContractColumn, counts: Counts, groups: Groups, detail: Detail) -> list[Account]:
    """The account of a category in each group, of levels that were counted already."""
    hide = hiding(column)
    found = []
    for place, rows in enumerate(groups.sizes()):
        named: dict[str, int] = {}
        for level, n in counts.get(place, {}).items():
            if level is not None:
                named[hide(level)] = named.get(hide(level), 0) + n
        found.append(Account(rows, rows - sum(named.values()), levels=levels_of(named, detail)))
    return found


def hiding(column: ContractColumn) -> Callable[[str], str]:
    """What is kept of a level: of personal data a hash."""
    return hashed if column.pii else str


def _counts(coded: Coded, groups: Groups) -> Counts:
    there, width = coded.codes >= 0, max(len(coded.levels), 1)
    pairs, rows = np.unique(groups.codes[there].astype(np.int64) * width + coded.codes[there], return_counts=True)
    counts: dict[int, dict[str | None, int]] = {}
    for pair, n in zip(pairs.tolist(), rows.tolist(), strict=True):
        counts.setdefault(pair // width, {})[coded.levels[pair % width]] = n
    return counts


def _of_numbers(values: NDArray[np.float64], groups: Groups, detail: Detail) -> Iterator[Account]:
    """The account of numbers, NaN where missing."""
    for part in groups.parts(values):
        part.sort()
        low = int(np.searchsorted(part, -np.inf, side="right"))
        high, there = np.searchsorted(part, [np.inf, np.nan]).tolist()
        numbers = numbers_of(part[low:high], detail.points, spared=detail.spared, hashing=detail.hashes)
        yield Account(len(part), len(part) - there, infinite=low + there - high, numbers=numbers)


def _of_texts(column: ContractColumn, coded: Coded, groups: Groups, detail: Detail) -> list[Account]:
    lengths = _of_each(coded, [float(len(text)) for text in coded.levels])
    bits = np.array([*map(class_bits, coded.levels), 0], dtype=np.int64)[coded.codes]
    classes = [groups.counts(bits & (1 << at) != 0) for at in range(len(CLASSES))]
    plain = replace(detail, hashes=False)
    each = zip(_of_numbers(lengths, groups, plain), groups.parts(coded.codes), zip(*classes, strict=True), strict=True)
    return [
        Account(
            account.count,
            account.missing,
            numbers=account.numbers,
            text=summary_of(counts),
            texts=_hashes_of(column, coded, codes) if detail.hashes else NO_HASHES,
        )
        for account, codes, counts in each
    ]


def _hashes_of(column: ContractColumn, coded: Coded, codes: NDArray[np.int64]) -> Hashes:
    hide = hiding(column)
    return hashes_of_texts(hide(coded.levels[code]) for code in np.unique(codes).tolist() if code >= 0)


def _of_number_texts(coded: Coded, groups: Groups, detail: Detail) -> list[Account]:
    parsed = [parse_number_text(text) for text in coded.levels]
    values = _of_each(coded, [np.nan if number is None else number for number in parsed])
    unparsed = groups.counts(np.isnan(values) & (coded.codes >= 0))
    found = []
    for account, odd in zip(_of_numbers(values, groups, detail), unparsed, strict=True):
        found.append(Account(account.count, account.missing - odd, unparsed=odd, numbers=account.numbers))
    return found


def _of_each(coded: Coded, values: Sequence[float]) -> NDArray[np.float64]:
    """The value of each row's level, NaN where missing."""
    return np.array([*values, np.nan], dtype=np.float64)[coded.codes]
