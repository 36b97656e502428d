"""The contract, enforced on one row at a time: from the values of a JSON object to canonical cells.

A server imports this module: it needs neither numpy nor DuckDB.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from millwright.data.cells import hashed, parse_number_text, text_of_number, text_of_truth
from millwright.data.dates import in_words, parser, zone_of
from millwright.errors import ContractBroken, nearest
from millwright.records.data import Contract, ContractColumn

Cell = float | str | int | None
Row = dict[str, Cell]
Convert = Callable[[Any], Cell]
Flag = Callable[[Any], str]

_LONG = 10**40
_WORDS: dict[type, str] = {
    bool: "the boolean",
    int: "the number",
    float: "the number",
    str: "the text",
    list: "a list",
    dict: "an object",
}
_NEEDED = ("feature",)
_KEPT_IF_GIVEN = ("time", "key")


class RowContract:
    """A contract compiled for single rows; `check` takes microseconds."""

    def __init__(self, contract: Contract) -> None:
        self._names = frozenset(column.name for column in contract.columns)
        self._refuse_extra = contract.extra_columns == "refuse"
        self._needed = [compile_column(column, contract.zone) for column in contract.columns if column.role in _NEEDED]
        self._given = [compile_column(column, contract.zone) for column in contract.columns if column.role in _KEPT_IF_GIVEN]

    def check(self, row: Mapping[str, Any], number: int) -> tuple[Row, tuple[str, ...]]:
        """The canonical cells of the feature columns, and of time and key columns where given; with flags.

        row: values as JSON gives them. number: which row of the request it is, for messages. A flag such as
        "unseen:dest", "range:age" or "unparsed:price" marks a value that is allowed but unlike the training data.
        Raises ContractBroken for a missing column, a null where none is allowed, a value of the wrong type, a number that
        is not finite, and (where the contract says so) a column that it does not know.
        """
        cells: Row = {}
        flags: list[str] = []
        for column in self._needed:
            if column.name not in row:
                raise self._missing(column.name, row, number)
            column.take(row[column.name], number, cells, flags)
        for column in self._given:
            if column.name in row:
                column.take(row[column.name], number, cells, flags)
        if self._refuse_extra:
            self._check_extra(row, number)
        return cells, tuple(flags)

    def _missing(self, name: str, row: Mapping[str, Any], number: int) -> ContractBroken:
        fix = nearest(name, [given for given in row if given not in self._names]).replace("did you mean", "given was")
        fix = fix or "send it, or null if it has no value"
        others = [column.name for column in self._needed if column.name not in row and column.name != name]
        also = f", and so are {', '.join(others)}" if others else ""
        return ContractBroken(f"the column is missing{also}", column=name, row=number, fix=fix, code="contract.missing_column")

    def _check_extra(self, row: Mapping[str, Any], number: int) -> None:
        for name in row:
            if name not in self._names:
                fix = nearest(name, self._names) or "leave it out"
                raise ContractBroken("the column is not known", column=name, row=number, fix=fix, code="contract.extra_column")


class Mismatch(Exception):
    """A value is not of the column's kind; the text says what is expected."""


class CompiledColumn:
    """One column, compiled."""

    __slots__ = ("_convert", "_flag", "_nullable", "_shown", "name")

    def __init__(self, name: str, convert: Convert, flag: Flag | None, *, nullable: bool, shown: bool) -> None:
        self.name, self._convert, self._flag, self._nullable, self._shown = name, convert, flag, nullable, shown

    def take(self, value: Any, number: int, cells: Row, flags: list[str]) -> None:
        """Put the cell into `cells`, and its flag, if it gets one, into `flags`."""
        if value is None:
            if not self._nullable:
                fix = "send a value, or allow null in the contract"
                raise ContractBroken("null is not allowed", column=self.name, row=number, fix=fix, code="contract.null")
            cells[self.name] = None
            return
        try:
            cell = cells[self.name] = self._convert(value)
        except Mismatch as mismatch:
            raise self._wrong(value, number, str(mismatch)) from None
        if self._flag is not None and (word := self._flag(cell)):
            flags.append(f"{word}:{self.name}")

    def _wrong(self, value: Any, number: int, expected: str) -> ContractBroken:
        got = f"{_word(value)} {_short(value)}" if self._shown else _word(value)
        return ContractBroken(f"{expected} is expected, got {got}", column=self.name, row=number, code="contract.type")


