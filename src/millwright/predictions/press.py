"""Writing sealed files: one sorted Parquet file of segments and smaller Parquet files, durable before it has its name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from millwright.predictions.load import database, threads_for
from millwright.predictions.tables import Table, plain_words, rows_sql, unframe
from millwright.stores.durable import durable_step, fsync, fsync_folder, make_folder, unavailable

_SCRATCH = ".sealing-"


def remove_scratch(project: Path) -> None:
    """Remove what presses that died left in a project's folder. None may be at work there."""
    for left in project.glob(f"{_SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)


class Press:
    """What one lane of a round of sealing writes with. It works in a folder of its own inside the project's, so that a finished
    file only has to be renamed."""

    def __init__(self, project: Path, table: Table, lane: int) -> None:
        self.project, self.table = project, table
        self._scratch = project / f"{_SCRATCH}{lane}"

    def __enter__(self) -> Press:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)

    def write(self, segments: Sequence[Path], sealed: Sequence[Path], into: Path) -> tuple[int, int]:
        """Put all rows of these files into `into`, in the table's order; returns rows, and bytes of torn tails left out.

        Raises Unavailable.
        """
        lines, staged = make_folder(self._scratch) / "lines.jsonl", self._scratch / into.name
        try:
            torn = unframe(segments, lines)
            size = lines.stat().st_size + sum(path.stat().st_size for path in sealed)
            rows = self._copy(sealed, lines if segments else None, staged, threads_for(size))
            with durable_step(f"seal {self.table.name}"):
                _sync(staged)
                os.replace(staged, into)
                fsync_folder(into.parent)
        except OSError as error:
            raise unavailable(error, into) from error
        return rows, torn

    def _copy(self, sealed: Sequence[Path], lines: Path | None, staged: Path, threads: int) -> int:
        source = f"select * from ({rows_sql(self.table, sealed, lines)}) order by {self.table.order}"  # noqa: S608
        target = str(staged).replace("'", "''")
        folders = frozenset([self.project.resolve()])
        with plain_words(self.project), database(folders, threads).cursor() as connection:
            copied = connection.execute(f"copy ({source}) to '{target}' (format parquet, compression zstd)").fetchone()
        return int(copied[0]) if copied else 0


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        fsync(handle)
    finally:
        os.close(handle)
