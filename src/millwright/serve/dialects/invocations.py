"""MLflow's scoring protocol, which SageMaker's hosting asks in too: POST /invocations with JSON or CSV."""

import math
from typing import Any

import msgspec

from millwright.data.batch_cells import NUMERIC
from millwright.errors import MillwrightError
from millwright.serve.body import PredictBody, decode
from millwright.serve.dialects.columns import named
from millwright.serve.dialects.dialect import Dialect
from millwright.serve.dialects.sentences import sentence_of
from millwright.serve.explaining import wants_explanation
from millwright.serve.form import Form
from millwright.serve.http import CSV, JSON
from millwright.serve.predict import Answer
from millwright.serve.refusal import RequestRefused
from millwright.serve.slot import Slot
from millwright.serve.table import check_cells, read_table

_WAYS = "dataframe_split, dataframe_records, instances or inputs"


class Split(msgspec.Struct, omit_defaults=True):
    """A table as pandas writes it with orient="split"."""

    columns: list[str]
    data: list[list[Any]]
    index: Any = None


class InvocationsBody(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Rows in one of four ways. Of `params`, `explain` is read."""

    dataframe_split: Split | None = None
    dataframe_records: list[dict[str, Any]] | None = None
    instances: list[dict[str, Any] | list[Any]] | None = None
    inputs: dict[str, list[Any]] | list[dict[str, Any] | list[Any]] | None = None
    params: Any = None


def _read(raw: bytes, form: Form, slot: Slot) -> tuple[PredictBody, None]:
    return (_of_csv(raw, slot) if form.media == CSV else _of_json(raw, slot)), None


def _of_json(raw: bytes, slot: Slot) -> PredictBody:
    body = decode(InvocationsBody, raw, example='{"dataframe_records": [{"column": 1}]}')
    rows = _of_body(body, slot)
    rows.explain = wants_explanation(body.params)
    return rows


def _of_body(body: InvocationsBody, slot: Slot) -> PredictBody:
    ways = (body.dataframe_split, body.dataframe_records, body.instances, body.inputs)
    given = [way for way in ways if way is not None]
    if len(given) != 1:
        raise RequestRefused(422, f"give exactly one of {_WAYS}", code="body.shape", where="body")
    rows = given[0]
    if isinstance(rows, Split):
        return PredictBody(rows=[_row(rows.columns, values, number) for number, values in enumerate(rows.data, 1)])
    if isinstance(rows, dict):
        return PredictBody(columns=rows)
    return PredictBody(rows=[row if isinstance(row, dict) else named(slot, row, number) for number, row in enumerate(rows, 1)])


def _row(names: list[str], values: list[Any], number: int) -> dict[str, Any]:
    check_cells(len(values), len(names), number)
    return dict(zip(names, values, strict=True))


def _of_csv(raw: bytes, slot: Slot) -> PredictBody:
    """Rows of a CSV with a header; an empty cell is no value. What the contract holds to be a number is read as one."""
    names, rows = read_table(raw)
    numeric = {column.name for column in slot.scorer.contract.columns if column.kind in NUMERIC}
    readers = [(name, _number if name in numeric else str) for name in names]
    return PredictBody(
        rows=[{name: read(cell) if cell else None for (name, read), cell in zip(readers, cells, strict=True)} for cells in rows]
    )


def _number(cell: str) -> Any:
    """A number or a truth value; a text that is neither stays, for the contract to refuse by name."""
    try:
        number = int(cell) if cell.strip().lstrip("+-").isdigit() else float(cell)
    except ValueError:
        return {"true": True, "false": False}.get(cell.strip().lower(), cell)
    return number if math.isfinite(number) else cell


def _write(answer: Answer, _slot: Slot, _besides: Any) -> dict[str, Any]:
    return {"predictions": answer.given}


def _refuse(error: MillwrightError, request_id: str) -> dict[str, str]:
    code = "BAD_REQUEST" if error.status < 500 else "INTERNAL_ERROR" if error.status == 500 else "TEMPORARILY_UNAVAILABLE"
    return {"error_code": code, "message": sentence_of(error, request_id)}


INVOCATIONS = Dialect(read=_read, write=_write, refuse=_refuse, media=frozenset({JSON, CSV}))
