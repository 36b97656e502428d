"""Open segments as this process has read them so far: what was parsed once is kept as small Parquet files of its own.

A segment only ever grows until it is sealed, and a busy hour of it is hundreds of megabytes of JSON. Each question parses what
was added since the one before, and reads of all else the columns that it asks for. The files lie in a scratch folder of the
process and are gone with it.
"""

from __future__ import annotations

import os
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from millwright.predictions.frames import contents_from
from millwright.predictions.tables import Table, lines_sql

if TYPE_CHECKING:
    import duckdb

WORTH = 1 << 20
"""Bytes of new lines. Fewer are parsed with each question: as often as not the segment is sealed before there are more."""
SHARE = 32
"""New lines of a large segment are pressed when they are one part in so many of it: so its files are a hundred at most."""
PIECE = 32 << 20
"""Bytes that are read at once."""
MOST = 1 << 30
"""Bytes of the files that are kept."""


@dataclass(slots=True)
class _Read:
    """What was read of a segment: how many bytes, and the files that hold the rows of these."""

    upto: int = 0
    parts: list[Path] = field(default_factory=list)
    size: int = 0

    def worth(self, new: int) -> bool:
        return new >= max(WORTH, self.upto // SHARE)

    def is_whole(self) -> bool:
        return all(part.exists() for part in self.parts)


class Pressed:
    """The segments that one process has read. Any thread may ask; what is in use is not let go of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: OrderedDict[Path, _Read] = OrderedDict()
        self._in_use: Counter[Path] = Counter()
        self._next = 0
        self._lock = threading.Lock()

    @contextmanager
    def of(
        self, table: Table, segments: Sequence[Path], lines: Path, connection: duckdb.DuckDBPyConnection
    ) -> Iterator[tuple[list[Path], Path | None]]:
        """Parquet files with the rows of segments, and those that are not in one yet as JSON lines (`lines`; None: there are
        none), while they are read.

        Raises FileNotFoundError where a segment is gone; duckdb.Error goes through.
        """
        with self._lock:
            left = [self._grown(table, path, lines, connection) for path in segments]
            self._in_use.update(segments)
            parts = [part for path in segments for part in self._read[path].parts]
        try:
            yield parts, lines if _written(lines, left) else None
        finally:
            with self._lock:
                self._in_use.subtract(segments)
                self._let_go()

    def _grown(self, table: Table, path: Path, lines: Path, connection: duckdb.DuckDBPyConnection) -> list[bytes]:
        """Read what was added to a segment; returns the lines that are not worth a file."""
        known = self._read.setdefault(path, _Read())
        if not known.is_whole():  # whoever clears temporary files now and then took them away
            known = self._read[path] = _Read()
        self._read.move_to_end(path)
        with path.open("rb") as file:
            while True:
                found, whole = _next(file, known)
                if not known.worth(whole):
                    return found
                part = self._press(table, found, lines, connection)
                known.parts.append(part)
                known.upto, known.size = known.upto + whole, known.size + part.stat().st_size

    def _press(self, table: Table, found: list[bytes], lines: Path, connection: duckdb.DuckDBPyConnection) -> Path:
        part = self._folder / f"pressed-{os.getpid()}-{self._next}.parquet"
        self._next += 1
        _written(lines, [found])
        target = str(part).replace("'", "''")
        connection.execute(f"copy ({lines_sql(table, lines)}) to '{target}' (format parquet, compression zstd)")
        return part

    def _let_go(self) -> None:
        """Of segments that were sealed, and of those that were asked for longest ago where it is too much."""
        total = sum(known.size for known in self._read.values())
        for path in list(self._read):
            if self._in_use[path] <= 0 and (total > MOST or not path.exists()):
                gone = self._read.pop(path)
                del self._in_use[path]
                total -= gone.size
                for part in gone.parts:
                    part.unlink(missing_ok=True)


def _next(file: BinaryIO, known: _Read) -> tuple[list[bytes], int]:
    """The contents of the next frames of a segment, and how many bytes these are: all that are left, where a piece of them is
    not worth a file."""
    file.seek(known.upto)
    raw = file.read(PIECE)
    found, whole = contents_from(raw)
    return (found, whole) if known.worth(whole) or len(raw) < PIECE else contents_from(raw + file.read())


def _written(lines: Path, found: Sequence[Sequence[bytes]]) -> bool:
    """Write some lines to a file; whether there are any."""
    with lines.open("wb") as file:
        for several in found:
            file.writelines(several)
        return file.tell() > 0
