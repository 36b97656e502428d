"""A log as the sealer leaves it, made quickly: real flights asked again and again over one window, a third of them labelled.

Each row is what a client sends and what the live version answers to it; ids, times and the files' layout are the server's.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
from thirty_columns import open_flights, requests_sql

from millwright.loop.opened import Model
from millwright.predictions.layout import DAY, day_name, project_folder
from millwright.predictions.logged import logged_columns
from millwright.predictions.seal_hour import part_name
from millwright.predictions.sealed import SealedDay, manifest_name
from millwright.predictions.tables import LABELS, PREDICTIONS, Table
from millwright.predictions.window import Logs, naive
from millwright.records.codec import to_json
from millwright.stores.blobs import digest_file
from millwright.stores.durable import make_folder, write_atomic
from millwright.tasks.registry import task

MOST_FLIGHTS = 100_000
LABELLED_ONE_IN = 3
TOLD_AFTER = timedelta(hours=12)
_encode = msgspec.json.Encoder().encode


def make_log(logs: Logs, model: Model, start: datetime, end: datetime, rows: int) -> list[Path]:
    """Write `rows` answers spread evenly over [start, end), and labels half a day after; returns the files of the answers.

    start, end: at midnight of UTC.
    """
    with open_flights() as connection:
        flights = _put_flights(connection, model, min(rows, MOST_FLIGHTS))
        _put_rows(connection, model, (start, end), rows, flights)
        _put_labels(connection, model.payload.info.project)
        answers = list(_write(connection, PREDICTIONS, logs.predictions, model, (start, end), "event_at"))
        list(_write(connection, LABELS, logs.labels, model, (start, end + DAY), "known_at"))
    return answers


def _put_flights(connection: duckdb.DuckDBPyConnection, model: Model, most: int) -> int:
    """The table `asked`: for each flight its request, its answer, and what came true; returns how many."""
    found = connection.execute(f"select request, late::double as late from ({requests_sql(most)})").fetchnumpy()
    requests = np.asarray(found["request"], dtype=object)
    outputs = np.array(_answers(model, requests), dtype=object)
    connection.register("given", {"request": requests, "output": outputs, "late": np.ma.filled(found["late"], np.nan)})
    cells = "request::varchar as request, output::varchar as output, late"
    connection.execute(f"create table asked as select row_number() over () - 1 as number, {cells} from given")
    connection.unregister("given")
    return len(outputs)


def _answers(model: Model, requests: Any) -> list[str]:
    """What the version answers to requests, as text."""
    scorer, info = model.payload.scorer, model.payload.info
    output = scorer.batch(logged_columns(requests, scorer.contract))
    kind = task(info.task)
    return [_encode(kind.answer([value], info)).decode() for value in output.tolist()]


def _put_rows(
    connection: duckdb.DuckDBPyConnection, model: Model, span: tuple[datetime, datetime], rows: int, flights: int
) -> None:
    """The view `predictions`: the lines of the log. A flight comes up every `flights` rows."""
    start, end = span
    apart = (end - start) // timedelta(microseconds=1) // rows
    connection.execute(
        f"""
        create view predictions as
        with moments as (
            select range as number, timestamp '{naive(start)}' + to_microseconds(range * {apart}) as event_at from range({rows})
        ), named as (
            select *, printf('%012x', epoch_ms(event_at)) as clock from moments
        )
        select printf('%s-%s-7%03x-8%03x-%012x', clock[:8], clock[9:], 0, 0, named.number) as id,
            '{model.payload.info.project}' as project, printf('flight %d', named.number) as key, event_at,
            event_at + to_microseconds(900) as known_at, request::json as request, output::json as output,
            '{model.payload.payload_digest}' as payload_digest, {model.version.number}::bigint as version, 'live' as role,
            null::varchar as client_id, []::varchar[] as flags, null::varchar as caller, late, named.number as number
        from named join asked on asked.number = named.number % {flights}
        """
    )


def _put_labels(connection: duckdb.DuckDBPyConnection, project: str) -> None:
    """The view `labels`: what was told of every third answer; of cancelled flights nothing."""
    late = f"{int(TOLD_AFTER.total_seconds())}"
    connection.execute(
        f"""
        create view labels as
        select '{project}' as project, id as prediction_id, null::varchar as key, (late::integer)::varchar::json as value,
            'http' as source, event_at + to_seconds({late}) as event_at, event_at + to_seconds({late}) as known_at
        from predictions where number % {LABELLED_ONE_IN} = 0 and not isnan(late)
        """
    )


def _write(
    connection: duckdb.DuckDBPyConnection, table: Table, root: Path, model: Model, span: tuple[datetime, datetime], time: str
) -> Iterator[Path]:
    """A sealed file and its manifest for each day."""
    names = ", ".join(table.columns)
    day, end = span
    while day < end:
        folder = make_folder(project_folder(root, model.payload.info.project) / f"day={day_name(day)}")
        path = folder / part_name([f"{day_name(day)}/{table.name}"])
        inside = f"{time} >= timestamp '{naive(day)}' and {time} < timestamp '{naive(day + DAY)}'"
        rows = f"select {names} from {table.name} where {inside} order by {table.order}"
        copied = connection.execute(f"copy ({rows}) to '{path}' (format parquet, compression zstd)").fetchone()
        sealed = SealedDay(file=path.name, digest=digest_file(path), rows=int(copied[0]) if copied else 0, replaces=())
        write_atomic(folder / manifest_name(path.name), to_json(sealed))
        yield path
        day += DAY
