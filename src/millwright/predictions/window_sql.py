"""The SQL behind windows. Views predictions and labels are there already; all times are UTC.

Files may hold rows before and after those asked for, so every statement says its times. All answers from $since (a day before
the window) to $until (a day after it, or the last label by key) may matter to a window by their ids, keys and times; their
requests and outputs are read for the window alone, from row groups that hold some of it, and where they are asked for.

The labels of a prediction, in the order in which they became known, are its versions: one that says what the label before
it said is a repetition and no version. The last version counts. As of an earlier moment another one may have been the last.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from millwright.data.columns import MISSING_DATE
from millwright.predictions.of_record import with_record

LAST_BY_KEY = """
create temp table last_by_key as
    select max(event_at) as came_true from labels
    where prediction_id is null and event_at > $near and known_at >= $start and known_at <= $as_of
"""
"""When the last label by key came true that may belong to an answer which was given after $near."""

_GIVEN = """
create temp table given as
    select id, key, client_id, event_at, known_at
    from predictions
    where known_at <= $as_of and event_at >= $since and event_at <= $until and role not in ('shadow', 'asked') and ({only})
"""

_ANSWERS = f"create temp table answers as {with_record('given')}"

_ASKED = """
create temp table asked as
    select {columns} from predictions
    where event_at >= $start and event_at < $end and known_at <= $as_of and role not in ('shadow', 'asked')
        and id in (select id from answers where id = record_id and event_at >= $start and event_at < $end)
"""

_TOLD = """
create temp table told as
    select prediction_id, key, value, source, event_at, known_at,
        case when prediction_id is null then event_at
             else epoch_ms(('0x' || replace(prediction_id, '-', '')[:12])::bigint) end as about
    from labels
    where known_at >= $start and known_at <= $as_of and ({only})
"""

_LIGHT = ("id", "key", "client_id", "version", "payload_digest", "role", "caller", "flags", "event_at", "known_at")
_HEAVY = ("request", "output")

_SAMPLED = """
create temp table sampled as
    select predictions.* from predictions
    where event_at >= $start and event_at < $end and known_at <= $as_of and role not in ('shadow', 'asked') and id in (
        select id from (select id, row_number() over (order by event_at, id) - 1 as place from asked) where {chosen}
    )
"""


def loaded(heavy: Sequence[str] = _HEAVY) -> tuple[str, ...]:
    """Statements that copy from the views what a window needs, of requests and outputs those in `heavy`.

    A label by key that came true after $until was not there yet when it was asked how far answers matter.
    """
    columns = ", ".join((*_LIGHT, *(name for name in _HEAVY if name in heavy)))
    told = _TOLD.format(only="prediction_id is not null or event_at <= $until")
    return (_GIVEN.format(only="true"), _ANSWERS, _ASKED.format(columns=columns), told)


def sampled(places: Sequence[int] | None) -> str:
    """A statement that copies, whole, the rows at these places in order of time; None: all."""
    return _SAMPLED.format(chosen="true" if places is None else f"place in ({', '.join(map(str, places)) or 'NULL'})")


_MATCHED = """
create temp table matched as
    select answers.record_id, told.*
    from told join answers on answers.id = told.prediction_id
    union all
    select last_of_key.id, told.*
    from (select * from told where prediction_id is null) told
    asof join (select key, event_at, max(id) as id from answers where key is not null and id = record_id group by key, event_at)
        as last_of_key
        on told.key = last_of_key.key and told.event_at >= last_of_key.event_at
"""

_NAMED = """
create temp table matched as
    select answers.record_id, told.* from told join answers on answers.id = told.prediction_id
"""
_ALONE = """
create temp table judged as
    select matched.*, asked.event_at as asked_at, 1 as turn, matched.value::varchar is not null as is_version
    from matched join asked on asked.id = matched.record_id
"""
_NEWEST_ALONE = """
create temp table current as select record_id, value, source, known_at from judged where is_version
"""
_UNMATCHED_BY_ID = """
create temp table unmatched as
    select * from told where {within} and prediction_id not in (select id from answers)
"""

_JUDGED = """
create temp table judged as
    select matched.*, asked.event_at as asked_at,
        row_number() over of_record as turn,
        matched.value::varchar is distinct from lag(matched.value::varchar) over of_record as is_version
    from matched join asked on asked.id = matched.record_id
    window of_record as (
        partition by record_id
        order by matched.known_at, matched.event_at, matched.value::varchar, prediction_id, matched.key
    )
