"""What a model takes and gives, in the words of the Open Inference Protocol."""

from collections.abc import Iterator
from typing import Any

from millwright.data.batch_cells import NUMERIC
from millwright.records.data import ContractColumn
from millwright.records.spec import SEVERAL
from millwright.serve.dialects.columns import asked_columns
from millwright.serve.slot import Slot

ANSWERED = (
    ("probability", "FP64"), ("decision", "BOOL"), ("label", "BYTES"), ("value", "FP64"), ("low", "FP64"), ("high", "FP64"),
    ("expected_cost", "FP64"), ("expected_rank", "FP64"),
)  # fmt: skip
"""The outputs of one value a row, in their order, each where the kind of task has it."""
_BY_KIND = {"number": "FP64", "integer": "INT64", "boolean": "BOOL"}


def metadata_of(slot: Slot) -> dict[str, Any]:
    """What a model takes and gives; -1 stands for the number of rows. keys: columns beside its inputs by which a client may
    name a row, so that it can write them as they are checked."""
    asked = set(asked_columns(slot))
    return {
        "name": slot.project,
        "versions": [f"v{slot.version}"],
        "platform": "millwright_package",
        "inputs": [_input(column) for column in slot.scorer.contract.columns if column.name in asked],
        "keys": [_input(column) for column in slot.scorer.contract.columns if column.role == "key"],
        "outputs": [{"name": name, "datatype": kind, "shape": shape} for name, kind, shape in _given(slot)],
    }


def _input(column: ContractColumn) -> dict[str, Any]:
    datatype = _BY_KIND[column.kind] if column.kind in NUMERIC else "BYTES"
    return {"name": column.name, "datatype": datatype, "shape": [-1]}


def _given(slot: Slot) -> Iterator[tuple[str, str, list[int]]]:
    info = slot.scorer.info
    yield "prediction_id", "BYTES", [-1]
    if info.task in SEVERAL:
        yield "label", "BYTES", [-1]
        yield "probabilities", "FP64", [-1, len(info.classes)]
        if info.costs:
            yield "expected_cost", "FP64", [-1]
        if info.task == "ordinal":
            yield "expected_rank", "FP64", [-1]
    value = ("value", *(("low", "high") if info.interval or info.interval_bands else ()))
    names = {"binary": ("probability", "decision", "label"), "regression": value, "count": value}
    for name, datatype in ANSWERED:
        if name in names.get(info.task, ()):
            yield name, datatype, [-1]
    if info.quantiles is not None:
        yield "quantiles", "FP64", [-1, len(info.quantiles.levels)]
    yield "flags", "BYTES", [-1]
