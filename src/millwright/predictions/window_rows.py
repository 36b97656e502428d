"""A window over columns in memory, where its labels are of the plain kind: each names its prediction, none of which has two,
and no client asked the same twice. For all else there is SQL (`window_sql.py`), which says the same of these."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, take
from millwright.predictions.small import Columns

Array = NDArray[Any]

OF_ANSWERS = ("id", "client_id", "role", "event_at", "known_at")
"""Columns of answers that tell which of them are in a window."""
OF_LABELS = ("prediction_id", "value", "source", "known_at")
"""Columns of labels."""
NEVER_GIVEN = ("shadow", "asked")
"""Roles of answers that were given to nobody, or to one who asked for a version by its name."""


@dataclass(frozen=True, slots=True)
class Times:
    """What a window is of, in microseconds of UTC: see `window`. since, until: when answers that matter to it happened."""

    since: int
    until: int
    start: int
    end: int
    as_of: int
    newest: int
    maturity: int | None


@dataclass(frozen=True, slots=True)
class Matched:
    """Answers of a window in order of time, each with the place of its label among `told`, -1 for none. counts, summary: as
    the queries of those names say."""

    answers: Columns
    told: Columns
    label: Array
    counts: dict[str, int]
    summary: dict[str, int | None]

    def rows(self, names: Sequence[str], sample: int | None, *, labelled: bool) -> Columns:
        """Columns of the answers: of all, of at most `sample` at equal steps in order of time, of those with a label alone."""
        count = len(self.label)
        chosen = np.arange(count) if sample is None or count <= sample else equal_steps(count, sample)
        if labelled:
            chosen = chosen[self.label[chosen] >= 0]
        return {name: self._column(name, chosen) for name in names}

    def _column(self, name: str, chosen: Array) -> Array:
        if name not in LABELLED:
            return self.answers[name][chosen]
        column, missing = LABELLED[name]
        label = self.label[chosen]
        found = np.full(len(chosen), missing, dtype=np.int64 if missing == MISSING_DATE else object)
        found[label >= 0] = self.told[column][label[label >= 0]]
        return found


LABELLED: dict[str, tuple[str, int | None]] = {
    "label": ("value", None),
    "label_source": ("source", None),
    "label_known_at": ("known_at", MISSING_DATE),
}
"""Columns of a window's rows that their labels say: which column of a label, and what stands for none."""


def equal_steps(count: int, most: int) -> Array:
    """So many places among `count` rows, which are no fewer, from the first to the last at equal steps."""
    return np.arange(most) * (count - 1) // max(most - 1, 1)


def given_by(answers: Columns, since: int, until: int, as_of: int) -> Columns | None:
    """The answers that were given in [since, until] and known by `as_of`; None where a client asked the same twice. answers:
    with OF_ANSWERS at least."""
    role, event = answers["role"], answers["event_at"]
    given = (answers["known_at"] <= as_of) & (event >= since) & (event <= until)
    for one in NEVER_GIVEN:
        given &= role != one
    clients = [client for client in answers["client_id"][given].tolist() if client is not None]
    return take(answers, given) if len(set(clients)) == len(clients) else None


def match(answers: Columns, labels: Columns, times: Times) -> Matched | None:
    """The window's answers with their labels; None where they are not of the plain kind. answers, labels: with OF_ANSWERS and
    what is wanted of rows, and with OF_LABELS."""
    given = given_by(answers, times.since, times.until, times.as_of)
    told = take(labels, (labels["known_at"] >= times.start) & (labels["known_at"] <= times.as_of))
    named = told["prediction_id"].tolist()
    if given is None or None in named:
        return None
    place = {name: at for at, name in enumerate(given["id"].tolist())}
    about = np.fromiter((place.get(name, -1) for name in named), np.int64, len(named))
    known = about >= 0
    if len(np.unique(about[known])) < int(known.sum()):
        return None
    inside = (given["event_at"] >= times.start) & (given["event_at"] < times.end)
    unknown = sum(times.start <= _made_at(named[at]) < times.end for at in np.flatnonzero(~known).tolist())
    judged = np.flatnonzero(known)[inside[about[known]]]
    label = np.full(len(inside), -1, dtype=np.int64)
    valued = told["value"][judged] != np.array(None)
    label[about[judged[valued]]] = judged[valued]
    order = _in_order(take(given, inside))
    asked = take(given, np.flatnonzero(inside)[order])
    mine = label[inside][order]
    return Matched(
        answers=asked,
        told=told,
        label=mine,
        counts=_counts(told["known_at"][judged], given["event_at"][about[judged]], valued, unknown, times.maturity),
        summary={
            "predictions": len(mine),
            "labelled": int((mine >= 0).sum()),
            "event_at": int(asked["event_at"].max()) if len(mine) else None,
            "newest": int((asked["event_at"] >= times.newest).sum()),
        },
    )


def _made_at(name: str) -> int:
    """When an id says that its prediction was made, in microseconds."""
    return int(name.replace("-", "")[:12], 16) * 1000


def _in_order(rows: Columns) -> Array:
    """The places of rows in order of time, those of one moment in order of their ids."""
    event = rows["event_at"]
    if (np.diff(event) > 0).all():
        return np.arange(len(event))
    names = rows["id"].tolist()
    return np.array(sorted(range(len(names)), key=lambda at: (event[at], names[at])), dtype=np.int64)


def _counts(known_at: Array, asked_at: Array, valued: Array, unknown: int, maturity: int | None) -> dict[str, int]:
    late = valued & (known_at > asked_at + maturity) if maturity is not None else np.zeros(len(valued), dtype=bool)
    return {
        "received": len(valued) + unknown,
        "joined": int((valued & ~late).sum()),
        "repeated": int((~valued).sum()),
        "conflicting": 0,
        "unknown": unknown,
        "late": int(late.sum()),
    }
