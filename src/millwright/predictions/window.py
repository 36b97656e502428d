"""Windows: predictions of a time range with the labels that were known at a given moment, as of which it is always the same.

Which prediction a label belongs to: the one with its id; or, where it comes with a key, the last one of that key that was
made by the label's own time. Of answers given to the same client id within a day, the earliest is the answer of record and
takes the labels of all. Of several labels for one prediction the one known last counts: another value is a new version from
the moment it became known, and a window as of an earlier moment has the version that stood then.
What a challenger said in shadow was never given to anybody: it is in no window and takes no labels; `answered.py` counts it.
"""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from millwright.data.columns import MISSING_DATE
from millwright.predictions.load import Span, load
from millwright.predictions.pruned import pruned_before
from millwright.predictions.rows import values_of
from millwright.predictions.tables import LABELS, PREDICTIONS, fetch_columns, named_in, plain_words
from millwright.predictions.window_sql import COUNTS, LAST_BY_KEY, LOADED, MATCHED, ROWS, ROWS_WITHOUT_REQUESTS
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


def window(
    logs: Logs,
    project: str,
    start: datetime,
    end: datetime,
    *,
    as_of: datetime,
    maturity: timedelta | None = None,
    requests: bool = True,
) -> tuple[Window, dict[str, Any]]:
    """The predictions that happened in [start, end), with the labels known by `as_of`.

    maturity: when the labels of a prediction count as complete; a label after that is late (it still counts as its value).
    requests: whether the requests are wanted, which take most of the memory; else that column is not there.
    Columns, one entry a row in order of time: id, key, version, payload_digest, client_id, role, request and output (JSON
    text), flags (text, separated by a space), event_at, known_at and label_known_at (int64 microseconds since 1970,
    MISSING_DATE without a label; of a label with versions, when the one that counts became known), label (the value, None
    without one). Raises Unavailable where a file is damaged.
    """
    since, until = start - IDEMPOTENT_FOR, _answers_until(logs, project, start, end, as_of)
    values: dict[str, Any] = {
        "since": naive(since),
        "until": naive(until),
        "start": naive(start),
        "end": naive(end),
        "as_of": naive(as_of),
        "maturity": int(maturity.total_seconds() * 1e6) if maturity else None,
    }
    spans = [
        Span(table=PREDICTIONS, root=logs.predictions, project=project, since=since, until=min(until, max(end, as_of))),
        Span(table=LABELS, root=logs.labels, project=project, since=start, until=as_of),
    ]
    with (
        tempfile.TemporaryDirectory(prefix="millwright-window-") as scratch,
        plain_words(logs.predictions.parent),
        load(spans, Path(scratch), lambda connection: _run(connection, LOADED, values)) as connection,
    ):
        _run(connection, MATCHED, values)
        counts = fetch_columns(connection, COUNTS, values)
        columns = fetch_columns(connection, ROWS if requests else ROWS_WITHOUT_REQUESTS, values)
    columns["label"] = values_of(columns["label"])
    begins = pruned_before(logs.predictions, project)
    described = _describe(project, start, end, as_of, maturity, columns, counts)
    return replace(described, begins=begins if begins and begins > start else None), columns


def _answers_until(logs: Logs, project: str, start: datetime, end: datetime, as_of: datetime) -> datetime:
    """Up to when answers matter to a window: those given again to a client id come within a day of it; a later one matters
    only where a label by key came true after it, which may then be the later one's."""
    near = end + IDEMPOTENT_FOR
    if as_of <= near:
        return near
    values = {"near": naive(near), "start": naive(start), "as_of": naive(as_of)}
    span = Span(table=LABELS, root=logs.labels, project=project, since=start, until=as_of)
    with (
        tempfile.TemporaryDirectory(prefix="millwright-window-") as scratch,
        plain_words(logs.labels.parent),
        load([span], Path(scratch), lambda connection: _run(connection, (LAST_BY_KEY,), values)) as connection,
    ):
        ((last,),) = connection.execute("select came_true from last_by_key").fetchall()
    return near if last is None else last.replace(tzinfo=UTC)


def _run(connection: Any, statements: tuple[str, ...], values: dict[str, Any]) -> None:
    for statement in statements:
        connection.execute(statement, named_in(statement, values))


def _describe(
    project: str,
    start: datetime,
    end: datetime,
    as_of: datetime,
    maturity: timedelta | None,
    columns: dict[str, Any],
    counts: dict[str, Any],
) -> Window:
    times = columns["event_at"]
    complete = min(end, as_of - maturity) if maturity is not None else None
    return Window(
        project=project,
        start=start,
        end=end,
        event_at=datetime.fromtimestamp(int(times[-1]) / 1e6, UTC) if len(times) else None,
        known_at=as_of,
        predictions=len(times),
        labelled=int((columns["label_known_at"] != MISSING_DATE).sum()),
        labels=LabelCounts(**{name: int(values[0]) for name, values in counts.items()}),
        complete_until=complete if complete is not None and complete > start else None,
    )


def naive(at: datetime) -> datetime:
    """A moment as the logs' tables hold it: in UTC, without a zone."""
    return at.astimezone(UTC).replace(tzinfo=None)
