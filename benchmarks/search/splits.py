"""One table divided once for all tools: the rows to learn from, those to be asked, and the truth, which no tool is given."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tables import Table

Array = NDArray[Any]

TEST_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Laid:
    """A split as files.

    train: with the target; test: without it. truth: what the test rows' target is, codes of `classes` or numbers. learnt: the
    same of the training rows. digest: of all that a tool can see or is scored by.
    """

    table: Table
    seed: int
    train: Path
    test: Path
    truth: Array
    learnt: Array
    classes: tuple[str, ...]
    digest: str


def lay_split(table: Table, frame: pd.DataFrame, seed: int, folder: Path) -> Laid:
    """Write a split into `folder`. The same rows and seed give the same files."""
    test = by_time(len(frame)) if table.time else by_chance(frame[table.target], table, seed)
    folder.mkdir(parents=True, exist_ok=True)
    train_file, test_file = folder / "train.parquet", folder / "test.parquet"
    learnt, asked = frame[~test], frame[test]
    _write(learnt, train_file)
    _write(asked.drop(columns=[table.target]), test_file)
    classes = () if table.task == "regression" else tuple(sorted(set(frame[table.target])))
    truth, known = (coded(part[table.target], classes) for part in (asked, learnt))
    return Laid(table, seed, train_file, test_file, truth, known, classes, _digest(frame, table, test))


def by_time(rows: int) -> Array:
    """Which rows are asked of: the last quarter. Rows are in the order of the time."""
    return np.arange(rows) >= rows - round(rows * TEST_SHARE)


def by_chance(target: pd.Series, table: Table, seed: int) -> Array:
    """Which rows are asked of: a quarter drawn at random, of each class where there are classes."""
    chance = np.random.default_rng(seed)
    test: Array = np.zeros(len(target), dtype=bool)
    groups = [np.arange(len(target))] if table.task == "regression" else _by_class(target)
    for rows in groups:
        test[chance.permutation(rows)[: round(len(rows) * TEST_SHARE)]] = True
    return test


def _by_class(target: pd.Series) -> list[Array]:
    values = target.to_numpy()
    return [np.flatnonzero(values == name) for name in sorted(set(values))]


def coded(target: pd.Series, classes: tuple[str, ...]) -> Array:
    """Class codes, or the numbers themselves."""
    if not classes:
        numbers: Array = target.to_numpy(dtype=np.float64)
        return numbers
    codes: Array = np.searchsorted(np.array(classes), target.to_numpy().astype(str))
    return codes


def _write(frame: pd.DataFrame, path: Path) -> None:
    with duckdb.connect() as db:
        db.register("frame", frame.reset_index(drop=True))
        db.execute(f"copy (select * from frame) to '{path}' (format parquet, compression zstd)")


def _digest(frame: pd.DataFrame, table: Table, test: Array) -> str:
    """Of the values, not of the files: another DuckDB may write the same rows as other bytes."""
    told = [list(map(str, frame.columns)), table.target, table.task, table.metric]
    found = hashlib.sha256(json.dumps(told).encode())
    found.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    found.update(test.tobytes())
    return found.hexdigest()[:16]
