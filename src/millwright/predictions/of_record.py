"""Which answer counts where a client asked the same again: the earliest of a day."""

from datetime import timedelta

IDEMPOTENT_FOR = timedelta(days=1)
"""So long a client's own id stands for one question; asked later it is another one."""


def with_record(rows: str) -> str:
    """SQL for the columns of a table with id, client_id and known_at, and `record_id`: the earliest answer to its client's id
    of the day up to its own. What was asked longer ago says nothing of it, so that long windows say what short ones do."""
    hours = IDEMPOTENT_FOR // timedelta(hours=1)
    day = f"partition by client_id order by known_at range between interval {hours} hours preceding and current row"
    again = f"select client_id from {rows} where client_id is not null group by client_id having count(*) > 1"  # noqa: S608
    return f"""
        select *, id as record_id from {rows} where client_id is null or client_id not in ({again})
        union all
        select *, (min({{'at': known_at, 'id': id}}) over ({day})).id from {rows} where client_id in ({again})
    """  # noqa: S608
