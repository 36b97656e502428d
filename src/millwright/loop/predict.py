"""Answer the rows of a file, in order, in batches: memory does not grow with the file."""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, rows_in
from millwright.data.enforce_columns import check_columns
from millwright.data.read import read_file
from millwright.errors import Conflict, ContractBroken, DataRefused, NotFound
from millwright.loop.beside_answers import Beside
from millwright.loop.opened import chosen_version, open_version
from millwright.loop.outcomes import PredictReport
from millwright.loop.workshop import Workshop
from millwright.models.scorer import Scorer
from millwright.models.support import OUT_OF_SUPPORT
from millwright.stores.durable import fsync_folder, make_folder, unavailable
from millwright.tasks.registry import task

Array = NDArray[Any]

FORMATS = {".csv": "format csv, header", ".parquet": "format parquet, compression zstd"}
RUNS_IN_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r")


def predict_file(
    shop: Workshop, source: Path, output: Path, *, version: str | None = None, force: bool = False, explain: bool = False
) -> PredictReport:
    """Write the answers to `source` into `output` (.csv or .parquet), whole or not at all.

    explain: with what each column added, which takes a millisecond a row or more where the model has many trees.
    Raises NotFound: no input. DataRefused: unreadable input, rows that break the contract, a model that cannot explain.
    Conflict: the output is there and `force` is not given.
    """
    began = time.perf_counter()
    if not source.is_file():
        raise NotFound("there is no such file", where=str(source), fix="check --input", code="input.missing")
    _refuse_output(output, force)
    chosen = chosen_version(shop, version)
    payload = open_version(shop, chosen)
    flags: Counter[str] = Counter()
    rows = _write(_answered(shop, Beside.of(payload, explain=explain), source, flags), output)
    return PredictReport(
        rows=rows,
        version=chosen.name,
        payload_digest=payload.payload_digest,
        output=str(output),
        seconds=time.perf_counter() - began,
        flags=tuple(pair for pair in flags.most_common() if pair[1]),
    )


def _refuse_output(output: Path, force: bool) -> None:
    if output.suffix not in FORMATS:
        fix = "name a .csv or a .parquet file"
        raise DataRefused(f"answers cannot be written as '{output.suffix}'", where=str(output), fix=fix, code="output.format")
    if output.exists() and not force:
        raise Conflict(
            "the output is there already", where=str(output), fix="use --force to overwrite it", code="output.exists"
        )


def _answered(shop: Workshop, beside: Beside, source: Path, flags: Counter[str]) -> Iterator[dict[str, Array]]:
    """Batches of answers: the row's number, the key columns, the answer's columns, and what is said beside them."""
    payload = beside.payload
    kind = task(payload.info.task)
    done = 0
    data = shop.spec.data
    contract = payload.scorer.contract
    kinds = {column.name: column.kind for column in contract.columns}
    for columns in read_file(source, contract, missing=data.missing, delimiter=data.delimiter, encoding=data.encoding):
        report = check_columns(columns, contract)
        report.refuse_broken(source, first_row=done + 1)
        more = beside.columns(columns, report)
        flags.update({**report.flags, OUT_OF_SUPPORT: int(more[OUT_OF_SUPPORT].sum())})
        count = rows_in(columns)
        numbers = np.arange(done + 1, done + count + 1)
        keys = {name: _as_written(columns[name], kinds[name]) for name in data.key if name in columns}
        yield {"row": numbers, **keys, **kind.answers(_scored(payload.scorer, columns, done), payload.info), **more}
        done += count


def _scored(scorer: Scorer, columns: Columns, done: int) -> Array:
    """The outputs of a batch. Raises ContractBroken where the model has no answer to a row, numbered as in the file."""
    try:
        return scorer.batch(columns)
    except ContractBroken as error:
        row = None if error.row is None else done + error.row
        raise ContractBroken(error.what, column=error.column, row=row, fix=error.fix, code=error.code) from error


def _as_written(values: Array, kind: str) -> Array:
    """Canonical cells as people write them: dates as times, whole numbers without a fraction."""
    if kind == "date":
        return values.astype("datetime64[us]")  # the missing date is NaT there, by the same bits
    if kind == "integer" and np.isfinite(values).all():
        return values.astype(np.int64)
    return values


def _write(batches: Iterator[dict[str, Array]], output: Path) -> int:
    """Collect batches in a database file beside the output, then copy it out and rename: DuckDB spills, memory stays flat."""
    import duckdb

    make_folder(output.absolute().parent)
    with tempfile.TemporaryDirectory(prefix=".predicting-", dir=output.absolute().parent) as scratch:
        rows = 0
        with duckdb.connect(f"{scratch}/answers.db") as db:
            for batch in batches:
                frame = _frame(batch, escape=output.suffix == ".csv")  # noqa: F841  (DuckDB reads it by name)
                db.execute("insert into answers by name select * from frame" if rows else "create table answers as from frame")
                rows += rows_in(batch)
            if rows == 0:
                raise DataRefused("the file has no rows", code="data.no_rows")
            finished = Path(scratch) / f"answers{output.suffix}"
            db.execute(f"copy (from answers order by row) to '{finished}' ({FORMATS[output.suffix]})")
        try:
            os.replace(finished, output)
            fsync_folder(output.absolute().parent)
        except OSError as error:
            raise unavailable(error, output) from error
    return rows


def _frame(batch: Columns, *, escape: bool) -> Any:
    import pandas as pd

    return pd.DataFrame(
        {name: _safe(values) if escape and values.dtype == object else values for name, values in batch.items()}
    )


def _safe(values: Array) -> Array:
    """Texts that a spreadsheet would run as a formula, defused with a leading apostrophe."""
    defused = [f"'{text}" if text and text.startswith(RUNS_IN_A_SPREADSHEET) else text for text in values]
    return np.array(defused, dtype=object)
