"""Logged requests as typed columns: what the row contract makes of each row, for many rows at once.

Numbers are taken by DuckDB, with one parse of each request; of the other kinds each distinct value is converted once, by
the contract's own converter, and so is every value where they are few. So all agree with `data.enforce.RowContract`, cell for
cell.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from millwright.data.batch_cells import NUMERIC
from millwright.data.columns import MISSING_DATE
from millwright.data.enforce import Mismatch, converter
from millwright.data.locked import open_locked
from millwright.data.sql import identifier, literal
from millwright.errors import DataRefused, nearest
from millwright.predictions.tables import fetch_columns
from millwright.records.data import Contract, ContractColumn
from millwright.records.record import record

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    Array = NDArray[Any]

CHUNK = 100_000
FEW_CELLS = 10_000
"""Cells that are converted one by one: a database takes longer to plan a question than to answer it of so few."""
_GIVEN = ("feature", "time", "key")
_MISSING: dict[str, Any] = {**dict.fromkeys(NUMERIC, float("nan")), "date": MISSING_DATE}
_DTYPES: dict[str, Any] = {**dict.fromkeys(NUMERIC, np.float64), "date": np.int64}
_decode = msgspec.json.Decoder().decode


@record
class Asked:
    """The columns to read, and the query that reads them from a view `requests`: c0, c1, … and the requests that are odd.

    A request is odd where DuckDB would make a number of what the contract refuses, a text or a truth value: it is left
    to the converters, and comes along as text. The query may find too many odd, and never too few.
    """

    columns: tuple[ContractColumn, ...]
    zone: str
    query: str


def logged_columns(requests: Array, contract: Contract, names: Sequence[str] | None = None) -> dict[str, Array]:
    """The columns of logged requests as canonical cells (see data.columns), all that a request may hold by default.

    requests: n JSON objects as text (object array). A column that a request lacks is missing, and so is a value that is not
    of its kind: the contract may have changed since. Memory beyond the result is that of a chunk of requests.
    Raises DataRefused for a name that is not in the contract.
    """
    asked = ask(contract, names)
    if not asked.columns:
        return {}
    if len(requests) * len(asked.columns) <= FEW_CELLS and (cells := _few(requests, asked)) is not None:
        return dict(zip((column.name for column in asked.columns), cells, strict=True))
    with _reader().cursor() as connection:
        starts = range(0, max(len(requests), 1), CHUNK)
        pieces = [_piece(connection, requests[start : start + CHUNK], asked) for start in starts]
    return {column.name: np.concatenate([piece[at] for piece in pieces]) for at, column in enumerate(asked.columns)}


def _few(requests: Array, asked: Asked) -> list[Array] | None:
    """The canonical cells of each column, by the contract's own converters; None where a request holds a number that is none
    for us, which no line of our log does."""
    try:
        rows = [_decode(request) for request in requests]
    except msgspec.DecodeError:
        return None
    found = []
    for column in asked.columns:
        convert, missing = converter(column, asked.zone), _MISSING.get(column.kind)
        cells = np.empty(len(rows), dtype=_DTYPES.get(column.kind, object))
        cells[:] = [_converted(convert, missing, row.get(column.name)) for row in rows]
        found.append(cells)
    return found


@lru_cache(maxsize=1)
def _reader() -> duckdb.DuckDBPyConnection:
    """A locked DuckDB that reads no file. It is opened once, since that takes longer than reading a few thousand requests does;
    each reader has a connection of its own to it, with views of its own."""
    return open_locked([], threads=1)


os.register_at_fork(before=_reader.cache_clear)  # its threads would not be there in the child, which would wait for them


def ask(contract: Contract, names: Sequence[str] | None = None, beside: Sequence[str] = ()) -> Asked:
    """What to ask requests for these columns, all that a request may hold by default. Raises DataRefused for another name.

    beside: SQL of other columns of the view that come along.
    """
    known = {column.name: column for column in contract.columns}
    wanted = [column.name for column in contract.columns if column.role in _GIVEN] if names is None else list(names)
    for name in wanted:
        if name not in known:
            fix = nearest(name, known)
            raise DataRefused(f'there is no column "{name}"', where="the contract", fix=fix, code="data.columns")
    columns = tuple(known[name] for name in wanted)
    return Asked(columns=columns, zone=contract.zone, query=_query(columns, beside))


def _query(columns: Sequence[ContractColumn], beside: Sequence[str]) -> str:
    fields = {column.name: "DOUBLE" if column.kind in NUMERIC else "JSON" for column in columns}
    cells = ", ".join(f"{_cell(column)} as c{at}" for at, column in enumerate(columns))
    read = f"case when {_odd(columns)} then request end as odd, {structure_sql(fields)} as v"
    also = "".join(f", {name}" for name in beside)
    return f"select {cells}, odd{also} from (select {read}{also} from requests)"  # noqa: S608


def structure_sql(fields: dict[str, str]) -> str:
    """SQL for the values of a request, by name and type, with one parse."""
    return f"json_transform(request, {literal(msgspec.json.encode(fields).decode())})"


def _cell(column: ContractColumn) -> str:
    value = f"v.{identifier(column.name)}"
    return f"coalesce({value}, 'nan'::double)" if column.kind in NUMERIC else f"{value}::varchar"


def _odd(columns: Sequence[ContractColumn]) -> str:
    """SQL for whether a number may be given as a text or a truth value, or a name be spelled in another way than ours."""
    texts = _names_in(column for column in columns if column.kind in NUMERIC)
    truths = _names_in(column for column in columns if column.kind in ("number", "integer"))
    if not texts:
        return "false"
    pattern = f'{texts}\\s*:\\s*"' + (f"|{truths}\\s*:\\s*[tf]" if truths else "")
    spelled = r"contains(request, '\u') or contains(request, '\/')"
    return f"coalesce({spelled} or regexp_matches(request, {literal(pattern)}), false)"


def _names_in(columns: Iterable[ContractColumn]) -> str:
    spelled = [re.escape(msgspec.json.encode(column.name).decode()) for column in columns]
    return f"(?:{'|'.join(spelled)})" if spelled else ""


def _piece(connection: duckdb.DuckDBPyConnection, requests: Array, asked: Asked) -> list[Array]:
    return cells_of(read_requests(connection, requests, asked.query), asked)


def cells_of(found: Mapping[str, Array], asked: Asked) -> list[Array]:
    """The canonical cells of each column, from what the query found."""
    cells = [_cells(found[f"c{at}"], column, asked.zone) for at, column in enumerate(asked.columns)]
    _convert_odd(found["odd"], cells, asked)
    return cells


def read_requests(connection: duckdb.DuckDBPyConnection, requests: Array, query: str) -> dict[str, Array]:
    """The columns of a query over the view `requests` with the column `request`."""
    connection.register("given", {"request": requests})
    connection.execute("create or replace temp view requests as select request::varchar as request from given")
    found = fetch_columns(connection, query, {})
    connection.unregister("given")
    return found


def _cells(found: Array, column: ContractColumn, zone: str) -> Array:
    if column.kind not in NUMERIC:
        convert = partial(_convert, converter(column, zone), _MISSING.get(column.kind))
        return each_text(found, convert, _DTYPES.get(column.kind, object), _MISSING.get(column.kind))
    fits = np.isfinite(found)
    if column.kind == "integer":
        fits &= found == np.floor(found)
    if column.kind == "boolean":
        fits &= (found == 0.0) | (found == 1.0)
    return np.where(fits, found, np.nan)


def each_text(texts: Array, convert: Callable[[str], Any], dtype: Any, missing: Any) -> Array:
    """What `convert` makes of each text, `missing` for None; it is asked once for each distinct text."""
    told = texts.tolist()
    known = {text: missing if text is None else convert(text) for text in set(told)}
    cells = np.empty(len(told), dtype=dtype)
    cells[:] = [known[text] for text in told]
    return cells


def _convert(convert: Callable[[Any], Any], missing: Any, text: str) -> Any:
    try:
        return _converted(convert, missing, _decode(text))
    except msgspec.DecodeError:
        return missing


def _converted(convert: Callable[[Any], Any], missing: Any, value: Any) -> Any:
    try:
        return missing if value is None else convert(value)
    except Mismatch:
        return missing


def _convert_odd(odd: Array, cells: list[Array], asked: Asked) -> None:
    """Put into `cells` the numbers of the odd requests, row by row. odd: the request, or None where it is none."""
    numbers = [
        (place, column.name, converter(column, asked.zone))
        for place, column in zip(cells, asked.columns, strict=True)
        if column.kind in NUMERIC
    ]
    for at in np.flatnonzero(odd != np.array(None)).tolist():
        row = _row(odd[at])
        for place, name, convert in numbers:
            place[at] = _converted(convert, np.nan, row.get(name))


def _row(request: str) -> dict[str, Any]:
    try:
        row: dict[str, Any] = _decode(request)
    except msgspec.DecodeError:  # it holds a number that is none for us, so no line of our log has it
        return {}
    return row
