"""Makes the ONNX files of this folder: `pip install skl2onnx && python tests/models/foreign/make_models.py`."""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "data" / "samples"
NO_ZIPMAP = {"zipmap": False}


def sample(name: str) -> pd.DataFrame:
    return duckdb.sql(f"select * from '{SAMPLES / name}'").df()


def write(name: str, model: Any, types: list[tuple[str, Any]], **options: Any) -> None:
    (HERE / name).write_bytes(to_onnx(model, initial_types=types, **options).SerializeToString())


def flights() -> None:
    """A pipeline as many are: one input a column, numbers imputed and scaled, texts one-hot; also with ZipMap."""
    numbers, texts = ["distance", "wx_temp", "wx_wind_speed", "plane_seats"], ["carrier", "origin"]
    rows = sample("flights_joined_2013.parquet").dropna(subset=["arr_late15"]).iloc[:2000]
    X = rows[numbers].astype("float32").join(rows[texts].fillna(""))
    columns = [
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        ("texts", OneHotEncoder(handle_unknown="ignore"), texts),
    ]
    model = make_pipeline(ColumnTransformer(columns), LogisticRegression(max_iter=500)).fit(X, rows["arr_late15"].astype(int))
    types = [(name, FloatTensorType([None, 1])) for name in numbers] + [(name, StringTensorType([None, 1])) for name in texts]
    write("flights_pipeline.onnx", model, types, options=NO_ZIPMAP)
    write("flights_zipmap.onnx", model, types)


def bikes() -> None:
    """A forest on one tensor: a regression."""
    rows = sample("bike_sharing.parquet").iloc[:2000]
    names = ["hr", "workingday", "temp", "hum"]
    model = RandomForestRegressor(10, max_depth=6, random_state=1).fit(rows[names].to_numpy("float32"), rows["cnt"])
    write("bikes_forest.onnx", model, [("X", FloatTensorType([None, len(names)]))])


def adult() -> None:
    """A forest whose classes are texts, and whole numbers that go in as whole numbers."""
    rows = sample("adult.csv").iloc[:1500]
    names = ["age", "education_num", "capital_gain", "hours_per_week"]
    model = RandomForestClassifier(10, max_depth=5, random_state=1).fit(rows[names].to_numpy(), rows["income"])
    write("adult_forest.onnx", model, [("X", Int64TensorType([None, len(names)]))], options=NO_ZIPMAP)


if __name__ == "__main__":
    flights()
    bikes()
    adult()
