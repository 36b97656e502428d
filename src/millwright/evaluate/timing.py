"""How long answers take, on this machine."""

import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from millwright.data.columns import Columns, Row, row_at, rows_in
from millwright.records.judging import Timings

WARM_UP = 50
MOST_ROWS = 2_000
REPEATS = 3


def time_scorer(
    row: Callable[[Row], Any],
    batch: Callable[[Columns], Any],
    columns: Columns,
    *,
    seconds: float = 1.0,
    tick: Callable[[], float] = time.perf_counter,
) -> Timings:
    """Time `row` on single rows and `batch` on all of `columns` (at least one row), each for about `seconds` at most.

    Rows a second are those of the best of three batches, or of as many as begin in that time: what else runs on the machine
    only ever takes away.
    """
    count = rows_in(columns)
    cells = [row_at(columns, i) for i in range(min(count, MOST_ROWS))]
    for one in cells[:WARM_UP]:
        row(one)
    taken = _each(row, cells, seconds, tick)
    return Timings(
        row_p50_ms=float(np.quantile(taken, 0.5)) * 1e3,
        row_p99_ms=float(np.quantile(taken, 0.99)) * 1e3,
        batch_rows_per_second=_rows_per_second(batch, columns, seconds, tick),
        rows=count,
        machine=describe_machine(),
    )


def _each(row: Callable[[Row], Any], cells: list[dict[str, Any]], seconds: float, tick: Callable[[], float]) -> list[float]:
    """The time of each call, in seconds; stops after `seconds`, with one call at least."""
    taken: list[float] = []
    start = tick()
    for one in cells:
        before = tick()
        row(one)
        after = tick()
        taken.append(after - before)
        if after - start > seconds:
            break
    return taken


def _rows_per_second(batch: Callable[[Columns], Any], columns: Columns, seconds: float, tick: Callable[[], float]) -> float:
    start, quickest = tick(), float("inf")
    for _ in range(REPEATS):
        before = tick()
        batch(columns)
        after = tick()
        quickest = min(quickest, after - before)
        if after - start > seconds:
            break
    return rows_in(columns) / max(quickest, 1e-9)


def describe_machine() -> str:
    """The machine in words: processor, system, Python."""
    return f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
