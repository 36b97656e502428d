"""What the adapters of all peers share: pandas frames of a job's files, and one row as the frame that a handler would make."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet

Job = Mapping[str, Any]
Frame = pd.DataFrame


def read(job: Job, part: str) -> Frame:
    """The rows of "train" or "test"; with plain names for columns where the job says so: some libraries refuse brackets."""
    frame = pyarrow.parquet.read_table(job[part]).to_pandas()
    return frame.rename(columns=names(job)) if job["plain_names"] else frame


def names(job: Job) -> dict[str, str]:
    """Plain names of all columns but the target."""
    columns = pyarrow.parquet.read_schema(job["train"]).names
    return {name: f"column_{number}" for number, name in enumerate(columns) if name != job["target"]}


def features_and_target(job: Job) -> tuple[Frame, pd.Series]:
    """The training rows, divided."""
    frame = read(job, "train")
    return frame.drop(columns=[job["target"]]), frame[job["target"]]


def rows(job: Job, most: int) -> list[dict[str, Any]]:
    """Test rows as a client's values: None for a gap."""
    frame = read(job, "test").head(most).astype(object)
    return frame.where(frame.notna(), None).to_dict("records")


def one_row(row: Mapping[str, Any], types: Mapping[str, Any]) -> Frame:
    """A row as a frame of these types: what a handler with pandas does first."""
    return pd.DataFrame([row]).astype(types)


def types_of(frame: Frame) -> dict[str, Any]:
    """The type of each column; whole numbers may be missing in another row, so they are floats."""
    return {name: np.float64 if kind.kind in "iub" else kind for name, kind in frame.dtypes.items()}


def in_order(shares: Any, given: Sequence[Any], job: Job) -> np.ndarray:
    """Shares of shape (n, k) in the job's order of classes, 0 for one that the tool does not know; of two the second's."""
    shares, place = np.asarray(shares, dtype=np.float64), {str(name): i for i, name in enumerate(given)}
    if job["task"] == "binary":
        return shares[:, place[job["classes"][1]]]
    lacking = np.zeros(len(shares))
    return np.column_stack([shares[:, place[name]] if name in place else lacking for name in job["classes"]])
