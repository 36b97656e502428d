"""Golden rows: a few requests and the outputs they must have, to the bit, wherever the payload is loaded.

The rows are nobody's: each column is drawn on its own, so that no golden row repeats a row of the data, and columns tagged
as personal are emptied or hashed.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

from millwright.data.cells import hashed
from millwright.data.columns import Cell, Columns, row_at, rows_in, take
from millwright.errors import ContractBroken, PackageRefused
from millwright.records.data import Contract, ContractColumn
from millwright.records.record import record

if TYPE_CHECKING:
    from millwright.models.scorer import Scorer

ROWS = 64
"""Enough that the batch path of the scorer is taken as well."""

_EPOCH = datetime(1970, 1, 1)
"""Without a zone: canonical cells are wall clock."""
_PLAIN = {"boolean": False, "number": 0.0, "integer": 0, "number_text": "0", "date": "1970-01-01T00:00:00"}


@record
class Golden:
    """Requests (rows as a client would send them) and the calibrated outputs of the payload.

    intervals: low and high of each answer; none where answers have none, or were packed before they were kept here.
    """

    schema: Literal["millwright.golden/1"] = "millwright.golden/1"
    rows: tuple[dict[str, Any], ...]
    outputs: tuple[tuple[float, ...], ...]
    intervals: tuple[tuple[float, float], ...] = ()


def make_golden(columns: Columns, scorer: "Scorer", *, seed: int, rows: int = ROWS) -> Golden:
    """`rows` requests whose columns are drawn each on its own from `columns` (canonical cells), and their outputs.

    One more request has every column empty that may be. Requests that the contract refuses, or whose output is not
    finite, are left out. Raises PackageRefused where none is left.
    """
    kept = [pair for request in _requests(columns, scorer.contract, seed, rows) if (pair := _scored(scorer, request))]
    if not kept:
        raise PackageRefused("no row of the data meets the contract, so nothing proves the payload", code="package.golden")
    requests = tuple(row for row, _ in kept)
    answers = [answer for answer, _flags in scorer.answer_rows(requests)]
    return Golden(rows=requests, outputs=tuple(output for _, output in kept), intervals=_intervals(answers))


def check_golden(scorer: "Scorer", golden: Golden) -> None:
    """Raise PackageRefused unless every golden row has its output to the bit, row by row and as a batch."""
    if not golden.rows or len(golden.rows) != len(golden.outputs):
        raise PackageRefused("there are no golden rows, or not as many outputs", code="package.golden")
    single = [_checked(scorer, row, number, output) for number, (row, output) in enumerate(_pairs(golden), 1)]
    many = [answer for answer, _flags in scorer.answer_rows(golden.rows)]
    for number, (alone, together) in enumerate(zip(single, many, strict=True), 1):
        if alone != together:
            raise _differs(number, together, alone)
    _check_intervals(_intervals(many), golden.intervals)


def _intervals(answers: Sequence[dict[str, Any]]) -> tuple[tuple[float, float], ...]:
    return tuple((answer["low"], answer["high"]) for answer in answers if "low" in answer)


def _check_intervals(got: tuple[tuple[float, float], ...], expected: tuple[tuple[float, float], ...]) -> None:
    for number, (here, there) in enumerate(zip(got, expected, strict=False), 1):
        if here != there:
            raise _differs(number, here, there)
    if expected and len(got) != len(expected):
        raise PackageRefused("the golden rows have more intervals, or fewer, than the payload gives", code="package.golden")


def _pairs(golden: Golden) -> Iterator[tuple[dict[str, Any], tuple[float, ...]]]:
    return zip(golden.rows, golden.outputs, strict=True)


def _checked(scorer: "Scorer", row: dict[str, Any], number: int, expected: tuple[float, ...]) -> dict[str, Any]:
    try:
        cells, _flags = scorer.check(row, number)
    except ContractBroken as error:
        raise PackageRefused(f"golden row {number} breaks the contract: {error}", code="package.golden") from error
    output = scorer.row(cells)
    if tuple(output) != expected:
        raise _differs(number, output, expected)
    return scorer.answer(cells)


def _differs(number: int, got: object, expected: object) -> PackageRefused:
    fix = "this machine computes other answers than the one that packed the model; train here"
    return PackageRefused(f"golden row {number} gives {got}, not {expected}", fix=fix, code="package.golden")


def _requests(columns: Columns, contract: Contract, seed: int, rows: int) -> Iterator[dict[str, Any]]:
    used = [column for column in contract.columns if column.role in ("feature", "time")]
    drawn = _drawn({column.name: columns[column.name] for column in used}, seed, rows)
    for i in range(rows_in(drawn)):
        cells = row_at(drawn, i)
        yield {column.name: _shown(column, cells[column.name]) for column in used}
    yield {column.name: _shown(column, None) for column in used}


def _drawn(columns: Columns, seed: int, rows: int) -> Columns:
    import numpy as np

    have = rows_in(columns)
    drawn = {}
    for place, (name, values) in enumerate(columns.items()):
        index = np.random.default_rng([seed, place]).integers(0, have, rows if have else 0)
        drawn[name] = take({name: values}, index)[name]
    return drawn


def _scored(scorer: "Scorer", request: dict[str, Any]) -> tuple[dict[str, Any], tuple[float, ...]] | None:
    try:
        cells, _flags = scorer.check(request, 1)
        output = tuple(scorer.row(cells))
    except ContractBroken:
        return None  # a column that may not be empty, an odd value that only a batch lets pass, or no answer
    return (request, output) if _is_finite(output) else None


def _is_finite(output: Sequence[float]) -> bool:
    return all(map(isfinite, output))


def _shown(column: ContractColumn, cell: Cell) -> Any:
    """A cell as a client sends it, without what is personal."""
    if column.pii:
        return None if column.nullable else _hidden(column, cell)
    return json_value(column, cell)


def _hidden(column: ContractColumn, cell: Cell) -> Any:
    if column.kind in _PLAIN:
        return _PLAIN[column.kind]
    return hashed(str(cell))


def json_value(column: ContractColumn, cell: Cell) -> Any:
    """The JSON value that becomes this canonical cell; None where there is none (missing, infinite, no such date)."""
    if cell is None or isinstance(cell, str):
        return cell
    if not isfinite(cell):
        return None
    if column.kind == "date":
        return _iso(int(cell))
    if column.kind == "boolean":
        return bool(cell)
    return int(cell) if column.kind == "integer" and float(cell).is_integer() else cell


def _iso(micros: int) -> str | None:
    try:
        return (_EPOCH + timedelta(microseconds=micros)).isoformat()
    except OverflowError:
        return None
