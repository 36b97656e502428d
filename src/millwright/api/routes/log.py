"""The log: what was answered and what came true, one prediction at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from millwright.api.answering import answer
from millwright.api.computing import Computing
from millwright.api.desk import Routes, desk_of, project_of
from millwright.api.listing import Cursor, Limit, Moment, Range, range_of
from millwright.api.log_export import AT_ONCE, KINDS, MOST, Form, Line, line_of, written
from millwright.api.trying import explain_logged
from millwright.errors import NotFound
from millwright.loop.label_query import LabelPage
from millwright.loop.side_by_side import hidden_names
from millwright.predictions.browse import SECONDS, Browsed, LoggedLine, Sought, browse, count
from millwright.predictions.browsed_labels import labels_beside
from millwright.predictions.label_lines import LabelLine, Labels
from millwright.predictions.layout import to_microseconds
from millwright.predictions.redact import hash_value
from millwright.predictions.window import Logs
from millwright.project import Project
from millwright.records.record import record
from millwright.registry.pages import read_cursor, write_cursor
from millwright.spec.durations import parse_duration

routes = Routes("log")
USUAL = "3650d"
"""How far back is looked where nobody says."""

Text = Annotated[str, Query(max_length=300)]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A file, a line a prediction.",
        "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in KINDS.values()},
    }
}
_PATIENCE_S = 3600.0


@record
class LogRow:
    """A prediction, with the label that counts for it, if there is one."""

    id: str
    event_at: str
    known_at: str
    version: int
    role: str
    key: str | None
    client_id: str | None
    caller: str | None
    answer: dict[str, Any]
    score: float | None
    flags: tuple[str, ...]
    request: dict[str, Any]
    label: LabelLine | None


@record
class LogRows:
    """Predictions, the newest first. total: in that time; None where something else was asked for, which is not counted.
    hidden: the columns whose values are hashed in the log. looked_back_to: how far was looked, where that took too long; `next`
    goes on."""

    items: tuple[LogRow, ...]
    total: int | None
    next: str | None
    hidden: tuple[str, ...]
    looked_back_to: str | None
    begins: str | None


@record
class LogEntry:
    """One prediction, every label that was told of it, and what each column added to its score, where that can be said."""

    row: LogRow
    labels: LabelPage
    hidden: tuple[str, ...]
    explanation: dict[str, Any] | None
    cannot_explain: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows of the log are asked for, and of what time."""

    rows: Sought
    time: Range


def _filters(
    request: Request,
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
    id_: Annotated[str, Query(alias="id", max_length=60)] = "",
    key: Text = "",
    client_id: Text = "",
    caller: Text = "",
    role: Literal["", "live", "canary", "shadow"] = "",
    flag: Text = "",
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    score_from: float | None = None,
    score_to: float | None = None,
) -> Filters:
    here = project_of(request)
    asked = range_of(here.workshop.clock.now(), since, until, USUAL)
    rows = Sought(
        since=asked.start,
        until=asked.end,
        id=id_.strip().lower(),
        key=_written(here, key),
        client_id=client_id,
        caller=caller,
        role=role,
        flag=flag,
        version=version,
        low=score_from,
        high=score_to,
    )
    return Filters(rows=rows, time=asked)


Filtered = Annotated[Filters, Depends(_filters)]


@routes.get("/projects/{project}/log/predictions", "viewer", LogRows)
def list_predictions(
    request: Request,
    asked: Filtered,
    limit: Limit = 50,
    cursor: Cursor = "",
    wait_s: Annotated[float, Query(ge=0, le=20, description="How long to look back for a full page.")] = SECONDS,
) -> Response:
    """Predictions, the newest first, by id, key, client's id, caller, version, role, flag and range of the score."""
    here = project_of(request)
    after = read_cursor(cursor) if cursor else None
    sought = replace(asked.rows, after=(int(after[0]), str(after[1])) if after else None)
    pages: Computing = desk_of(request).extras["pages"]
    place = (here.spec.project, request.url.query)  # who looks at the same page within a moment is shown the same
    return answer(pages.of(place, lambda: _looked_up(here, sought, limit, asked.time, wait_s)).value)


@routes.get("/projects/{project}/log/export", "viewer", responses=_FILE)
def export_predictions(
    request: Request,
    asked: Filtered,
    form: Annotated[Form, Query(alias="format", description="csv: for tables; jsonl: a JSON object a line.")] = "csv",
    most: Annotated[int, Query(alias="rows", ge=1, le=MOST, description="Rows at most, the newest first.")] = 10_000,
) -> Response:
    """The same predictions as a file, the newest first, each with its label and what was asked."""
    here = project_of(request)
    name = f'attachment; filename="{here.spec.project}-predictions.{form}"'
    pieces = written(form, _batches(here, asked.rows, most))
    first = next(pieces, b"")  # what cannot be read is refused before anything is sent
    return StreamingResponse(chain((first,), pieces), media_type=KINDS[form], headers={"Content-Disposition": name})