"""

_CURRENT = """
create temp table current as
    select record_id, value, source, known_at from judged where is_version
    qualify row_number() over (partition by record_id order by turn desc) = 1
"""

_UNMATCHED = """
create temp table unmatched as
    with firsts as (select key, min(event_at) as event_at from answers where key is not null group by key)
    select told.* from told left join firsts on told.key = firsts.key
    where {within}
        and case when prediction_id is null then firsts.event_at is null or firsts.event_at > told.event_at
                 else prediction_id not in (select id from answers) end
"""

_WITHIN = "about >= $start and about < $end"


def matching(connection: Any) -> Iterator[str]:
    """Statements that make, from what was copied, the tables which COUNTS, SUMMARY and rows_sql read; each is run before the
    next is asked for.

    Most labels name their prediction, and most predictions have one label: where all do, no time is spent on keys and versions.
    """
    ((by_key,),) = connection.execute("select count(*) from told where prediction_id is null").fetchall()
    yield _MATCHED if by_key else _NAMED
    ((again,),) = connection.execute("select count(*) - count(distinct record_id) from matched").fetchall()
    yield from (_JUDGED, _CURRENT) if again else (_ALONE, _NEWEST_ALONE)
    yield (_UNMATCHED if by_key else _UNMATCHED_BY_ID).format(within=_WITHIN)


COUNTS = """
with kinds as (
    select case
        when not is_version then 'repeated'
        when turn > 1 then 'conflicting'
        when known_at > asked_at + to_microseconds($maturity::bigint) then 'late'
        else 'joined' end as kind
    from judged
    union all select 'unknown' from unmatched
)
select count(*) as received,
    count(*) filter (kind = 'joined') as joined,
    count(*) filter (kind = 'repeated') as repeated,
    count(*) filter (kind = 'conflicting') as conflicting,
    count(*) filter (kind = 'unknown') as unknown,
    count(*) filter (kind = 'late') as late
from kinds
"""

SUMMARY = """
select count(*) as predictions, count(current.record_id) as labelled, epoch_us(max(event_at)) as event_at,
    count(*) filter (event_at >= $newest) as newest
from asked left join current on current.record_id = asked.id
"""

_ROWS = {
    **{name: f"rows.{name}" for name in ("id", "key", "client_id", "version", "payload_digest", "role", "caller")},
    **{name: f"rows.{name}::varchar" for name in _HEAVY},
    "flags": "array_to_string(rows.flags, ' ')",
    "event_at": "epoch_us(rows.event_at)",
    "known_at": "epoch_us(rows.known_at)",
    "label": "current.value::varchar",
    "label_source": "current.source",
    "label_known_at": f"coalesce(epoch_us(current.known_at), {MISSING_DATE})",
}
NAMES = tuple(_ROWS)
"""The columns of the rows of a window."""


def rows_sql(names: Sequence[str] = NAMES, *, table: str = "asked", labelled: bool = False) -> str:
    """The query for these columns of the rows copied to `table`, in order of time. labelled: of those with a label alone."""
    cells = ", ".join(f"{_ROWS[name]} as {name}" for name in names)
    join = "join" if labelled else "left join"
    return f"select {cells} from {table} as rows {join} current on current.record_id = rows.id order by rows.event_at, rows.id"  # noqa: S608


def copied_where(predictions: str, labels: str) -> tuple[str, ...]:
    """Statements that copy the predictions and the labels for which these conditions are true, whatever window they are of."""
    asked = "create temp table asked as select id, event_at from answers where id = record_id"
    return (_GIVEN.format(only=predictions), _ANSWERS, asked, _TOLD.format(only=labels))


TOLD_APART = (_MATCHED, _JUDGED, _CURRENT, _UNMATCHED.format(within="true"))
"""The same as `matching` for what `copied_where` copied."""

VERSIONS = """
select judged.record_id, prediction_id, key, judged.value::varchar as value, judged.source,
    epoch_us(event_at) as event_at, epoch_us(judged.known_at) as known_at,
    sum(is_version::int) over (partition by judged.record_id order by turn) as version,
    is_version, is_version and judged.known_at = current.known_at and judged.value = current.value as counts
from judged join current on current.record_id = judged.record_id
union all
select null, prediction_id, key, value::varchar, source, epoch_us(event_at), epoch_us(known_at), 0, false, false
from unmatched
order by known_at, event_at, value
"""
"""Every label that was copied, with what became of it, in the order in which they became known."""
