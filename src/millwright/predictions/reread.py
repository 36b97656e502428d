"""The labelled rows of a log, read again only from where something new is known: while history is played, one retrain after
the other asks for all of them, and most have not changed since the last.

What is kept are the rows before a cut. No answer of a day about it is new, no label that became known since is about one of
them, and they are as they were read before. A log that is labelled by keys is read whole each time: such a label may belong
to any row.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.predictions.held import KnownFile, known_file
from millwright.predictions.layout import HOUR, day_start, folder_day, from_microseconds, to_microseconds
from millwright.predictions.load import Span, load, patiently, scratch
from millwright.predictions.of_record import IDEMPOTENT_FOR
from millwright.predictions.pruned import pruned_before
from millwright.predictions.tables import LABELS, PREDICTIONS, plain_words
from millwright.predictions.window import Logs, Wanted, window

Array = NDArray[Any]
Columns = dict[str, Array]

MOST = 500_000
"""Rows that are kept: a few hundred bytes each."""

_ABOUT = """
select count(*) filter (prediction_id is null) as by_key,
    min(about) filter (about >= $start) as about
from (select prediction_id, 1000 * ('0x' || replace(prediction_id, '-', '')[:12])::bigint as about from labels)
"""
"""Whether labels name keys, and in microseconds when the earliest answer was given that one is about by its id."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for: a log from a moment on, and columns of its rows."""

    logs: Logs
    project: str
    start: datetime
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was read last. answers, labels: of which files, by the day whose folder they lie in."""

    asked: _Asked
    as_of: datetime
    answers: dict[str, frozenset[KnownFile]]
    labels: dict[str, frozenset[KnownFile]]
    rows: Columns


class LabelledRows:
    """The labelled rows of one log, for one who asks as of now, again and again. Not for several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: _Kept | None = None

    def since(
        self, logs: Logs, project: str, start: datetime, as_of: datetime, columns: tuple[str, ...]
    ) -> tuple[datetime | None, Columns]:
        """Columns of the labelled rows of [start, as_of), as `window` has them, event_at among them; and where the log begins,
        if that is later. as_of: now; the log holds nothing that becomes known later, and answers are known when they happen, as
        a data plane logs them. Raises Unavailable."""
        asked = _Asked(logs, project, start, columns)
        answers, labels = patiently(lambda: [_by_day(span) for span in _spans(asked, as_of)])
        cut = start if self._kept is None else self._cut(self._kept, asked, as_of, answers, labels)
        wanted = Wanted(columns=columns, labelled=True)
        _, rows = window(logs, project, cut, as_of, as_of=as_of, wanted=wanted)
        if self._kept is not None and cut > start:
            before = int(np.searchsorted(self._kept.rows["event_at"], to_microseconds(cut)))
            rows = {name: np.concatenate([self._kept.rows[name][:before], cells]) for name, cells in rows.items()}
        few = len(rows["event_at"]) <= self._most
        self._kept = _Kept(asked, as_of, answers, labels, rows) if few else None
        begins = pruned_before(logs.predictions, project)
        return (begins if begins and begins > start else None), rows

    def _cut(
        self,
        kept: _Kept,
        asked: _Asked,
        as_of: datetime,
        answers: dict[str, frozenset[KnownFile]],
        labels: dict[str, frozenset[KnownFile]],
    ) -> datetime:
        """Up to when the rows that are kept are those of now; `start` where none is."""
        if kept.asked != asked or kept.as_of > as_of:
            return asked.start
        cuts = [kept.as_of - IDEMPOTENT_FOR]
        if days := _changed(kept.answers, answers):
            cuts.append(day_start(min(days)) - IDEMPOTENT_FOR)
        if days := _changed(kept.labels, labels):
            by_key, about = _told(asked, as_of, days)
            if by_key or not days <= labels.keys():  # they may be about any row, or were deleted
                return asked.start
            if about is not None:
                cuts.append(about - IDEMPOTENT_FOR - HOUR)  # an id may say a moment after its prediction's
        return max(asked.start, min(cuts))


def _spans(asked: _Asked, as_of: datetime) -> tuple[Span, Span]:
    """Where the answers lie that matter to these rows, and their labels."""
    since = asked.start - IDEMPOTENT_FOR
    return (
        Span(table=PREDICTIONS, root=asked.logs.predictions, project=asked.project, since=since, until=as_of),
        Span(table=LABELS, root=asked.logs.labels, project=asked.project, since=asked.start, until=as_of),
    )


def _by_day(span: Span) -> dict[str, frozenset[KnownFile]]:
    files = span.files()
    found: dict[str, set[KnownFile]] = {}
    for path in (*files.sealed, *files.open):
        found.setdefault(folder_day(path.parent), set()).add(known_file(span.table, path))
    return {day: frozenset(several) for day, several in found.items()}


def _changed(before: dict[str, frozenset[KnownFile]], now: dict[str, frozenset[KnownFile]]) -> frozenset[str]:
    """The days whose files are others than they were."""
    return frozenset(day for day in before.keys() | now.keys() if before.get(day) != now.get(day))


def _told(asked: _Asked, as_of: datetime, days: frozenset[str]) -> tuple[bool, datetime | None]:
    """Of the labels of some days: whether one names a key, and the time of the earliest answer that one is about by its id,
    from `start` on; None without any."""
    span = Span(table=LABELS, root=asked.logs.labels, project=asked.project, since=asked.start, until=as_of, only=days)
    values = {"start": to_microseconds(asked.start)}
    with (
        scratch() as folder,
        plain_words(asked.logs.labels.parent),
        load([span], folder, lambda connection: _copy(connection, values)) as connection,
    ):
        ((by_key, about),) = connection.execute("select by_key, about from said").fetchall()
    return bool(by_key), None if about is None else from_microseconds(about)


def _copy(connection: Any, values: dict[str, int]) -> None:
    connection.execute(f"create temp table said as {_ABOUT}", values)
