"""What earlier runs found, a line of JSON each: a peer is run once on a machine, and a run that was cut short goes on."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

HARNESS = 1
"""Counted up where a change here makes earlier rows another measurement."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a row is of. version: of the tool and of what it stands on. data: the digest of the split."""

    tool: str
    version: str
    machine: str
    table: str
    data: str
    seed: int
    budget: float
    cores: int
    harness: int = HARNESS

    @property
    def name(self) -> str:
        """A name for files."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Row:
    """One tool on one split.

    error: why there is no answer; empty where there is one. crashes: what went wrong on the way, second tries included. fit_s:
    seconds from go to a saved model. share: of the time in which its cores were at work, how much worked for it.
    notes: what the tool says of itself.
    """

    key: Key
    error: str = ""
    crashes: tuple[str, ...] = ()
    fit_s: float | None = None
    cpu_s: float | None = None
    share: float | None = None
    peak_mb: float | None = None
    size_mb: float | None = None
    load_s: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    predict_s: float | None = None
    row_gap: float | None = None
    load_average: float | None = None
    at: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)

    def as_plain(self) -> dict[str, Any]:
        """The row as JSON data."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Row":
        """A row that was kept."""
        return cls(**{**plain, "key": Key(**plain["key"]), "crashes": tuple(plain["crashes"])})


class Kept:
    """Rows in a folder, and the predictions that they were scored by."""

    def __init__(self, folder: Path) -> None:
        """folder: made where it is not there."""
        self._file, self._predictions = folder / "rows.jsonl", folder / "predictions"
        self._predictions.mkdir(parents=True, exist_ok=True)
        self._rows = {row.key: row for row in self._read()}

    def _read(self) -> Iterator[Row]:
        """The rows in the file; a last line that was cut short is left out."""
        for line in self._file.read_text().splitlines() if self._file.exists() else ():
            try:
                plain = json.loads(line)
            except json.JSONDecodeError:
                continue
            if plain["key"]["harness"] == HARNESS:
                yield Row.from_plain(plain)

    def find(self, key: Key) -> Row | None:
        """The newest row of that key, whose predictions are there."""
        row = self._rows.get(key)
        return row if row is not None and (row.error or self.path(key).is_file()) else None

    def add(self, row: Row) -> None:
        """Keep a row."""
        with open(self._file, "a") as file:
            file.write(json.dumps(row.as_plain()) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._rows[row.key] = row

    def path(self, key: Key) -> Path:
        """Where the predictions of a key lie."""
        return self._predictions / f"{key.name}.npy"

    def predictions(self, key: Key) -> Array:
        """The predictions of a key, shape (n,) or (n, k)."""
        found: Array = np.load(self.path(key), allow_pickle=False)
        return found
