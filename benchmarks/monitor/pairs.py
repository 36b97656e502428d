"""A reference and a window, held against each other as a look of the loop does it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.contract import MOST_LEVELS
from millwright.data.periods import DAY
from millwright.data.profile import profile_columns
from millwright.monitor.inputs import Observed, Reference
from millwright.monitor.look import look
from millwright.records.data import Contract, ContractColumn, Profile
from millwright.records.deciding import Finding
from millwright.records.spec import WatchSpec

Columns = dict[str, NDArray[Any]]

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
TIME = "at"
WATCH = WatchSpec()


def reference_of(columns: Columns, days: NDArray[np.int64] | None = None) -> Reference:
    """What the columns were. days: the day of each row, counted from a Monday, where there is a history by period."""
    rules = [_rule(name, values) for name, values in columns.items()]
    rows = dict(columns)
    if days is not None:
        rules.append(ContractColumn(name=TIME, kind="date", role="time"))
        rows[TIME] = int(BEGAN.timestamp() * 1e6) + days.astype(np.int64) * DAY
    contract = Contract(columns=tuple(rules))
    return Reference(profile=profile_columns(rows, contract, of="reference"), contract=contract, independent=days is None)


def _rule(name: str, values: NDArray[Any]) -> ContractColumn:
    """Levels and ranges as they are inferred from the rows."""
    if values.dtype == object:
        levels = tuple(sorted({value for value in values.tolist() if value is not None}))
        return ContractColumn(name=name, kind="category", levels=levels if len(levels) <= MOST_LEVELS else None)
    there = values[np.isfinite(values)]
    low, high = (float(there.min()), float(there.max())) if len(there) else (None, None)
    return ContractColumn(name=name, kind="number", minimum=low, maximum=high)


def profile_of(reference: Reference, columns: Columns) -> Profile:
    """The profile of a window."""
    return profile_columns(columns, reference.contract, of="window")


def found_in(reference: Reference, columns: Columns, level: float, *, days: float = 7.0) -> tuple[Finding, ...]:
    """What a look finds in a window of these rows. level: the chance of any finding where nothing changed."""
    profile = profile_of(reference, columns)
    start = BEGAN + timedelta(days=400)
    end = start + timedelta(days=days)
    seen = Observed(project="p", version=1, start=start, end=end, known_at=end, profile=profile)
    return look(reference, seen, watch=WATCH, level=level)
