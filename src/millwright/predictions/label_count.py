"""How many labels became known in a time: what a retrain could learn that was not known before."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from millwright.predictions.layout import to_microseconds
from millwright.predictions.load import Span, load, scratch
from millwright.predictions.of_record import with_record
from millwright.predictions.small import Columns, rows_of
from millwright.predictions.tables import LABELS, PREDICTIONS, fetch_columns, named_in, plain_words
from millwright.predictions.window import Logs, naive
from millwright.records.record import record

_TOLD = """
create temp table told as
    select prediction_id, key, source, known_at from labels where known_at > $after and known_at <= $until
"""

_SUBJECTS = "select count(distinct coalesce(prediction_id, key)) as told from told"

_DAYS = """
with made as (
    select epoch_ms(('0x' || replace(prediction_id, '-', '')[:12])::bigint) as about from told where prediction_id is not null
), days as (select distinct strftime(unnest([about, about - to_milliseconds(100)]), '%Y-%m-%d') as day from made)
select (select count(*) from told) as told, (select count(*) from told where prediction_id is null) as by_key,
    coalesce((select string_agg(day, ' ') from days), '') as days
"""
"""The days in which the ids say that their predictions were made; an id may say a moment a little after that."""

_GIVEN = f"""
create temp table given as
    with asked as (
        select id, key, client_id, known_at from predictions where known_at <= $until and role not in ('shadow', 'asked')
    )
    select id, key, coalesce(key, record_id) as subject from ({with_record("asked")})
"""  # noqa: S608

_ROWS = """
with matched as (
    select given.subject, source, told.known_at from told join given on given.id = told.prediction_id
    union all
    select key, source, known_at from told where prediction_id is null and key in (select key from given)
)
select source, count(*) as rows from (select subject, arg_max(source, known_at) as source from matched group by subject)
group by source order by rows desc, source
"""


_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@record
class LabelsTold:
    """Labels that became known in a time, and the distinct rows that they are about.

    told: labels as they were told, repetitions and contradictions among them. by_source: of how many rows the newest label
    came from each source, the largest first. A row is what has one key, else one id of the client within a day, else one
    answer; labels whose prediction is not in the log are of none.
    """

    told: int
    by_source: dict[str, int]

    @property
    def rows(self) -> int:
        """Distinct rows that have a label."""
        return sum(self.by_source.values())


def labels_told(logs: Logs, project: str, after: datetime, until: datetime) -> int:
    """Distinct ids and keys whose label became known after `after` and by `until`: soon counted, and no fewer than the rows of
    `labelled_rows`. Raises Unavailable for damaged files."""
    labels = Span(table=LABELS, root=logs.labels, project=project, since=after, until=until)
    with plain_words(logs.labels.parent):
        rows = rows_of((labels, ("prediction_id", "key", "known_at")))
    if rows is not None:
        return _subjects(rows[0], to_microseconds(after), to_microseconds(until))
    found = _ask(logs, [labels], [_TOLD], _SUBJECTS, {"after": naive(after), "until": naive(until)})
    return int(found["told"][0])


def _subjects(labels: Columns, after: int, until: int) -> int:
    told = (labels["known_at"] > after) & (labels["known_at"] <= until)
    named, keys = labels["prediction_id"][told], labels["key"][told]
    return len({*np.where(named == np.array(None), keys, named).tolist()} - {None})


def labelled_rows(logs: Logs, project: str, after: datetime, until: datetime) -> LabelsTold:
    """The same labels counted by the rows that they are about, for which the answers are read too."""
    values = {"after": naive(after), "until": naive(until)}
    labels = Span(table=LABELS, root=logs.labels, project=project, since=after, until=until)
    named = {name: cells[0] for name, cells in _ask(logs, [labels], [_TOLD], _DAYS, values).items()}
    if not named["told"]:
        return LabelsTold(told=0, by_source={})
    days = None if named["by_key"] else frozenset(str(named["days"]).split())
    answers = Span(table=PREDICTIONS, root=logs.predictions, project=project, since=_BEGINNING, until=until, only=days)
    found = _ask(logs, [labels, answers], [_TOLD, _GIVEN], _ROWS, values)
    by_source = zip(found["source"].tolist(), found["rows"].tolist(), strict=True)
    return LabelsTold(told=int(named["told"]), by_source={str(source): int(rows) for source, rows in by_source})


def _ask(logs: Logs, spans: list[Span], copied: Sequence[str], query: str, values: dict[str, Any]) -> dict[str, Any]:
    """What a query says of rows copied from the logs."""

    def copy(connection: Any) -> None:
        for statement in copied:
            connection.execute(statement, named_in(statement, values))

    with (
        scratch() as folder,
        plain_words(logs.labels.parent),
        load(spans, folder, copy) as connection,
    ):
        return fetch_columns(connection, query, {})