@routes.get("/projects/{project}/log/predictions/{prediction}", "viewer", LogEntry)
def show_prediction(request: Request, prediction: str) -> Response:
    """One prediction: its features, its answer, what each column added, and every label that was told of it."""
    here = project_of(request)
    now = here.workshop.clock.now()
    asked = range_of(now, None, None, "36500d")
    found = browse(_logs(here), here.spec.project, Sought(since=asked.start, until=asked.end, id=prediction.lower()), 1)
    if not found.lines:
        sought = Sought(since=asked.start, until=asked.end, id=prediction.lower(), role="shadow")
        found = browse(_logs(here), here.spec.project, sought, 1)
    if not found.lines:
        raise NotFound("there is no such prediction in the log", fix="take an id from the log", code="prediction.missing")
    row = _page(here, found, 1).items[0]
    explanation, cannot = explain_logged(here, found.lines[0])
    labels = here.labels(id=row.id, limit=500)
    return answer(LogEntry(row=row, labels=labels, hidden=_hidden(here), explanation=explanation, cannot_explain=cannot))


def _page(here: Project, found: Browsed, total: int | None) -> LogRows:
    told = labels_beside(_labels(here), found.lines)
    items = tuple(_row(line, told.get(line.id)) for line in found.lines)
    place = None
    if found.more and found.looked_back_to is not None:
        place = write_cursor(to_microseconds(found.looked_back_to), "")
    elif found.more:
        place = write_cursor(to_microseconds(found.lines[-1].event_at), found.lines[-1].id)
    return LogRows(
        items=items,
        total=total,
        next=place,
        hidden=_hidden(here),
        looked_back_to=found.looked_back_to.isoformat() if found.looked_back_to else None,
        begins=found.begins.isoformat() if found.begins else None,
    )


def _row(line: LoggedLine, label: LabelLine | None) -> LogRow:
    said = msgspec.json.decode(line.output)
    score = said.get("probability", said.get("value")) if isinstance(said, dict) else None
    return LogRow(
        id=line.id,
        event_at=line.event_at.isoformat(),
        known_at=line.known_at.isoformat(),
        version=line.version,
        role=line.role,
        key=line.key,
        client_id=line.client_id,
        caller=line.caller,
        answer=said,
        score=float(score) if isinstance(score, int | float) else None,
        flags=line.flags,
        request=msgspec.json.decode(line.request),
        label=label,
    )


def _batches(here: Project, sought: Sought, most: int) -> Iterator[Sequence[Line]]:
    """The rows, so many at once, from the newest back."""
    left, more = most, True
    while left > 0 and more:
        found = browse(_logs(here), here.spec.project, sought, min(left, AT_ONCE), seconds=_PATIENCE_S)
        yield [line_of(one) for one in _page(here, found, None).items]
        left, more = left - len(found.lines), found.more
        if found.lines:
            last = found.lines[-1]
            sought = replace(sought, after=(to_microseconds(last.event_at), last.id))


def _looked_up(here: Project, sought: Sought, limit: int, asked: Range, seconds: float) -> LogRows:
    found = browse(_logs(here), here.spec.project, sought, limit, seconds=seconds)
    total = None if sought.narrowed else count(_logs(here), here.spec.project, asked.start, asked.end)
    return _page(here, found, total)


def warm_up(here: Project) -> None:
    """Look at the first page once, so that nobody waits for the libraries that read it and for days that were never counted."""
    asked = range_of(here.workshop.clock.now(), None, None, USUAL)
    _looked_up(here, Sought(since=asked.start, until=asked.end), 1, asked, SECONDS)


def _logs(here: Project) -> Logs:
    return Logs.of(here.workshop.home.root)


def _labels(here: Project) -> Labels:
    park = parse_duration(here.spec.labels.park)
    return Labels(logs=_logs(here), project=here.spec.project, as_of=here.workshop.clock.now(), park=park)


def _hidden(here: Project) -> tuple[str, ...]:
    return tuple(sorted(hidden_names(here.workshop)))


def _written(here: Project, key: str) -> str:
    """A key as the log has it, where keys are hashed there."""
    hidden = hidden_names(here.workshop).intersection(here.spec.data.key)
    return hash_value(key) if key and hidden else key
