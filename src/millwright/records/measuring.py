"""By what a payload answers: the evaluators that can, how fast each was, and which one was chosen."""

from collections.abc import Sequence
from typing import Literal

from millwright.records.record import record

_SPOKEN = {
    "onnx": "ONNX Runtime",
    "bits": "trees as bits",
    "ensemble-bits": "ensemble, trees as bits",
    "imported": "ONNX Runtime, the imported graph",
}


@record
class BatchRate:
    """Rows a second of batches of so many rows."""

    rows: int
    per_second: float


@record
class MeasuredEvaluator:
    """An evaluator that could answer for a payload, measured on real rows on the machine that packed it.

    equal: whether it gives the raw scores of the family's own evaluator, to the bit, on every row it was asked with; the
    chosen one was asked with all sealed rows. row_microseconds: the median of one row; None where it was not measured.
    why_not: why it was not chosen.
    """

    name: str
    equal: bool
    chosen: bool
    row_microseconds: float | None = None
    batches: tuple[BatchRate, ...] = ()
    why_not: str = ""


@record
class EvaluatorChoice:
    """The one evaluator of a payload. stands_for: the family's own, where it is another one, whose bits it gives.

    files: the model files that it needs beside the family's, by name, as digests of blobs.
    """

    schema: Literal["millwright.evaluator/1"] = "millwright.evaluator/1"
    evaluator: str
    stands_for: str | None = None
    files: dict[str, str]
    measured: tuple[MeasuredEvaluator, ...]


def say_evaluators(measured: Sequence[MeasuredEvaluator]) -> str:
    """One line: answers with lightgbm: 21 µs a row (ONNX Runtime 34 µs, same bits). Empty where nothing was measured."""
    chosen = next((one for one in measured if one.chosen), None)
    if chosen is None:
        return ""
    others = [_beside(one) for one in measured if not one.chosen and (one.equal or one.row_microseconds is not None)]
    beside = f" ({'; '.join(others)})" if others else ""
    return f"answers with {spoken_evaluator(chosen.name)}: {_time(chosen)} a row{beside}"


def say_chosen(measured: Sequence[MeasuredEvaluator]) -> str:
    """The chosen one, briefly: lightgbm, 21 µs a row. Empty where nothing was measured."""
    return next((f"{spoken_evaluator(one.name)}, {_time(one)} a row" for one in measured if one.chosen), "")


def spoken_evaluator(name: str) -> str:
    """An evaluator's name as people say it."""
    return _SPOKEN.get(name, name)


def _beside(one: MeasuredEvaluator) -> str:
    return f"{spoken_evaluator(one.name)} {_time(one)}, {'same bits' if one.equal else 'other bits'}"


def _time(one: MeasuredEvaluator) -> str:
    if one.row_microseconds is None:
        return "not measured"
    return f"{one.row_microseconds:,.0f} µs" if one.row_microseconds >= 10 else f"{one.row_microseconds:.2g} µs"
