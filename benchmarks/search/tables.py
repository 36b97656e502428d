"""The data sets: where each lies, what is to be predicted, by which metric, and what must not be seen.

Nothing here is Millwright's: no rule of the product knows a data set.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import pandas as pd

Task = Literal["binary", "multiclass", "regression"]
MetricName = Literal["roc_auc", "log_loss", "rmse"]

FEWEST_OF_A_CLASS = 20
"""Rows. Classes with fewer are left out: a quarter of them says nothing, and some tools cannot be trained on them."""


@dataclass(frozen=True, slots=True)
class Table:
    """One data set.

    files: in the folder of all data, one below the other. sample: what ships with the tests instead. leaks: columns that are
    known only with the outcome, or give it away; all tools are spared them. time: rows are split by it.
    """

    name: str
    files: tuple[str, ...]
    target: str
    task: Task
    sample: str | None = None
    leaks: tuple[str, ...] = ()
    time: str | None = None
    encoding: str = "utf-8"
    second_header: bool = False

    @property
    def metric(self) -> MetricName:
        """What every tool is told to make better, and is measured by."""
        metrics: Mapping[Task, MetricName] = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
        return metrics[self.task]

    def path_of_sample(self, samples: Path) -> Path | None:
        """The sample that ships, if any."""
        return samples / self.sample if self.sample else None


_FLIGHTS_KNOWN_LATER = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "cancelled_or_diverted")
_FAILURES = ("TWF", "HDF", "PWF", "OSF", "RNF")

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("adult", ("adult/train.parquet", "adult/test.parquet"), "income", "binary", "adult.parquet"),
        Table("german_credit", ("german_credit/german.parquet",), "class", "binary", "german_credit.parquet"),
        Table("mammography", ("mammography/mammography.parquet",), "class", "binary"),
        Table("ai4i2020", ("ai4i2020/ai4i2020.csv",), "Machine failure", "binary", "ai4i2020.csv", leaks=_FAILURES),
        Table(
            "bike_sharing",
            ("bike_sharing/hour.parquet",),
            "cnt",
            "regression",
            "bike_sharing.parquet",
            leaks=("casual", "registered"),
            time="datetime",
        ),
        Table(
            "employee_salaries",
            ("messy/employee_salaries.csv",),
            "current_annual_salary",
            "regression",
            "employee_salaries.csv",
        ),
        Table("kddcup99", ("kddcup99_10pct/kddcup99_10pct.parquet",), "label", "multiclass", "kddcup99.parquet"),
        Table("open_payments", ("messy/open_payments.parquet",), "status", "binary"),
        Table("midwest_survey", ("messy/midwest_survey.csv",), "Census_Region", "multiclass"),
        Table(
            "star_wars_survey",
            ("messy/star_wars_survey.csv",),
            "Gender",
            "binary",
            encoding="latin-1",
            second_header=True,
        ),
        Table(
            "bechdel_movies",
            ("messy/bechdel_movies.csv",),
            "binary",
            "binary",
            "bechdel_movies.csv",
            leaks=("test", "clean_test", "code"),
        ),
        Table("marvel_characters", ("messy/marvel_characters.csv",), "ALIVE", "binary"),
        Table(
            "flights",
            ("nycflights/flights_joined_2013.parquet",),
            "arr_late15",
            "binary",
            "flights_joined_2013.parquet",
            leaks=_FLIGHTS_KNOWN_LATER,
            time="scheduled_departure",
        ),
    )
}
DEFAULT = ("adult", "german_credit", "mammography", "ai4i2020", "bike_sharing", "employee_salaries")


def paths_of(table: Table, data: Path | None, samples: Path) -> tuple[Path, ...]:
    """Where a data set is read from; empty where it is not there."""
    sample = table.path_of_sample(samples)
    paths = tuple(data / file for file in table.files) if data else (sample,) if sample else ()
    return paths if all(path.is_file() for path in paths) else ()


def read_table(table: Table, paths: tuple[Path, ...]) -> pd.DataFrame:
    """The labelled rows without leaks; classes as text. Rows in the order of the files, or of the time."""
    readers: Mapping[str, Callable[[Path, Table], pd.DataFrame]] = {".csv": _from_csv, ".parquet": _from_parquet}
    frame = pd.concat([readers[path.suffix](path, table) for path in paths], ignore_index=True)
    frame = frame[frame[table.target].notna()].drop(columns=list(table.leaks))
    if table.time is not None:
        frame = frame[frame[table.time].notna()].sort_values(table.time, kind="stable")
    if table.task != "regression":
        frame[table.target] = frame[table.target].map(str).astype(object)
        counts = frame[table.target].value_counts()
        frame = frame[frame[table.target].map(counts) >= FEWEST_OF_A_CLASS]
    return frame.reset_index(drop=True)


def _from_csv(path: Path, table: Table) -> pd.DataFrame:
    frame: pd.DataFrame = pd.read_csv(path, encoding=table.encoding, skiprows=[1] if table.second_header else None)
    return frame


def _from_parquet(path: Path, _table: Table) -> pd.DataFrame:
    with duckdb.connect() as db:
        frame: pd.DataFrame = db.execute("select * from read_parquet(?)", [str(path)]).df()
    return frame
