"""One row to its feature vector, in microseconds: compiled once from the plan, standard library only.

Equal to the batch encoder to the bit: numbers are copied, dates go through the same integer arithmetic, and every text goes
through the same function.
"""

from array import array
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from millwright.errors import ContractBroken
from millwright.features.calendar import circle, moment_parts
from millwright.features.made_row import is_made, makers
from millwright.features.sparse import is_sparse, sparse_function
from millwright.features.text import has_level_table, level_table, text_function
from millwright.records.modelling import Encoder, FeaturePlan

if TYPE_CHECKING:
    from millwright.data.columns import Row

Step = Callable[["Row", "array[float]"], None]


class RowEncoder:
    """Encodes rows of canonical cells. takes: whether an encoder is used, where given; features of others stay missing."""

    def __init__(self, plan: FeaturePlan, takes: Callable[[Encoder], bool] | None = None) -> None:
        used = tuple((at, e) for at, e in placed(plan) if not is_made(e) and (takes is None or takes(e)))
        self._missing = array("d", [float("nan")]) * len(plan.features)
        self._steps = tuple(_steps(used, plan.salt))
        self._made = makers(plan, takes)

    def encode(self, row: "Row") -> "array[float]":
        """The features of a row as array('d'), NaN for missing. Raises ContractBroken where a column is not in the row."""
        vector = self._missing[:]
        try:
            self.add(row, vector)
        except KeyError as error:
            raise ContractBroken("the column is missing", column=str(error.args[0])) from error
        return vector

    def add(self, row: "Row", vector: "array[float]") -> None:
        """Put the features of a row into `vector`. Raises KeyError where a column is not in the row."""
        for step in self._steps:
            step(row, vector)
        for make in self._made:
            make(vector)


Placed = tuple[tuple[int, Encoder], ...]


def placed(plan: FeaturePlan) -> Iterator[tuple[int, Encoder]]:
    """Each encoder with the position of its first feature."""
    at = 0
    for encoder in plan.encoders:
        yield at, encoder
        at += len(encoder.outputs)


def _steps(placed: Placed, salt: str) -> Iterator[Step]:
    """One step a kind of column, not a column: a call costs as much as a look-up."""
    by_kind: dict[str, list[tuple[int, Encoder]]] = {}
    for at, encoder in placed:
        by_kind.setdefault(_way(encoder), []).append((at, encoder))
    for way, found in by_kind.items():
        yield _WAYS[way](tuple(found), salt)


def _way(encoder: Encoder) -> str:
    if encoder.kind in ("number", "boolean"):
        return "number"
    if encoder.kind in ("date", "cycle"):
        return encoder.kind
    if is_sparse(encoder):
        return "sparse"
    return "level" if has_level_table(encoder) else "text"


def _numbers(placed: Placed, _: str) -> Step:
    columns = tuple((at, encoder.column) for at, encoder in placed)

    def step(row: "Row", vector: "array[float]") -> None:
        for at, column in columns:
            number: Any = row[column]
            if number is not None and number - number == 0.0:  # infinite is missing, as in a batch
                vector[at] = number

    return step


def _levels(placed: Placed, _: str) -> Step:
    tables = [(at, encoder.column, *level_table(encoder)) for at, encoder in placed]
    columns = tuple((at, column, table.get, unlisted) for at, column, table, unlisted in tables)

    def step(row: "Row", vector: "array[float]") -> None:
        for at, column, value_of, unlisted in columns:
            level: Any = row[column]
            if level is not None:
                vector[at] = value_of(level, unlisted)

    return step


def _texts(placed: Placed, salt: str) -> Step:
    columns = tuple((at, encoder.column, text_function(encoder, salt)) for at, encoder in placed)

    def step(row: "Row", vector: "array[float]") -> None:
        for at, column, function in columns:
            text: Any = row[column]
            if text is not None:
                for offset, value in enumerate(function(text), at):
                    vector[offset] = value

    return step


def _sparse(placed: Placed, _: str) -> Step:
    columns = tuple(
        (at, at + len(encoder.outputs), encoder.column, array("d", bytes(8 * len(encoder.outputs))), sparse_function(encoder))
        for at, encoder in placed
    )

    def step(row: "Row", vector: "array[float]") -> None:
        for at, end, column, absent, function in columns:
            text: Any = row[column]
            if text is not None:
                vector[at:end] = absent
                for offset, value in function(text):
                    vector[at + offset] = value

    return step


def _dates(placed: Placed, _: str) -> Step:
    columns = tuple((at, encoder.column, encoder.parts) for at, encoder in placed)

    def step(row: "Row", vector: "array[float]") -> None:
        for at, column, parts in columns:
            moment: Any = row[column]
            if moment is not None:
                for offset, part in enumerate(moment_parts(moment, parts), at):
                    vector[offset] = part

    return step


def _cycles(placed: Placed, _: str) -> Step:
    columns = tuple((at, e.column, e.parts, tuple(map(circle, e.parts))) for at, e in placed)

    def step(row: "Row", vector: "array[float]") -> None:
        for at, column, parts, circles in columns:
            moment: Any = row[column]
            if moment is not None:
                for offset, (circle_, part) in enumerate(zip(circles, moment_parts(moment, parts), strict=True)):
                    vector[at + 2 * offset], vector[at + 2 * offset + 1] = circle_[part]

    return step


_WAYS: dict[str, Callable[[Placed, str], Step]] = {
    "number": _numbers,
    "level": _levels,
    "text": _texts,
    "sparse": _sparse,
    "date": _dates,
    "cycle": _cycles,
}
