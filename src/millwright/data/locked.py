"""DuckDB with the doors shut: it reads the files it was given and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.data.sql import literals
from millwright.errors import DataRefused

if TYPE_CHECKING:
    import duckdb

THREADS = 2
MEMORY = "2GB"


def open_locked(
    paths: Sequence[Path],
    *,
    folder: Path | None = None,
    inside: Sequence[Path] = (),
    threads: int = THREADS,
    memory: str = MEMORY,
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that can read `paths`, what lies `inside` some folders and, where given, read and write inside
    `folder`; nothing else.

    No network, no other file, no extension loading, no Python variable as a table, and no way to change that: the
    configuration is locked. `folder` also takes what does not fit in `memory`.
    """
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "memory_limit": memory,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            "preserve_insertion_order": True,
            "temp_directory": str(folder.absolute()) if folder else "",
        },
    )
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set parquet_metadata_cache = true")  # files here never change, and wide ones take long to open
    connection.execute(f"set allowed_paths = [{_texts(paths)}]")
    if folder or inside:
        folders = [*inside, *([folder] if folder else [])]
        connection.execute(f"set allowed_directories = [{_texts(folders)}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


@contextmanager
def refusing(where: str) -> Iterator[None]:
    """Turn what DuckDB says about a file into the one line that a person reads. Raises DataRefused."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise DataRefused(
            "the data does not fit in the memory allowed", where=where, fix="use fewer columns or rows", code="data.memory"
        ) from error
    except duckdb.Error as error:
        raise DataRefused(
            f"damaged, or not the kind of file its name says: {_first_line(error)}",
            where=where,
            fix="make the file again from its source",
            code="data.damaged",
        ) from error


def _texts(paths: Sequence[Path]) -> str:
    return literals([str(path.absolute()) for path in paths]) if paths else ""


def _first_line(error: Exception) -> str:
    """What DuckDB says, less the places of our own working files."""
    return re.sub(r"\s*(?:file )?[\"'](?:[^\"']*/)[^\"']*[\"']", "", str(error).split("\n", 1)[0]).strip()
