"""The SQL behind windows. Views predictions and labels are there already; $start, $end and $as_of are UTC."""

from millwright.data.columns import MISSING_DATE

_ANSWERS = """
create temp table answers as
    select *,
        case when client_id is null then id else first_value(id) over (partition by client_id order by known_at, id) end
            as record_id
    from predictions
    where known_at <= $as_of
"""

_ASKED = """
create temp table asked as
    select * from answers where id = record_id and event_at >= $start and event_at < $end
"""

_TOLD = """
create temp table told as
    select prediction_id, key, value, event_at, known_at,
        case when prediction_id is null then event_at
             else epoch_ms(('0x' || replace(prediction_id, '-', '')[:12])::bigint) end as about
    from labels
    where known_at <= $as_of
"""

_MATCHED = """
create temp table matched as
    select answers.record_id, told.value, told.known_at
    from told join answers on answers.id = told.prediction_id
    union all
    select last_of_key.id, told.value, told.known_at
    from (select * from told where prediction_id is null) told
    asof join (select key, event_at, max(id) as id from answers where key is not null and id = record_id group by key, event_at)
        as last_of_key
        on told.key = last_of_key.key and told.event_at >= last_of_key.event_at
"""

_JUDGED = """
create temp table judged as
    select matched.*, asked.event_at as asked_at,
        row_number() over of_record as turn,
        first_value(matched.value::varchar) over of_record as first_told
    from matched join asked on asked.id = matched.record_id
    window of_record as (partition by matched.record_id order by matched.known_at, matched.value::varchar)
"""

_UNMATCHED = """
create temp table unmatched as
    select told.* from told
    where about >= $start and about < $end
        and (prediction_id is null or prediction_id not in (select id from answers))
        and (prediction_id is not null or not exists (
            select 1 from answers where answers.key = told.key and answers.event_at <= told.event_at))
"""

LOADED = (_ANSWERS, _ASKED, _TOLD, _MATCHED, _JUDGED, _UNMATCHED)
"""Statements that make the temporary tables which COUNTS and ROWS read."""

COUNTS = """
with kinds as (
    select case
        when turn > 1 and value::varchar = first_told then 'repeated'
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

ROWS = f"""
select asked.id, asked.key, asked.client_id, asked.version, asked.payload_digest, asked.role,
    asked.request::varchar as request, asked.output::varchar as output, array_to_string(asked.flags, ' ') as flags,
    epoch_us(asked.event_at) as event_at, epoch_us(asked.known_at) as known_at,
    judged.value::varchar as label, coalesce(epoch_us(judged.known_at), {MISSING_DATE}) as label_known_at
from asked left join judged on judged.record_id = asked.id and judged.turn = 1
order by asked.event_at, asked.id
"""  # noqa: S608
