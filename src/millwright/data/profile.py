"""Profiles: what the rows of a snapshot or window look like, over all and by period. Pure on canonical columns."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from millwright.data.account import Detail
from millwright.data.accounts import accounts
from millwright.data.column_profile import KEPT, merge_column_profiles
from millwright.data.columns import MISSING_DATE, Columns, rows_in
from millwright.data.copies import merge_copies
from millwright.data.gathering import PERIOD, Gathering
from millwright.data.groups import groups_of, one_group
from millwright.data.periods import Grain, coarser, day_number, day_text, first_days, grain_for
from millwright.records.data import ColumnProfile, Contract, ContractColumn, PeriodProfile, Profile, SliceKey, SliceProfile


def profile_columns(
    columns: Columns, contract: Contract, *, of: str, grain: Grain | None = None, kept: Detail = KEPT, latest: int | None = None
) -> Profile:
    """The profile of rows in memory, `of` being the digest or name of what they are rows of.

    Every column of the contract that is there, keys and empty columns left out. With a time column in the contract there
    is a sub-profile of features and target for each period; `grain` is chosen from the times where not given. kept: of
    a column over all rows; more for parts that will be merged. latest: the moment (microseconds, wall clock) as of which the
    rows were read: dates after it are in the future.
    """
    moments = columns.get(time_column(contract) or "", np.empty(0, dtype=np.int64))
    grain = grain or grain_of(moments)
    gathering = Gathering(grain=grain if len(moments) else None, kept=kept)
    groups = groups_of(first_days(moments, grain)) if grain and len(moments) else one_group(rows_in(columns))
    gathering.add_rows(groups)
    for column in shown_columns(contract):
        if column.name in columns:
            cells = columns[column.name]
            gathering.add(column, groups.labels, accounts(column, cells, groups, gathering.detail))
            if column.kind == "date":
                gathering.add_times(column, 0, cells, latest)
    return replace(gathering.profile(of), grain=grain)


def shown_columns(contract: Contract) -> list[ContractColumn]:
    """The columns that a profile has."""
    return [column for column in contract.columns if column.role not in ("key", "empty")]


def merge(*profiles: Profile, of: str | None = None, kept: Detail = KEPT) -> Profile:
    """The profile of all rows behind `profiles` (at least one); merging many at once blurs quantiles least.

    Columns that only some of them have keep the rows they have. Of different grains, the coarsest is taken (a week then
    counts to the month of its Monday). kept: as for `profile_columns`.
    """
    grains = [p.grain for p in profiles if p.grain]
    grain = None
    for one in grains:
        grain = one if grain is None else coarser(grain, one)
    return Profile(
        of=profiles[0].of if of is None else of,
        rows=sum(p.rows for p in profiles),
        columns=merge_columns([p.columns for p in profiles], kept),
        periods=tuple(_merged_periods(profiles, grain)) if grain else (),
        grain=grain,
        copies=merge_copies(p.copies for p in profiles if p.rows),
        late_rows=sum(p.late_rows for p in profiles),
        amended_at=max((p.amended_at for p in profiles if p.amended_at is not None), default=None),
        slices=_merged_slices(profiles),
    )


def time_column(contract: Contract) -> str | None:
    """The name of the contract's time column, where it holds dates."""
    return next((c.name for c in contract.columns if c.role == "time" and c.kind == "date"), None)


def grain_of(moments: NDArray[np.int64]) -> Grain | None:
    """The grain that suits the moments given; None where all are missing."""
    there = moments[moments != MISSING_DATE]
    return grain_for(int(there.min()), int(there.max())) if len(there) else None


def merge_columns(parts: Sequence[Sequence[ColumnProfile]], detail: Detail) -> tuple[ColumnProfile, ...]:
    """Each column over all parts, in the order in which they first come."""
    by_name: Mapping[str, list[ColumnProfile]] = defaultdict(list)
    for part in parts:
        for column in part:
            by_name[column.name].append(column)
    return tuple(merge_column_profiles(columns, detail=detail) for columns in by_name.values())


def _merged_slices(profiles: Sequence[Profile]) -> tuple[SliceProfile, ...]:
    by_key: Mapping[SliceKey, list[SliceProfile]] = defaultdict(list)
    for one in (one for profile in profiles for one in profile.slices):
        by_key[one.key].append(one)
    return tuple(
        replace(same[0], rows=sum(p.rows for p in same), columns=merge_columns([p.columns for p in same], PERIOD))
        for _, same in sorted(by_key.items())
    )


def _merged_periods(profiles: Sequence[Profile], grain: Grain) -> Iterator[PeriodProfile]:
    by_day: Mapping[int, list[PeriodProfile]] = defaultdict(list)
    for period in (period for profile in profiles for period in profile.periods):
        moment = np.array([day_number(period.period) * 86_400_000_000], dtype=np.int64)
        by_day[int(first_days(moment, grain)[0])].append(period)
    for day in sorted(by_day):
        yield PeriodProfile(
            period=day_text(day),
            rows=sum(p.rows for p in by_day[day]),
            columns=merge_columns([p.columns for p in by_day[day]], PERIOD),
        )
