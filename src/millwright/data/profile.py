"""Profiles: what the rows of a snapshot or window look like, over all and by period. Pure on canonical columns."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.cells import hashed
from millwright.data.column_profile import LEVELS, merge_column_profiles, profile_column
from millwright.data.columns import MISSING_DATE, Columns, rows_in, take
from millwright.data.periods import Grain, coarser, day_number, day_text, first_days, grain_for
from millwright.data.sketch import POINTS
from millwright.records.data import ColumnProfile, Contract, ContractColumn, PeriodProfile, Profile

PERIOD_POINTS = 32
PERIOD_LEVELS = 24


def profile_columns(columns: Columns, contract: Contract, *, of: str, grain: Grain | None = None, finer: int = 1) -> Profile:
    """The profile of rows in memory, `of` being the digest or name of what they are rows of.

    Every column of the contract that is there, keys and empty columns left out. With a time column in the contract there
    is a sub-profile of features and target for each period; `grain` is chosen from the times where not given. `finer`
    multiplies the points kept, for parts that will be merged.
    """
    shown = [c for c in contract.columns if c.name in columns and c.role not in ("key", "empty")]
    moments = columns.get(time_column(contract) or "", np.empty(0, dtype=np.int64))
    grain = grain or grain_of(moments)
    return Profile(
        of=of,
        rows=rows_in(columns),
        columns=_accounts(shown, columns, POINTS * finer, LEVELS * finer),
        periods=tuple(_periods(shown, columns, moments, grain)) if grain and len(moments) else (),
        grain=grain,
    )


def merge(*profiles: Profile, of: str | None = None) -> Profile:
    """The profile of all rows behind `profiles` (at least one); merging many at once blurs quantiles least.

    Columns that only some of them have keep the rows they have. Of different grains, the coarsest is taken (a week then
    counts to the month of its Monday).
    """
    grains = [p.grain for p in profiles if p.grain]
    grain = None
    for one in grains:
        grain = one if grain is None else coarser(grain, one)
    return Profile(
        of=profiles[0].of if of is None else of,
        rows=sum(p.rows for p in profiles),
        columns=_merged_columns([p.columns for p in profiles], POINTS, LEVELS),
        periods=tuple(_merged_periods(profiles, grain)) if grain else (),
        grain=grain,
    )


def time_column(contract: Contract) -> str | None:
    """The name of the contract's time column, where it holds dates."""
    return next((c.name for c in contract.columns if c.role == "time" and c.kind == "date"), None)


def grain_of(moments: NDArray[np.int64]) -> Grain | None:
    """The grain that suits the moments given; None where all are missing."""
    there = moments[moments != MISSING_DATE]
    return grain_for(int(there.min()), int(there.max())) if len(there) else None


def _accounts(shown: Sequence[ContractColumn], columns: Columns, points: int, levels: int) -> tuple[ColumnProfile, ...]:
    return tuple(
        profile_column(
            c.name,
            c.kind,
            columns[c.name],
            hide=_hiding(c),
            points=points,
            levels=levels,
        )
        for c in shown
    )


def _hiding(column: ContractColumn) -> Callable[[str], str]:
    """Levels of personal data are kept hashed."""
    return hashed if column.pii else str


def _periods(shown: Sequence[ContractColumn], columns: Columns, moments: NDArray[Any], grain: Grain) -> Iterator[PeriodProfile]:
    watched = [c for c in shown if c.role in ("feature", "target")]
    for day, index in _rows_by_period(first_days(moments, grain)):
        part = take({c.name: columns[c.name] for c in watched}, index)
        yield PeriodProfile(
            period=day_text(day), rows=len(index), columns=_accounts(watched, part, PERIOD_POINTS, PERIOD_LEVELS)
        )


def _rows_by_period(days: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each first day with the rows of its period; rows without a time belong to none."""
    order = np.argsort(days, kind="stable")
    starts, places = np.unique(days[order], return_index=True)
    for day, index in zip(starts.tolist(), np.split(order, places[1:]), strict=True):
        if day != MISSING_DATE:
            yield day, index


def _merged_columns(parts: Sequence[Sequence[ColumnProfile]], points: int, levels: int) -> tuple[ColumnProfile, ...]:
    by_name: Mapping[str, list[ColumnProfile]] = defaultdict(list)
    for part in parts:
        for column in part:
            by_name[column.name].append(column)
    return tuple(merge_column_profiles(columns, points=points, levels=levels) for columns in by_name.values())


def _merged_periods(profiles: Sequence[Profile], grain: Grain) -> Iterator[PeriodProfile]:
    by_day: Mapping[int, list[PeriodProfile]] = defaultdict(list)
    for period in (period for profile in profiles for period in profile.periods):
        moment = np.array([day_number(period.period) * 86_400_000_000], dtype=np.int64)
        by_day[int(first_days(moment, grain)[0])].append(period)
    for day in sorted(by_day):
        yield PeriodProfile(
            period=day_text(day),
            rows=sum(p.rows for p in by_day[day]),
            columns=_merged_columns([p.columns for p in by_day[day]], PERIOD_POINTS, PERIOD_LEVELS),
        )
