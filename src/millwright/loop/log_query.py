"""Questions to the log: answered rows with their requests, answers and labels, as a table to filter by SQL."""
# ruff: noqa: S608  (names are quoted by data.sql; the condition is the asker's own, in a database that holds nothing else)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from millwright.data.columns import MISSING_DATE
from millwright.data.locked import open_locked
from millwright.data.sql import identifier
from millwright.errors import MillwrightError
from millwright.loop.answered_by import evaluators_of
from millwright.loop.opened import chosen_version, open_version
from millwright.predictions.logged import logged_columns
from millwright.predictions.window import Logs, window
from millwright.records.data import Contract
from millwright.records.record import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from millwright.loop.workshop import Workshop

    Array = NDArray[Any]

OWN = (
    "id",
    "event_at",
    "version",
    "evaluator",
    "role",
    "key",
    "client_id",
    "caller",
    "answer",
    "score",
    "flags",
    "label",
    "label_known_at",
    "request",
)
"""The log's own columns; a feature of such a name is read as request->>'name'."""

_OF_A_LINE = """
    id, make_timestamp(event_at) as event_at, version, evaluator, role, key, client_id, caller, output::json as answer,
    coalesce(output::json->>'probability', output::json->>'value')::double as score,
    list_filter(string_split(flags, ' '), lambda flag: flag <> '') as flags,
    label::json->>'$' as label, make_timestamp(nullif(label_known_at, {missing})) as label_known_at, request::json as request
"""


@record
class Asked:
    """A question to the log: predictions of [start, end), those for which `where` (SQL) is true, the newest `limit` of them."""

    start: datetime
    end: datetime
    where: str = "true"
    limit: int = 20


@record
class LoggedRow:
    """One answered row, with the label that counts for it.

    evaluator: by which it was answered, as the package of its payload says; empty where that does not tell. caller: the name of
    the API key that it was asked with; None where no keys were asked for.
    """

    id: str
    event_at: datetime
    version: int
    role: str
    key: str | None
    client_id: str | None
    caller: str | None
    answer: Mapping[str, Any]
    flags: tuple[str, ...]
    label: str | None
    request: Mapping[str, Any]
    evaluator: str = ""


@record
class LogPage:
    """Rows of the log, the newest first: of `predictions` in the time that was asked about `matched` fit the condition.

    begins: where the log begins, if that is after the start of that time, since what was older was deleted.
    """

    predictions: int
    matched: int
    rows: tuple[LoggedRow, ...]
    begins: datetime | None = None


def ask_log(shop: Workshop, asked: Asked) -> LogPage:
    """Rows of the prediction log with the labels known by now. What a challenger said in shadow is not among them.

    Raises MillwrightError (log.where) where the condition cannot be understood, Unavailable where the log is damaged.
    """
    import duckdb

    seen, rows = window(Logs.of(shop.home.root), shop.project, asked.start, asked.end, as_of=shop.clock.now())
    answering = evaluators_of(shop, set(rows["payload_digest"]))
    rows["evaluator"] = np.array([answering.get(digest, "") for digest in rows["payload_digest"]], dtype=object)
    contract = open_version(shop, chosen_version(shop, None)).scorer.contract
    with open_locked([]) as connection:
        table = {name: rows[name] for name in ("id", "version", "evaluator", "role", "key", "client_id", "caller")}
        table |= {name: rows[name] for name in ("output", "flags", "request", "event_at", "label_known_at")}
        table["label"] = np.array([None if v is None else _encode(v).decode() for v in rows["label"]], dtype=object)
        features = dict(_features(rows["request"], contract))
        connection.register("lines", table | {f"f{at}": cells for at, cells in enumerate(features.values())})
        connection.execute(f"create view log as select {_OF_A_LINE.format(missing=MISSING_DATE)}{_named(features)} from lines")
        try:
            found = connection.execute(f"select count(*) from log where ({asked.where})").fetchall()[0][0]
            picked = connection.execute(
                f"select id from log where ({asked.where}) order by event_at desc, id desc limit {asked.limit}"
            ).fetchall()
        except duckdb.Error as error:
            raise _not_understood(str(error), features) from error
    place = {id_: i for i, id_ in enumerate(rows["id"].tolist())}
    return LogPage(
        predictions=len(rows["id"]),
        matched=found,
        rows=tuple(_row(rows, place[str(id_)]) for (id_,) in picked),
        begins=seen.begins,
    )


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def _features(requests: Array, contract: Contract) -> Iterator[tuple[str, Array]]:
    """The requests' columns by name, those left out whose name is the log's own."""
    kinds = {column.name: column.kind for column in contract.columns}
    for name, cells in logged_columns(requests, contract).items():
        if name not in OWN:
            yield name, cells if kinds[name] != "date" else cells.astype(np.int64)


def _named(features: Mapping[str, Array]) -> str:
    parts = (_typed(f"f{at}", cells) + f" as {identifier(name)}" for at, (name, cells) in enumerate(features.items()))
    return "".join(f", {part}" for part in parts)


def _typed(column: str, cells: Array) -> str:
    if cells.dtype == np.int64:
        return f"make_timestamp(nullif({column}, {MISSING_DATE}))"
    return f"{column}::varchar" if cells.dtype == object else f"nullif({column}, 'nan'::double)"


def _row(rows: dict[str, Array], at: int) -> LoggedRow:
    return LoggedRow(
        id=str(rows["id"][at]),
        event_at=datetime.fromtimestamp(int(rows["event_at"][at]) / 1e6, UTC),
        version=int(rows["version"][at]),
        role=str(rows["role"][at]),
        key=rows["key"][at],
        client_id=rows["client_id"][at],
        caller=rows["caller"][at],
        answer=_decode(rows["output"][at]),
        flags=tuple(rows["flags"][at].split()),
        label=None if rows["label"][at] is None else str(rows["label"][at]),
        request=_decode(rows["request"][at]),
        evaluator=str(rows["evaluator"][at]),
    )


def _not_understood(said: str, features: Mapping[str, Array]) -> MillwrightError:
    first = said.splitlines()[0].partition(": ")[2] or said.splitlines()[0]
    return MillwrightError(
        f"the condition is not understood: {first}",
        where="--where",
        fix=f"write SQL over {', '.join([*OWN, *list(features)[:4]])}, ... such as: score > 0.9 and version = 2",
        code="log.where",
    )
