"""Which rows are resampled together."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns
from millwright.errors import DataRefused, nearest

Array = NDArray[Any]

HOUR = 3_600_000_000
GRAINS = {"day": 24 * HOUR, "week": 7 * 24 * HOUR, "hour": HOUR}
ENOUGH_BLOCKS = 10
EPOCH_IS_A_THURSDAY = 3 * 24 * HOUR


def blocks_of(block: str | None, columns: Columns, time: Array | None) -> tuple[str | None, Array | None]:
    """The name of the block and its code for each row, shape (n,): rows of one code are dependent on each other.

    block: day, week or hour of `time` (int64 microseconds, shape (n,)), or a name in `columns`. None: day where there is a
    time, hour where that leaves fewer than ten days; without a time every row stands for itself, and the codes are None.
    Raises DataRefused for a block that is not there.
    """
    if block is None:
        return _usual(time)
    if block in GRAINS and time is not None and block not in columns:
        return block, _periods(time, block)
    if block in columns:
        return block, _codes(columns[block])
    raise DataRefused(
        f'there is no column "{block}" to take blocks from',
        where="evaluate.block",
        fix=nearest(block, [*columns, *GRAINS]) or "a column, or day, week, hour with data.time",
        code="evaluate.block",
    )


def _usual(time: Array | None) -> tuple[str | None, Array | None]:
    if time is None or len(time) == 0:
        return None, None
    days, hours = _periods(time, "day"), _periods(time, "hour")
    return ("day", days) if days.max() + 1 >= ENOUGH_BLOCKS or hours.max() == days.max() else ("hour", hours)


def _periods(time: Array, grain: str) -> Array:
    """Weeks begin on Monday. Rows without a time are one block."""
    shift = EPOCH_IS_A_THURSDAY if grain == "week" else 0
    return _codes((time + shift) // GRAINS[grain])


def _codes(values: Array) -> Array:
    if values.dtype.kind == "O":
        values = np.array(["" if cell is None else f"={cell}" for cell in values], dtype=object)
    codes: Array = np.unique(values, return_inverse=True)[1].reshape(-1)
    return codes
