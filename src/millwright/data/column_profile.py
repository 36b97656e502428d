"""What one column looks like over some rows, and how several such profiles become one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.account import Detail, account_behind, merge_accounts, record_of
from millwright.data.accounts import accounts
from millwright.data.distinct import estimate
from millwright.data.groups import one_group
from millwright.data.sketch import POINTS
from millwright.data.times import merge_times, time_summary
from millwright.records.data import ColumnKind, ColumnProfile, ContractColumn

LEVELS = 200
KEPT = Detail(points=POINTS, levels=LEVELS)
"""What is kept of a column over all rows."""


def profile_column(
    name: str, kind: ColumnKind, values: NDArray[Any], *, detail: Detail = KEPT, pii: bool = False
) -> ColumnProfile:
    """The profile of the canonical cells `values`, shape (n,).

    Numbers and dates (as microseconds) are summed up as numbers, number_text by the number it parses to, text by its length
    in characters, categories by their commonest levels, hashed where they are personal.
    """
    column = ContractColumn(name=name, kind=kind, pii=pii)
    (account,) = accounts(column, values, one_group(len(values)), detail)
    return record_of(name, kind, account, detail, time_summary(values) if kind == "date" else None)


def merge_column_profiles(parts: Sequence[ColumnProfile], *, detail: Detail = KEPT) -> ColumnProfile:
    """The profile of all rows behind `parts` (one column, one kind; at least one part).

    Counts, minimum, maximum and moments are exact. A level that a part no longer names counts as `other`.
    """
    first = parts[0]
    account = merge_accounts([account_behind(part) for part in parts], detail)
    times = merge_times([part.times for part in parts if part.times is not None])
    return record_of(first.name, first.kind, account, detail, times)


def numbers_in(profile: ColumnProfile) -> int:
    """How many rows have a finite number behind mean, m2 and sketch."""
    return profile.count - profile.missing - profile.infinite - profile.unparsed


def variance(profile: ColumnProfile) -> float | None:
    """The variance over rows (divided by n - 1); None with fewer than two numbers or after an overflow."""
    n = numbers_in(profile)
    return None if n < 2 or profile.m2 is None else profile.m2 / (n - 1)


def distinct_values(profile: ColumnProfile) -> int | None:
    """How many distinct values (of a text: texts) the column has: exact where they are few, else an estimate with a relative
    standard error of 6 %; None where that was not kept, as in periods and in profiles of version 1."""
    if profile.distinct is not None and profile.kind != "text":
        return profile.distinct
    if profile.count == profile.missing:
        return 0
    return estimate(np.array(profile.hashes, dtype=np.uint64)) if profile.hashes else None
