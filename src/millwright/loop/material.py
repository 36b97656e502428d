"""The rows of a retrain: the source, the log with the labels known by then, or both. Nothing known later gets in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from json import dumps as to_text
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, take
from millwright.data.contract import infer_contract
from millwright.data.read import read_columns
from millwright.data.weights import weights_of
from millwright.errors import DataRefused
from millwright.loop.label_sources import say_shares, shares_of, within_share
from millwright.loop.log_parts import LogParts
from millwright.loop.prove import snapshot_of
from millwright.loop.workshop import Workshop
from millwright.predictions.layout import from_microseconds, to_microseconds
from millwright.predictions.reread import LabelledRows
from millwright.predictions.window import Logs
from millwright.records.codec import sha256
from millwright.records.data import Part, Snapshot
from millwright.records.running import Run

Array = NDArray[Any]
Span = tuple[datetime, datetime]

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_LABELLED = ("id", "key", "event_at", "label", "label_source", "label_known_at")
_HALF_A_DAY = 12 * 3_600_000_000


@dataclass(frozen=True, slots=True)
class Material:
    """Where a retrain's rows come from. broken: times of data faults, whose logged rows nothing is learnt from."""

    logs: Logs
    broken: tuple[Span, ...] = ()

    def take(self, shop: Workshop, run: Run) -> Snapshot:
        """The rows known at the run's as-of time, as one snapshot. Raises DataRefused where there are none."""
        source = snapshot_of(shop, run)
        asked = shop.spec.retrain.data
        if asked == "source":
            return source
        after = source.event_at if asked == "both" and source.event_at else BEGINNING
        logged = self._logged(shop, run, source, after)
        if asked == "both":
            return _together(source, logged)
        if not logged:
            fix = "take retrain.data: both, or wait for labels"
            raise DataRefused("no logged request has a label yet", where="retrain.data", fix=fix, code="retrain.labels")
        return _together(replace(source, parts=(), rows=0, sources=(), set_aside=(), event_at=None), logged)

    def _logged(self, shop: Workshop, run: Run, source: Snapshot, after: datetime) -> "_Logged | None":
        """The labelled rows that happened after `after`, in a part of the source's columns."""
        begins, columns = self._labelled(shop, run, after)
        chosen = np.flatnonzero(usable_rows(columns, after, self.broken, shop.spec.data.time))
        whole = take(columns, chosen)
        kept = within_share(whole["label_source"], whole["id"], shop.spec.retrain.source_share)
        notes = _notes(whole["label_source"], kept)
        chosen = chosen[kept]
        if not len(chosen):
            return None
        rows = take(columns, chosen)
        weight = _mean_weight(shop, source)
        notes += (
            () if weight is None else (f"rows of the log have no {weight[0]}: each counts {weight[1]:g}, the source's mean",)
        )
        parts = LogParts(shop, run, self.logs, source.fields, weight).of(rows)
        return _Logged(parts, from_microseconds(int(rows["event_at"].max())), begins, notes)

    def _labelled(self, shop: Workshop, run: Run, after: datetime) -> tuple[datetime | None, dict[str, Array]]:
        """The labelled rows that happened after `after`, and where the log begins if that is later; with their requests, which
        take most of the time to read, only where these tell what was asked again."""
        data, keyless = shop.spec.data, not shop.spec.data.key
        known = shop.labelled or LabelledRows()
        if not (keyless and data.time):
            found = known.since(self.logs, shop.project, after, run.as_of, _LABELLED)
            if data.time is None or not _without_key(found[1]).any():
                return found
        return LabelledRows().since(self.logs, shop.project, after, run.as_of, (*_LABELLED, "request"))


@dataclass(frozen=True, slots=True)
class _Logged:
    """begins: where the log begins, if rows were asked for that were older and are deleted. notes: who told the labels."""

    parts: tuple[Part, ...]
    last_event: datetime
    begins: datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How a snapshot names it among its sources."""
        return "the prediction log" if self.begins is None else f"the prediction log from {self.begins:%Y-%m-%d} on"


def _mean_weight(shop: Workshop, source: Snapshot) -> tuple[str, float] | None:
    """What a row of the log counts, which nobody is asked for when rows are answered: as the source's rows do on the mean."""
    column = shop.spec.data.weight
    if column is None:
        return None
    contract = infer_contract(source, shop.blobs, shop.spec.data)
    weight = weights_of(read_columns(source, shop.blobs, contract, names=(column,))[column], column)
    mean, whole = float(weight.mean()), any(field.name == column and field.type == "BIGINT" for field in source.fields)
    return column, float(max(round(mean), 1)) if whole else mean


def _notes(sources: Array, kept: Array) -> tuple[str, ...]:
    """Who told the labels, where several did, and how many of them are not learnt from."""
    told = Counter(sources.tolist())
    if len(shares_of(told)) < 2:
        return ()
    taken = say_shares(Counter(sources[kept].tolist()))
    left = f"; {int((~kept).sum()):,} are left out by retrain.source_share, so that it is {taken}" if not kept.all() else ""
    return (f"labels of the log by source: {say_shares(told)}{left}",)


def usable_rows(columns: dict[str, Array], after: datetime, broken: Sequence[Span], time: str | None = None) -> Array:
    """Which rows of a window may be learnt from: labelled, later than `after`, outside broken times, each thing once.

    time: the column that says when a row happened.
    """
    event = columns["event_at"]
    good: Array = (columns["label_known_at"] != MISSING_DATE) & (event > to_microseconds(after))
    for start, end in broken:
        good &= (event < to_microseconds(start)) | (event >= to_microseconds(end))
    dated = None if time is None else f"{to_text(time, ensure_ascii=False)}:"
    return good & _first_of_each(columns["key"], good) & ~_sent_again(columns, good, dated)


def _first_of_each(keys: Array, good: Array) -> Array:
    """Asked twice about one thing, the first answer is the one of record; rows without a key stand for themselves."""
    seen: set[str] = set()
    first = np.zeros(len(keys), dtype=bool)
    for i in np.flatnonzero(good):
        key = keys[i]
        first[i] = key is None or key not in seen
        if key is not None:
            seen.add(key)
    return first


def _without_key(columns: dict[str, Array]) -> Array:
    without: Array = columns["key"] == np.array(None)
    return without


def _sent_again(columns: dict[str, Array], good: Array, dated: str | None) -> Array:
    """Rows without a key that are asked once more, half a day later or more, with the same values and the same time of their
    own, named by `dated`: a day that was sent twice. Requests without a time of their own stand for themselves."""
    again = np.zeros(len(good), dtype=bool)
    first: dict[str, int] = {}
    if dated is None:
        return again
    for i in np.flatnonzero(good & _without_key(columns)):
        request = columns["request"][i]
        if dated in request and f"{dated}null" not in request:
            asked = int(columns["event_at"][i])
            again[i] = asked - first.setdefault(request, asked) >= _HALF_A_DAY
    return again


def _together(source: Snapshot, logged: _Logged | None) -> Snapshot:
    if logged is None:
        return source
    parts = (*source.parts, *logged.parts)
    return replace(
        source,
        digest=sha256("\n".join(part.digest for part in parts).encode()),
        parts=parts,
        rows=sum(part.rows for part in parts),
        event_at=logged.last_event,
        sources=(*source.sources, logged.name),
        notes=(*source.notes, *logged.notes),
    )
