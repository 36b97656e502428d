"""Made-up traffic whose truth is known: thirty columns, each with its own luck of the day that all rows of the day share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from millwright.data.periods import DAY
from millwright.data.profile import profile_columns
from millwright.monitor.inputs import Observed, Reference
from millwright.records.data import Contract, ContractColumn, Profile

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
Columns = dict[str, Any]

_LAWS: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    lambda z: z,
    lambda z: np.exp(0.7 * z),
    lambda z: np.sinh(1.2 * z),
    lambda z: np.round(10 * z),
    lambda z: np.floor(np.exp(0.5 * z + 1)),
)


@dataclass(frozen=True)
class World:
    """A process: numbers n0.., categories c0.., some with missing values.

    luck: the standard deviation of a day's own shift, in standard deviations of a row.
    """

    per_day: int = 100
    numbers: int = 20
    categories: int = 10
    missing: Mapping[str, float] = field(default_factory=lambda: {f"n{i}": 0.02 + 0.02 * i for i in range(5)} | {"c0": 0.1})
    luck: float = 0.15

    def days(self, count: int, random: np.random.Generator) -> Columns:
        """The rows of so many days, and the number of the day of each."""
        day = np.repeat(np.arange(count), self.per_day)
        columns: Columns = {f"n{i}": _LAWS[i % len(_LAWS)](self._latent(day, random)) for i in range(self.numbers)}
        columns |= {f"c{i}": _cut(self._latent(day, random), (2, 3, 4, 8, 50)[i % 5]) for i in range(self.categories)}
        for name, share in self.missing.items():
            if name in columns:
                lost = self._latent(day, random) < np.quantile(np.random.default_rng(0).normal(size=20_000), share)
                columns[name][lost] = np.nan if name[0] == "n" else None
        return columns | {"day": day}

    def _latent(self, day: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return random.normal(size=len(day)) + self.luck * random.normal(size=day.max() + 1)[day]


def _cut(latent: np.ndarray, levels: int) -> np.ndarray:
    edges = np.quantile(np.random.default_rng(0).normal(size=20_000), np.linspace(0, 1, levels + 1)[1:-1])
    return np.array([f"l{code:02d}" for code in range(levels)], dtype=object)[np.searchsorted(edges, latent)]


def contract_of(columns: Columns, *, time: bool = True) -> Contract:
    """What such rows are: levels and ranges as `infer_contract` would find them."""
    found = [_rule(name, values) for name, values in columns.items() if name != "day"]
    return Contract(columns=(*found, ContractColumn(name="at", kind="date", role="time")) if time else tuple(found))


def _rule(name: str, values: np.ndarray) -> ContractColumn:
    role: Any = "target" if name == "y" else "feature"
    if values.dtype == object:
        levels = tuple(sorted({value for value in values if value is not None}))
        return ContractColumn(name=name, kind="category", role=role, levels=levels)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return ContractColumn(name=name, kind="number", role=role, minimum=low, maximum=high)


def reference_of(columns: Columns, *, time: bool = True, importance: Mapping[str, float] | None = None) -> Reference:
    """A reference that begins on a Monday; without time it has no periods."""
    contract = contract_of(columns, time=time)
    rows = {name: values for name, values in columns.items() if name != "day"}
    start = int(MONDAY.timestamp() * 1e6)
    rows |= {"at": start + columns["day"].astype(np.int64) * DAY} if time else {}
    profile = profile_columns(rows, contract, of="reference")
    return Reference(profile=profile, contract=contract, importance=importance or {})


def window_profile(reference: Reference, columns: Columns) -> Profile:
    """The profile of a window's rows."""
    rows = {name: values for name, values in columns.items() if name != "day"}
    return profile_columns(rows, reference.contract, of="window")


def observed(profile: Profile | None, *, days: float = 7, after: int = 91, **more: Any) -> Observed:
    """A window of some days, so many days after the reference began."""
    start = MONDAY + timedelta(days=after)
    end = start + timedelta(days=days)
    return Observed(project="p", version=3, start=start, end=end, known_at=end, profile=profile, **more)
