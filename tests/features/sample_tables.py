"""The real samples as canonical columns with a contract, read plainly and without the data room."""

from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from millwright.data.cells import parse_number_text
from millwright.data.columns import MISSING_DATE
from millwright.records.data import ColumnKind, Contract, ContractColumn

SAMPLES = Path(__file__).parents[1] / "data" / "samples"

TARGETS = {
    "adult.csv": "income",
    "adult.parquet": "income",
    "flights_joined_2013.parquet": "arr_late15",
    "bike_sharing.parquet": "cnt",
    "kddcup99.parquet": "label",
    "german_credit.parquet": "class",
    "ai4i2020.csv": "Machine failure",
    "employee_salaries.csv": "current_annual_salary",
    "bechdel_movies.csv": "binary",
}
"""Every sample and its target."""

_KINDS: dict[str, ColumnKind] = dict.fromkeys(("BIGINT", "INTEGER", "TINYINT"), "integer")
_KINDS |= {"FLOAT": "number", "DOUBLE": "number", "BOOLEAN": "boolean", "TIMESTAMP": "date"}


@cache
def table(name: str) -> tuple[dict[str, NDArray[Any]], Contract]:
    """The columns of a sample in canonical cells, and a contract whose features are all columns but the target."""
    path = SAMPLES / name
    found = duckdb.sql(f"select * from read_csv('{path}', all_varchar=true)" if name.endswith("csv") else f"from '{path}'")
    kinds = dict(zip(found.columns, map(str, found.types), strict=True))
    read = found.fetchnumpy()
    columns, described = {}, []
    for column in found.columns:
        kind, values = _canonical(kinds[column], read[column])
        columns[column] = values
        role = "target" if column == TARGETS[name] else "feature"
        described.append(ContractColumn(name=column, kind=kind, role=role))
    return columns, Contract(columns=tuple(described))


def _canonical(type_name: str, values: NDArray[Any]) -> tuple[ColumnKind, NDArray[Any]]:
    missing = np.ma.getmaskarray(values)
    bare = np.ma.getdata(values)
    kind = _KINDS.get(type_name)
    if kind is None:
        texts = np.array([None if gone else str(text) for gone, text in zip(missing, bare, strict=True)], object)
        return _text_kind(texts), texts
    if kind == "date":
        return kind, np.where(missing, MISSING_DATE, bare.astype("datetime64[us]").astype(np.int64))
    return kind, np.where(missing, np.nan, bare.astype(np.float64))


def _text_kind(texts: NDArray[Any]) -> ColumnKind:
    known = [text for text in texts if text is not None]
    numbers = sum(parse_number_text(text) is not None for text in known)
    if numbers > 0.9 * len(known):
        return "number_text"
    return "category" if len(set(known)) < len(known) / 2 else "text"
