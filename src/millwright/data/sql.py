"""Names and texts inside SQL: quoted here and nowhere else."""

from collections.abc import Sequence
from pathlib import Path


def identifier(name: str) -> str:
    """A column name, quoted, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text, quoted."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Sequence[str]) -> str:
    """Texts, quoted, with commas between; NULL for none, so that `in (…)` stays valid."""
    return ", ".join(map(literal, texts)) or "NULL"


def parquet(paths: Sequence[Path]) -> str:
    """The table function that reads Parquet files in the order given."""
    names = ", ".join(literal(str(path.absolute())) for path in paths)
    return f"read_parquet([{names}], hive_partitioning = false)"


def parquet_rows(path: Path, rows: tuple[int, int] | None) -> str:
    """SQL for a Parquet file, or for its rows start:stop without reading the row groups before them."""
    if rows is None:
        return parquet([path])
    scan = f"read_parquet({literal(str(path.absolute()))}, hive_partitioning = false, file_row_number = true)"
    return f"{scan} where file_row_number >= {rows[0]} and file_row_number < {rows[1]}"