def compile_column(column: ContractColumn, zone: str) -> CompiledColumn:
    """What checks and converts the values of one column."""
    convert, flag = converter(column, zone), flagger(column)
    return CompiledColumn(column.name, convert, flag, nullable=column.nullable, shown=not column.pii)


def converter(column: ContractColumn, zone: str) -> Convert:
    """A function from a JSON value (not null) to the canonical cell of a column. It raises Mismatch."""
    if column.kind == "date":
        return _to_date(column, zone)
    kinds: dict[str, Convert] = {"number": _to_number, "integer": _to_integer, "boolean": _to_truth}
    return kinds.get(column.kind, _to_number_text if column.kind == "number_text" else _to_text)


def flagger(column: ContractColumn) -> Flag | None:
    """A function from a cell to the word of its flag ("" for none); None where a column gets no flags: a key is a name, of
    which one that is new says nothing, and numbers that count on leave any range."""
    if column.role == "key":
        return None
    if column.kind == "number_text":
        return lambda cell: "unparsed" if parse_number_text(cell) is None else ""
    if column.kind == "category" and column.levels is not None:
        known = frozenset(column.levels)
        if column.pii:
            return lambda cell: "" if hashed(cell) in known else "unseen"
        return lambda cell: "" if cell in known else "unseen"
    if column.kind in ("number", "integer") and (column.minimum, column.maximum) != (None, None):
        low = -math.inf if column.minimum is None else column.minimum
        high = math.inf if column.maximum is None else column.maximum
        return lambda cell: "" if low <= cell <= high else "range"
    return None


def _to_number(value: Any) -> float:
    if value.__class__ is not float and value.__class__ is not int:
        raise Mismatch("a number")
    return _finite(value)


def _to_integer(value: Any) -> float:
    number = _to_number(value)
    if not number.is_integer():
        raise Mismatch("a whole number")
    return number


def _finite(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        raise Mismatch("a finite number") from None
    if number - number != 0.0:
        raise Mismatch("a finite number")
    return number


def _to_truth(value: Any) -> float:
    if value.__class__ not in (bool, int, float) or value not in (0, 1):
        raise Mismatch("true or false")
    return float(value)


def _to_text(value: Any) -> str:
    if value.__class__ is str:
        return _encodable(value)
    if value.__class__ is bool:
        return text_of_truth(value)
    if value.__class__ is int:
        return _digits(value)
    if value.__class__ is float and value.is_integer():
        return text_of_number(value)
    raise Mismatch("text")


def _to_number_text(value: Any) -> str:
    if value.__class__ is str:
        return _encodable(value)
    if value.__class__ is int:
        return _digits(value)
    if value.__class__ is float:
        return text_of_number(_finite(value))
    raise Mismatch("a number or its text")


def _digits(value: int) -> str:
    if not -(1 << 63) <= value < 1 << 63:
        raise Mismatch("text")
    return str(value)


def _encodable(text: str) -> str:
    """Half of a surrogate pair is valid JSON and no text: it could be neither hashed nor logged."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Mismatch("well-formed Unicode") from None
    return text


def _to_date(column: ContractColumn, zone: str) -> Convert:
    written = column.date_format
    parse = parser(written, zone_of(zone))
    expected = "a date such as 2013-01-31T10:00:00" + (f" or {in_words(written)}" if written else "")

    def convert(value: Any) -> int:
        moment = parse(value)
        if moment is None:
            raise Mismatch(expected)
        return moment

    return convert


def _word(value: Any) -> str:
    return _WORDS.get(type(value), type(value).__name__)


def _short(value: Any) -> str:
    if value.__class__ in (list, dict):
        return ""
    if value.__class__ is int and abs(value) >= _LONG:
        return "with more than 40 digits"
    shown = "true" if value is True else "false" if value is False else ascii(value)
    return shown if len(shown) <= 40 else shown[:39] + "…"
