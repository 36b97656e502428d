"""From what a caller has to the JSON that is sent: rows as mappings or a data frame, values as Python knows them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from millwright.errors import DataRefused

Row = Mapping[str, Any]


def rows_of(given: Any) -> Sequence[Row]:
    """The rows of a list of mappings, or of a data frame of pandas or polars. Raises DataRefused."""
    if isinstance(given, Mapping):
        raise _refused("a list of rows is expected, got one", "rows", "ask with predict_one(row), or predict([row])")
    if hasattr(given, "to_dicts"):
        given = given.to_dicts()
    elif hasattr(given, "to_dict"):
        given = given.to_dict(orient="records")
    rows = list(given)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise _refused(f"a mapping is expected, got {type(row).__name__}", f"row {number}", 'give {"column": value}')
    return rows


def one_each(name: str, values: Sequence[Any] | None, size: int) -> Sequence[Any] | None:
    """As many values as rows, or none at all. Raises DataRefused."""
    if values is None:
        return None
    values = list(values)
    if len(values) != size:
        raise _refused(f"{len(values)} entries for {size} rows", name, "give one for each row")
    return values


def encoded(body: Mapping[str, Any], rows: Sequence[Row], first: int) -> bytes:
    """The JSON of a body that holds `rows`, the first of which is number `first`. Raises DataRefused, naming row and column.

    A missing value is null: None, NaN, and pandas' NaT and NA. Dates and times are ISO 8601, numpy's numbers are numbers.
    """
    try:
        return _encode(body)
    except (TypeError, ValueError, OverflowError, RecursionError, UnicodeEncodeError) as error:
        where, why = _first_that_cannot(rows, first) or ("the request", str(error))
        raise _refused(f"this cannot be sent: {why}", where, "give texts, numbers, truth values, dates or None") from error


def _first_that_cannot(rows: Sequence[Row], first: int) -> tuple[str, str] | None:
    for number, row in enumerate(rows, first):
        for name, value in row.items():
            try:
                _encode({name: value})
            except (TypeError, ValueError, OverflowError, RecursionError, UnicodeEncodeError) as error:
                return f"row {number}, column '{name}'", str(error)
    return None


def _as_json(value: Any) -> Any:
    """A value that JSON does not know: pandas' missing values and times, and what numpy wraps."""
    kind = type(value).__name__
    if kind in ("NaTType", "NAType"):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"a {kind}")


def _refused(what: str, where: str, fix: str) -> DataRefused:
    return DataRefused(what, where=where, fix=fix, code="client.rows")


_encode = msgspec.json.Encoder(enc_hook=_as_json, decimal_format="number").encode
