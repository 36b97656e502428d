"""Windows: predictions of a time range with the labels that were known at a given moment, as of which it is always the same.

Which prediction a label belongs to: the one with its id; or, where it comes with a key, the last one of that key that was
made by the label's own time. Of answers given to the same client id within a day, the earliest is the answer of record and
takes the labels of all. Of several labels for one prediction the one known last counts: another value is a new version from
the moment it became known, and a window as of an earlier moment has the version that stood then.
What a challenger said in shadow was never given to anybody: it is in no window and takes no labels; `answered.py` counts it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from millwright.predictions.layout import to_microseconds
from millwright.predictions.load import Span, load, scratch
from millwright.predictions.of_record import IDEMPOTENT_FOR
from millwright.predictions.pruned import pruned_before
from millwright.predictions.rows import values_of
from millwright.predictions.small import rows_of
from millwright.predictions.tables import LABELS, PREDICTIONS, fetch_columns, named_in, plain_words
from millwright.predictions.window_rows import LABELLED, OF_ANSWERS, OF_LABELS, Times, equal_steps, match
from millwright.predictions.window_sql import COUNTS, LAST_BY_KEY, NAMES, SUMMARY, loaded, matching, rows_sql, sampled
from millwright.records.record import record
from millwright.records.traffic import LabelCounts, Window


@record
class Logs:
    """The two logs of a server's home."""

    predictions: Path
    labels: Path

    @classmethod
    def of(cls, home: Path) -> "Logs":
        """The logs under a home."""
        return cls(predictions=home / "log", labels=home / "labels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is wanted of the rows of a window; all columns of all rows by default.

    columns: by name, see `window`; requests take most of the memory. labelled: only rows that have a label. sample: only so
    many rows, at equal steps in order of time. newest: the moment from which rows are counted as the newest.
    """

    columns: tuple[str, ...] = NAMES
    labelled: bool = False
    sample: int | None = None
    newest: datetime | None = None


ALL = Wanted()
WITHOUT_REQUESTS = Wanted(columns=tuple(name for name in NAMES if name != "request"))


def window(
    logs: Logs,
    project: str,
    start: datetime,
    end: datetime,
    *,
    as_of: datetime,
    maturity: timedelta | None = None,
    wanted: Wanted = ALL,
) -> tuple[Window, dict[str, Any]]:
    """The predictions that happened in [start, end), with the labels known by `as_of`.

    maturity: when the labels of a prediction count as complete; a label after that is late (it still counts as its value).
    wanted: what of the rows is; the Window is of all of them in any case.
    Columns, one entry a row in order of time: id, key, version, payload_digest, client_id, role, caller (None where no keys
    were asked for), request and output (JSON text), flags (text, separated by a space), event_at, known_at and label_known_at
    (int64 microseconds since 1970, MISSING_DATE without a label; of a label with versions, when the one that counts became
    known), label (the value, None without one) and label_source (who told it). Raises Unavailable where a file is damaged.
    """
    seen, _, columns = counted_window(logs, project, start, end, as_of=as_of, maturity=maturity, wanted=wanted)
    return seen, columns


def counted_window(
    logs: Logs,
    project: str,
    start: datetime,
    end: datetime,
    *,
    as_of: datetime,
    maturity: timedelta | None = None,
    wanted: Wanted = ALL,
) -> tuple[Window, int, dict[str, Any]]:
    """The same, with how many rows there are since `wanted.newest`."""
    asked = _Asked(logs, project, start, end, as_of, maturity, wanted)
    found = _in_memory(asked) or _in_database(asked)
    if "label" in found.columns:
        found.columns["label"] = values_of(found.columns["label"])
    return _describe(asked, found), int(found.summary["newest"]), found.columns


@dataclass(frozen=True, slots=True)
class _Asked:
    """What window is asked for."""

    logs: Logs
    project: str
    start: datetime
    end: datetime
    as_of: datetime
    maturity: timedelta | None
    wanted: Wanted

    @property
    def since(self) -> datetime:
        """From when on an answer may be the one of record of a row of the window."""
        return self.start - IDEMPOTENT_FOR

    def spans(self, until: datetime) -> list[Span]:
        """Where the answers lie that matter to the window, up to `until`, and its labels."""
        upto = min(until, max(self.end, self.as_of))
        return [
            Span(table=PREDICTIONS, root=self.logs.predictions, project=self.project, since=self.since, until=upto),
            Span(table=LABELS, root=self.logs.labels, project=self.project, since=self.start, until=self.as_of),
        ]


@dataclass(frozen=True, slots=True)
class _Found:
    """How many rows and labels there are, and the columns that were wanted."""

    summary: Mapping[str, Any]
    counts: Mapping[str, int]
    columns: dict[str, Any]


def _in_memory(asked: _Asked) -> _Found | None:
    """What there is to say of a small window whose labels are of the plain kind; None of any other."""
    until, wanted = asked.end + IDEMPOTENT_FOR, asked.wanted
    with plain_words(asked.logs.predictions.parent):
        answers, labels = asked.spans(until)
        rows = rows_of((answers, {*OF_ANSWERS, *wanted.columns} - LABELLED.keys()), (labels, OF_LABELS))
    if rows is None:
        return None
    times = Times(
        since=to_microseconds(asked.since),
        until=to_microseconds(until),
        start=to_microseconds(asked.start),
        end=to_microseconds(asked.end),
        as_of=to_microseconds(asked.as_of),
        newest=to_microseconds(wanted.newest or asked.end),
        maturity=_microseconds(asked.maturity),
    )
    matched = match(rows[0], rows[1], times)
    if matched is None:
        return None
    return _Found(matched.summary, matched.counts, matched.rows(wanted.columns, wanted.sample, labelled=wanted.labelled))


def _in_database(asked: _Asked) -> _Found:
    """The same of any window."""
    until, wanted = _answers_until(asked), asked.wanted
    values: dict[str, Any] = {
        "since": naive(asked.since),
        "until": naive(until),
        "start": naive(asked.start),
        "end": naive(asked.end),
        "as_of": naive(asked.as_of),
        "newest": naive(wanted.newest or asked.end),
        "maturity": _microseconds(asked.maturity),
    }
    with (
        scratch() as folder,
        plain_words(asked.logs.predictions.parent),
        load(asked.spans(until), folder, lambda connection: _copy(connection, wanted, values)) as connection,
    ):
        _run(connection, matching(connection), values)
        counts = {name: found[0] for name, found in fetch_columns(connection, COUNTS, values).items()}
        summary = {name: found[0] for name, found in fetch_columns(connection, SUMMARY, values).items()}
        table = "asked" if wanted.sample is None else "sampled"
        columns = fetch_columns(connection, rows_sql(wanted.columns, table=table, labelled=wanted.labelled), values)
    return _Found(summary, counts, columns)


def _microseconds(maturity: timedelta | None) -> int | None:
    return maturity // timedelta(microseconds=1) if maturity else None


def _copy(connection: Any, wanted: Wanted, values: dict[str, Any]) -> None:
    if wanted.sample is None:
        _run(connection, loaded(wanted.columns), values)
        return
    _run(connection, loaded(()), values)
    ((count,),) = connection.execute("select count(*) from asked").fetchall()
    _run(connection, (sampled(None if count <= wanted.sample else equal_steps(count, wanted.sample).tolist()),), values)


def _answers_until(asked: _Asked) -> datetime:
    """Up to when answers matter to a window: those given again to a client id come within a day of it; a later one matters
    only where a label by key came true after it, which may then be the later one's."""
    near = asked.end + IDEMPOTENT_FOR
    if asked.as_of <= near:
        return near
    values = {"near": naive(near), "start": naive(asked.start), "as_of": naive(asked.as_of)}
    _, labels = asked.spans(near)
    with (
        scratch() as folder,
        plain_words(asked.logs.labels.parent),
        load([labels], folder, lambda connection: _run(connection, (LAST_BY_KEY,), values)) as connection,
    ):
        ((last,),) = connection.execute("select came_true from last_by_key").fetchall()
    return near if last is None else last.replace(tzinfo=UTC)


def _run(connection: Any, statements: Iterable[str], values: dict[str, Any]) -> None:
    for statement in statements:
        connection.execute(statement, named_in(statement, values))


def _describe(asked: _Asked, found: _Found) -> Window:
    summary, begins = found.summary, pruned_before(asked.logs.predictions, asked.project)
    rows = int(summary["predictions"])
    complete = min(asked.end, asked.as_of - asked.maturity) if asked.maturity is not None else None
    return Window(
        project=asked.project,
        start=asked.start,
        end=asked.end,
        event_at=datetime.fromtimestamp(int(summary["event_at"]) / 1e6, UTC) if rows else None,
        known_at=asked.as_of,
        predictions=rows,
        labelled=int(summary["labelled"]),
        labels=LabelCounts(**{name: int(count) for name, count in found.counts.items()}),
        complete_until=complete if complete is not None and complete > asked.start else None,
        begins=begins if begins and begins > asked.start else None,
    )


def naive(at: datetime) -> datetime:
    """A moment as the logs' tables hold it: in UTC, without a zone."""
    return at.astimezone(UTC).replace(tzinfo=None)
