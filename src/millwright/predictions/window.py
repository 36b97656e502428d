"""Windows: predictions of a time range with the labels that were known at a given moment, as of which it is always the same.

Which prediction a label belongs to: the one with its id; or, where it comes with a key, the last one of that key that was
made by the label's own time. Of answers given to the same client id within a day, the earliest is the answer of record and
takes the labels of all. Of several labels for one prediction the one known last counts: another value is a new version from
the moment it became known, and a window as of an earlier moment has the version that stood then.
What a challenger said in shadow was never given to anybody: it is in no window and takes no labels; `answered.py` counts it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from millwright.predictions.load import Span, load, scratch
from millwright.predictions.pruned import pruned_before
from millwright.predictions.rows import values_of
from millwright.predictions.tables import LABELS, PREDICTIONS, fetch_columns, named_in, plain_words
from millwright.predictions.window_sql import COUNTS, LAST_BY_KEY, NAMES, SUMMARY, loaded, matched, rows_sql, sampled
from millwright.records.record import record
from millwright.records.traffic import LabelCounts, Window

IDEMPOTENT_FOR = timedelta(days=1)


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
    since, until = start - IDEMPOTENT_FOR, _answers_until(logs, project, start, end, as_of)
    values: dict[str, Any] = {
        "since": naive(since),
        "until": naive(until),
        "start": naive(start),
        "end": naive(end),
        "as_of": naive(as_of),
        "newest": naive(wanted.newest or end),
        "maturity": int(maturity.total_seconds() * 1e6) if maturity else None,
    }
    spans = [
        Span(table=PREDICTIONS, root=logs.predictions, project=project, since=since, until=min(until, max(end, as_of))),
        Span(table=LABELS, root=logs.labels, project=project, since=start, until=as_of),
    ]
    with (
        scratch() as folder,
        plain_words(logs.predictions.parent),
        load(spans, folder, lambda connection: _copy(connection, wanted, values)) as connection,
    ):
        _run(connection, matched(connection), values)
        counts = fetch_columns(connection, COUNTS, values)
        summary = {name: found[0] for name, found in fetch_columns(connection, SUMMARY, values).items()}
        table = "asked" if wanted.sample is None else "sampled"
        columns = fetch_columns(connection, rows_sql(wanted.columns, table=table, labelled=wanted.labelled), values)
    if "label" in columns:
        columns["label"] = values_of(columns["label"])
    begins = pruned_before(logs.predictions, project)
    described = _describe(project, start, end, as_of, maturity, summary, counts)
    described = replace(described, begins=begins if begins and begins > start else None)
    return described, int(summary["newest"]), columns


def _copy(connection: Any, wanted: Wanted, values: dict[str, Any]) -> None:
    if wanted.sample is None:
        _run(connection, loaded(wanted.columns), values)
        return
    _run(connection, loaded(()), values)
    ((count,),) = connection.execute("select count(*) from asked").fetchall()
    _run(connection, (sampled(_equal_steps(count, wanted.sample)),), values)


def _equal_steps(count: int, most: int) -> list[int] | None:
    """At most `most` places among `count` rows, from the first to the last at equal steps; None: all of them."""
    if count <= most:
        return None
    return [at * (count - 1) // max(most - 1, 1) for at in range(most)]


def _answers_until(logs: Logs, project: str, start: datetime, end: datetime, as_of: datetime) -> datetime:
    """Up to when answers matter to a window: those given again to a client id come within a day of it; a later one matters
    only where a label by key came true after it, which may then be the later one's."""
    near = end + IDEMPOTENT_FOR
    if as_of <= near:
        return near
    values = {"near": naive(near), "start": naive(start), "as_of": naive(as_of)}
    span = Span(table=LABELS, root=logs.labels, project=project, since=start, until=as_of)
    with (
        scratch() as folder,
        plain_words(logs.labels.parent),
        load([span], folder, lambda connection: _run(connection, (LAST_BY_KEY,), values)) as connection,
    ):
        ((last,),) = connection.execute("select came_true from last_by_key").fetchall()
    return near if last is None else last.replace(tzinfo=UTC)


def _run(connection: Any, statements: Iterable[str], values: dict[str, Any]) -> None:
    for statement in statements:
        connection.execute(statement, named_in(statement, values))


def _describe(
    project: str,
    start: datetime,
    end: datetime,
    as_of: datetime,
    maturity: timedelta | None,
    summary: dict[str, Any],
    counts: dict[str, Any],
) -> Window:
    rows = int(summary["predictions"])
    complete = min(end, as_of - maturity) if maturity is not None else None
    return Window(
        project=project,
        start=start,
        end=end,
        event_at=datetime.fromtimestamp(int(summary["event_at"]) / 1e6, UTC) if rows else None,
        known_at=as_of,
        predictions=rows,
        labelled=int(summary["labelled"]),
        labels=LabelCounts(**{name: int(values[0]) for name, values in counts.items()}),
        complete_until=complete if complete is not None and complete > start else None,
    )


def naive(at: datetime) -> datetime:
    """A moment as the logs' tables hold it: in UTC, without a zone."""
    return at.astimezone(UTC).replace(tzinfo=None)
