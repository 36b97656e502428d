"""Windows: predictions of a time range with the labels that were known at a given moment, as of which it is always the same.

Which prediction a label belongs to: the one with its id; or, where it comes with a key, the last one of that key that was
made by the label's own time. Of answers given to the same client id within a day, the earliest is the answer of record and
takes the labels of all. Of several labels for one prediction the first known counts; the others repeat or contradict it.
"""

import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from millwright.data.columns import MISSING_DATE
from millwright.data.locked import open_locked
from millwright.predictions.layout import hours
from millwright.predictions.rows import values_of
from millwright.predictions.sealed import Files, files_of
from millwright.predictions.tables import LABELS, PREDICTIONS, Table, create_view, fetch_columns, named_in, plain_words, unframe
from millwright.predictions.window_sql import COUNTS, LOADED, ROWS
from millwright.records.record import record
from millwright.records.traffic import LabelCounts, Window

IDEMPOTENT_FOR = timedelta(days=1)
_ATTEMPTS = 20


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
    logs: Logs, project: str, start: datetime, end: datetime, *, as_of: datetime, maturity: timedelta | None = None
) -> tuple[Window, dict[str, Any]]:
    """The predictions that happened in [start, end), with the labels known by `as_of`.

    maturity: when the labels of a prediction count as complete; a label after that is late (it still counts as its value).
    Columns, one entry a row in order of time: id, key, version, payload_digest, client_id, role, request and output (JSON
    text), flags (text, separated by a space), event_at, known_at and label_known_at (int64 microseconds since 1970,
    MISSING_DATE without a label), label (the value, None without one). Raises Unavailable where a file is damaged.
    """
    values: dict[str, Any] = {
        "start": _naive(start),
        "end": _naive(end),
        "as_of": _naive(as_of),
        "maturity": int(maturity.total_seconds() * 1e6) if maturity else None,
    }
    with tempfile.TemporaryDirectory(prefix="millwright-window-") as scratch, plain_words(logs.predictions.parent):
        connection = _open(logs, project, start, as_of, Path(scratch))
        try:
            for statement in LOADED:
                connection.execute(statement, named_in(statement, values))
            counts = fetch_columns(connection, COUNTS, values)
            columns = fetch_columns(connection, ROWS, values)
        finally:
            connection.close()
    columns["label"] = values_of(columns["label"])
    return _describe(project, start, end, as_of, maturity, columns, counts), columns


def _open(logs: Logs, project: str, start: datetime, as_of: datetime, scratch: Path) -> Any:
    """A connection with the views predictions and labels over all that may touch the window.

    A sealer may replace a segment between our looking and our reading: then we look again.
    """
    for attempt in range(_ATTEMPTS):
        try:
            asked = files_of(hours(logs.predictions, project, start - IDEMPOTENT_FOR, as_of))
            told = files_of(hours(logs.labels, project, start, as_of))
            return _views([(PREDICTIONS, asked), (LABELS, told)], scratch)
        except FileNotFoundError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


def _views(found: Iterable[tuple[Table, Files]], scratch: Path) -> Any:
    tables = [(table, files, _unframed(table, files, scratch)) for table, files in found]
    connection = open_locked([path for _, files, _ in tables for path in files.sealed], folder=scratch)
    for table, files, lines in tables:
        create_view(connection, table, files.sealed, lines)
    return connection


def _unframed(table: Table, files: Files, scratch: Path) -> Path | None:
    if not files.open:
        return None
    lines = scratch / f"{table.name}.jsonl"
    unframe(files.open, lines)
    return lines


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


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
