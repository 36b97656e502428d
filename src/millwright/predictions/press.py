"""Writing sealed files: one sorted Parquet file of segments and smaller Parquet files, durable before it has its name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from millwright.data.locked import open_locked
from millwright.predictions.sealed import SEALED
from millwright.predictions.tables import Table, plain_words, rows_sql, unframe
from millwright.stores.durable import durable_step, fsync_folder, make_folder, unavailable

if TYPE_CHECKING:
    import duckdb


_SCRATCH = ".sealing-"


def remove_scratch(project: Path) -> None:
    """Remove what presses that died left in a project's folder. None may be at work there."""
    for left in project.glob(f"{_SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)


class Press:
    """What one lane of a round of sealing writes with: one connection for all its files, opened with the first of them.

    It works in a folder of its own inside the project's, so that a finished file only has to be renamed.
    """

    def __init__(self, project: Path, table: Table, lane: int, folders: Sequence[Path]) -> None:
        """folders: those of the hours it works on. Of sealed files, it reads those that lie there now."""
        self.project, self.table = project, table
        self._readable = [folder / name for folder in folders for name in os.listdir(folder) if name.endswith(SEALED)]
        self._scratch = project / f"{_SCRATCH}{lane}"

    def __enter__(self) -> Press:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if "_connection" in self.__dict__:
            self._connection.close()
            shutil.rmtree(self._scratch, ignore_errors=True)

    def write(self, segments: Sequence[Path], sealed: Sequence[Path], into: Path) -> tuple[int, int]:
        """Put all rows of these files into `into`, in the table's order; returns rows, and bytes of torn tails left out.

        Raises Unavailable.
        """
        lines, staged = make_folder(self._scratch) / "lines.jsonl", self._scratch / into.name
        try:
            torn = unframe(segments, lines)
            rows = self._copy(sealed, lines if segments else None, staged)
            with durable_step(f"seal {self.table.name}"):
                _sync(staged)
                os.replace(staged, into)
                fsync_folder(into.parent)
        except OSError as error:
            raise unavailable(error, into) from error
        return rows, torn

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return open_locked(self._readable, folder=self._scratch)

    def _copy(self, sealed: Sequence[Path], lines: Path | None, staged: Path) -> int:
        source = f"select * from ({rows_sql(self.table, sealed, lines)}) order by {self.table.order}"  # noqa: S608
        target = str(staged).replace("'", "''")
        with plain_words(self.project):
            copied = self._connection.execute(f"copy ({source}) to '{target}' (format parquet, compression zstd)").fetchone()
        return int(copied[0]) if copied else 0


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
