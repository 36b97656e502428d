"""A table sent as CSV: a header, then a row a line."""

import csv
import io

from millwright.serve.refusal import RequestRefused


def read_table(raw: bytes) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV in UTF-8, empty lines left out; the header is empty where there is none.

    Raises RequestRefused where it is no CSV, a column comes twice, or a row has more or fewer cells than the header.
    """
    try:
        lines = [line for line in csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True) if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestRefused(400, f"the body is no CSV: {error}", code="body.csv", where="body") from error
    header, *rows = lines or [[]]
    if len(set(header)) < len(header):
        raise RequestRefused(400, "a column comes twice in the header", code="body.repeated_key", where="line 1")
    for number, cells in enumerate(rows, 1):
        check_cells(len(cells), len(header), number)
    return header, rows


def check_cells(cells: int, columns: int, number: int) -> None:
    """Raise RequestRefused where row `number` has not one cell for each column."""
    if cells != columns:
        what = f"{cells} cells for {columns} columns"
        raise RequestRefused(422, what, code="body.ragged", where=f"row {number}", fix="one for each")
