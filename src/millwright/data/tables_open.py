"""Opening a file of either format as a table."""

import tempfile
from pathlib import Path

from millwright.data.csv import CsvOptions, open_csv
from millwright.data.source import format_of
from millwright.data.tables import Table, open_parquet


def open_table(path: Path, label: str, options: CsvOptions, folder: Path) -> Table:
    """A CSV or Parquet file as a table; `label` stands for it in messages. CSV is worked on in `folder`. Raises DataRefused."""
    if format_of(path) == "parquet":
        return open_parquet(path, label)
    return open_csv(path, label, options, Path(tempfile.mkdtemp(dir=folder)))
