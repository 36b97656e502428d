"""Arrays that lie in a file and are mapped: what was read of them is in memory until it is dropped."""

import mmap
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIECE, AT_ONCE = 20_000, 16
"""Rows, and columns, that are read at a time of what shall not be in memory."""


def drop_pages(array: NDArray[Any]) -> None:
    """Of an array that lies in a file and is only read: hold none of it in memory until it is read again."""
    lies_in = _file_of(array)
    if lies_in is not None and hasattr(mmap, "MADV_DONTNEED"):
        lies_in.madvise(mmap.MADV_DONTNEED)


def is_mapped(array: NDArray[Any]) -> bool:
    """Whether an array lies in a file and is only read."""
    return _file_of(array) is not None


def put_down(pieces: Iterable[NDArray[Any]], shape: tuple[int, ...], folder: Path) -> NDArray[Any]:
    """An array of float64 that lies in a file, which has no name and goes with it. pieces: of it, one after the other. folder:
    where there is room. Raises OSError where there is none."""
    with tempfile.TemporaryFile(dir=folder) as file:
        for piece in pieces:
            np.ascontiguousarray(piece, dtype=np.float64).tofile(file)
        file.flush()
        return np.asarray(np.memmap(file, np.float64, "r", shape=shape))


def columns_of(array: NDArray[Any], places: list[int]) -> NDArray[Any]:
    """Some columns of a table, shape (n, f), in memory; or of one that lies in a file, in another beside it. Raises OSError
    where there is no room for that."""
    folder = _folder_of(array)
    if folder is None:
        return np.ascontiguousarray(array[:, places])
    return put_down((array[rows, places] for rows in rows_in_turn(array)), (len(array), len(places)), folder)


def rows_of(array: NDArray[Any], rows: NDArray[Any]) -> NDArray[Any]:
    """Some rows (positions or a mask) of a table, shape (n, f), in memory; what lies in a file is not there whole meanwhile."""
    if not is_mapped(array):
        chosen: NDArray[Any] = array[rows]
        return chosen
    places = np.flatnonzero(rows) if rows.dtype == bool else rows
    found = np.empty((len(places), array.shape[1]), dtype=array.dtype)
    for start in range(0, len(places), PIECE):
        found[start : start + PIECE] = array[places[start : start + PIECE]]
        drop_pages(array)
    return found


def columns_in_turn(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Each column of a table, shape (n, f), of one that lies in a file without more of it in memory than a few."""
    for start in range(0, array.shape[1], AT_ONCE):
        places = list(range(start, min(start + AT_ONCE, array.shape[1])))
        if not is_mapped(array):
            yield from (array[:, place] for place in places)
            continue
        some = np.empty((len(array), len(places)), order="F")
        for rows in rows_in_turn(array):
            some[rows] = array[rows, places]
        yield from some.T


def rows_in_turn(array: NDArray[Any]) -> Iterator[slice]:
    """The rows of a table, shape (n, f), a few thousand at a time: of one that lies in a file those before are dropped."""
    for start in range(0, len(array), PIECE):
        yield slice(start, min(start + PIECE, len(array)))
        drop_pages(array)


def _folder_of(array: NDArray[Any]) -> Path | None:
    """Where the file of an array lies; None for one in memory, and for a file without a name."""
    lies_in: Any = array
    while isinstance(lies_in, np.ndarray):
        name = getattr(lies_in, "filename", None)
        if name is not None and is_mapped(array):
            return Path(name).parent
        lies_in = lies_in.base
    return None


def _file_of(array: NDArray[Any]) -> mmap.mmap | None:
    lies_in: Any = array
    while hasattr(lies_in, "base"):
        lies_in = lies_in.base
    return lies_in if isinstance(lies_in, mmap.mmap) and not array.flags.writeable else None
