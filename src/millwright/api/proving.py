"""What was proved of a snapshot, read from the blobs that its run left, and two snapshots side by side."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from millwright.errors import NotFound, Unavailable
from millwright.loop.workshop import Workshop
from millwright.records.codec import from_json
from millwright.records.data import Check, ColumnProfile, Contract, ContractColumn, Profile, Snapshot
from millwright.records.record import record
from millwright.registry.snapshots import ListedSnapshot
from millwright.stores.blobs import FileBlobs

T = TypeVar("T")
BINS = 24


@record
class ComparedColumn:
    """A column in two snapshots. distance: how far apart they are, 0 to 1, by shares of levels or of values; None where it is
    in one alone, or nothing can be said."""

    name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    distance: float | None
    kind_changed: bool


@dataclass(frozen=True)
class Proof:
    """A snapshot and what was proved of it; None where a blob is gone."""

    snapshot: Snapshot | None
    contract: Contract | None
    profile: Profile | None
    checks: tuple[Check, ...]
    rules: dict[str, ContractColumn]

    @property
    def columns(self) -> tuple[ColumnProfile, ...]:
        """The profile of each column."""
        return self.profile.columns if self.profile else ()

    def hides(self, column: str) -> bool:
        """Whether the values of a column are personal: then they are not shown."""
        rule = self.rules.get(column)
        return rule is not None and rule.pii

    def shown(self, column: ColumnProfile) -> ColumnProfile:
        """A profile as people may see it."""
        if not self.hides(column.name):
            return column
        return replace(
            column, minimum=None, maximum=None, top=(), hashes=(), sketch=replace(column.sketch, values=(), weights=())
        )

    def histogram(self, column: ColumnProfile) -> tuple[tuple[float, float, float], ...]:
        """From, to and rows of bins of equal width between the 1st and the 99th percentile; those beyond are in the outer
        ones."""
        values, weights = column.sketch.values, column.sketch.weights
        if len(values) < 2 or self.hides(column.name):
            return ()
        low, high = _quantile(values, weights, 0.01), _quantile(values, weights, 0.99)
        if high <= low:
            return ((values[0], values[-1], sum(weights)),)
        width = (high - low) / BINS
        rows = [0.0] * BINS
        for value, weight in zip(values, weights, strict=True):
            rows[min(max(int((value - low) / width), 0), BINS - 1)] += weight
        return tuple((low + at * width, low + (at + 1) * width, count) for at, count in enumerate(rows))

    def periods_of(self, column: str) -> tuple[dict[str, Any], ...]:
        """Rows, missing values and mean of a column in each period."""
        found = []
        for period in self.profile.periods if self.profile else ():
            for one in period.columns:
                if one.name == column:
                    mean = None if self.hides(column) else one.mean
                    found.append({"period": period.period, "rows": one.count, "missing": one.missing, "mean": mean})
        return tuple(found)


def proof_of(shop: Workshop, listed: ListedSnapshot) -> Proof:
    """What is known of a snapshot."""
    return _proof(shop.home.blobs, listed.id, listed.contract, listed.profile, listed.checks)


@lru_cache(maxsize=32)
def _proof(blobs: Path, snapshot: str, contract: str | None, profile: str | None, checks: str | None) -> Proof:
    store = FileBlobs(blobs)
    rule = _read(store, contract, Contract)
    return Proof(
        snapshot=_read(store, snapshot, Snapshot),
        contract=rule,
        profile=_read(store, profile, Profile),
        checks=_read(store, checks, tuple[Check, ...]) or (),
        rules={column.name: column for column in rule.columns} if rule else {},
    )


def compare(before: Proof, after: Proof) -> list[ComparedColumn]:
    """Two snapshots column by column, the most different first, those in one alone before all."""
    old, new = ({column.name: column for column in proof.columns} for proof in (before, after))
    names = [*new, *(name for name in old if name not in new)]
    found = [_compared(name, old.get(name), new.get(name), before, after) for name in names]
    return sorted(found, key=lambda one: (one.before is not None and one.after is not None, -(one.distance or 0.0)))


def _compared(name: str, old: ColumnProfile | None, new: ColumnProfile | None, before: Proof, after: Proof) -> ComparedColumn:
    return ComparedColumn(
        name=name,
        before=_short(old, before) if old else None,
        after=_short(new, after) if new else None,
        distance=_distance(old, new) if old and new else None,
        kind_changed=bool(old and new and old.kind != new.kind),
    )


def _short(one: ColumnProfile, proof: Proof) -> dict[str, Any]:
    shown = proof.shown(one)
    figures = {"count": one.count, "missing": one.missing, "distinct": one.distinct, "mean": one.mean}
    return figures | {"kind": one.kind, "top": shown.top[:5], "histogram": proof.histogram(one)}


def _distance(old: ColumnProfile, new: ColumnProfile) -> float | None:
    """The larger of: the difference of the missing shares, and the largest difference of the shares of levels or of the shares
    of values below a point (Kolmogorov's distance)."""
    gap = abs(old.missing / max(old.count, 1) - new.missing / max(new.count, 1))
    if old.sketch.values and new.sketch.values:
        return max(gap, _kolmogorov(old, new))
    if old.top and new.top:
        return max(gap, _total_variation(old, new))
    return gap


def _kolmogorov(old: ColumnProfile, new: ColumnProfile) -> float:
    points = sorted({*old.sketch.values, *new.sketch.values})
    below = [_below(one.sketch.values, one.sketch.weights, points) for one in (old, new)]
    return max((abs(a - b) for a, b in zip(below[0], below[1], strict=True)), default=0.0)


def _below(values: tuple[float, ...], weights: tuple[float, ...], points: list[float]) -> list[float]:
    whole, at, sum_ = sum(weights) or 1.0, 0, 0.0
    found = []
    for point in points:
        while at < len(values) and values[at] <= point:
            sum_ += weights[at]
            at += 1
        found.append(sum_ / whole)
    return found


def _total_variation(old: ColumnProfile, new: ColumnProfile) -> float:
    shares = []
    for one in (old, new):
        whole = sum(rows for _, rows in one.top) + one.other or 1
        shares.append({level: rows / whole for level, rows in one.top})
    levels = {*shares[0], *shares[1]}
    return sum(abs(shares[0].get(level, 0.0) - shares[1].get(level, 0.0)) for level in levels) / 2


def _quantile(values: tuple[float, ...], weights: tuple[float, ...], share: float) -> float:
    wanted, sum_ = share * sum(weights), 0.0
    for value, weight in zip(values, weights, strict=True):
        sum_ += weight
        if sum_ >= wanted:
            return float(value)
    return float(values[-1])


def _read(store: FileBlobs, digest: str | None, kind: type[T]) -> T | None:
    try:
        return None if digest is None else from_json(kind, store.get(digest))
    except (NotFound, Unavailable, msgspec.DecodeError):  # gone, damaged or of another Millwright: the rest is shown
        return None
