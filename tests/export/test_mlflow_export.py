"""The folder is what MLflow's loader reads, its answers are those of `mw predict` to the bit, and nothing in it may change."""

import importlib
import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from millwright.errors import ContractBroken, PackageRefused
from millwright.export.subject import Subject
from millwright.mlflow_flavor import MillwrightModel, _value
from millwright.package.keys import SigningKey
from millwright.project import Project


def described(model: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((model / "MLmodel").read_text())
    return found


def loaded(model: Path, **config: object) -> MillwrightModel:
    """As MLflow loads: the module that is named, with the data folder below the model's."""
    flavor = described(model)["flavors"]["python_function"]
    load = importlib.import_module(flavor["loader_module"])._load_pyfunc
    found: MillwrightModel = load(str(model / flavor["data"]), config) if config else load(str(model / flavor["data"]))
    return found


@pytest.fixture(scope="module")
def answered(project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows, and what `mw predict` answers to them."""
    source, output = project.path.parent / "adult.csv", tmp_path_factory.mktemp("predicted") / "answers.parquet"
    project.predict(source, output)
    return pd.read_csv(source), duckdb.sql(f"from '{output}' order by row").df().drop(
        columns=["row", "out_of_support"]
    )  # of the file, not of the answer


def same(found: pd.DataFrame, expected: pd.DataFrame) -> bool:
    return list(found) == list(expected) and all(
        found[name].astype(expected[name].dtype).tolist() == expected[name].tolist() for name in expected
    )


def test_the_folder_says_what_mlflow_needs(model: Path, subject: Subject) -> None:
    said = described(model)
    flavor = said["flavors"]["python_function"]
    assert flavor["loader_module"] == "millwright.mlflow_flavor"
    for path in (flavor["data"], *flavor["env"].values(), said["saved_input_example_info"]["artifact_path"]):
        assert (model / path).exists(), path
    assert not {"artifact_path", "run_id"} & set(said)
    inputs, outputs = (json.loads(said["signature"][part]) for part in ("inputs", "outputs"))
    features = {column.name for column in subject.payload.scorer.contract.columns if column.role == "feature"}
    assert {column["name"] for column in inputs if column["required"]} == features
    assert [column["name"] for column in outputs] == ["probability", "decision", "label"]
    assert "millwright==" in (model / "requirements.txt").read_text()


def test_answers_are_those_of_predict_to_the_bit(model: Path, answered: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, expected = answered
    answering = loaded(model)
    assert same(answering.predict(frame), expected)
    few = answering.predict(frame.iloc[7:10])
    assert few.index.tolist() == [7, 8, 9]
    assert same(few, expected.iloc[7:10])


@pytest.mark.filterwarnings("ignore")  # MLflow warns of itself when it is imported
def test_mlflow_itself_loads_it(model: Path, answered: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    mlflow = pytest.importorskip("mlflow", reason="needs the dependency group interop")
    frame, expected = answered
    found = mlflow.pyfunc.load_model(str(model))
    assert same(found.predict(frame[[column.name for column in found.metadata.signature.inputs]]), expected)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (np.float64("nan"), None), (None, None), (pd.NA, None), (pd.NaT, None), (np.int64(3), 3), (np.bool_(True), True),
        ("x", "x"), (pd.Timestamp("2026-01-02 03:04:05"), "2026-01-02T03:04:05.000000"), (date(2026, 1, 2), "2026-01-02"),
        (Decimal("1.5"), 1.5), (pd.Timestamp("2026-01-02", tz="UTC"), "2026-01-02T00:00:00.000000+00:00"),
    ],
)  # fmt: skip
def test_cells_are_sent_as_json_has_them(cell: Any, value: Any) -> None:
    found = _value(cell)
    assert found == value
    assert type(found) is type(value)


def test_a_row_that_breaks_the_contract_is_named(model: Path, answered: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame = answered[0].astype({"age": object})
    frame.loc[4, "age"] = "old"
    with pytest.raises(ContractBroken, match="row 5, column 'age'"):
        loaded(model).predict(frame)
    with pytest.raises(ContractBroken, match="missing"):
        loaded(model).predict(frame.drop(columns="age"))
    with pytest.raises(PackageRefused, match="no params"):
        loaded(model).predict(frame, {"temperature": 1})


def test_a_changed_byte_is_refused_before_anything_is_parsed(model: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(model, tmp_path / "changed")
    (plan,) = changed.rglob("plan.json")
    plan.write_bytes(plan.read_bytes().replace(b"a", b"b", 1))
    with pytest.raises(PackageRefused, match=r"plan\.json was changed"):
        loaded(changed)


def test_keys_of_ones_own_decide_over_those_that_came_along(model: Path, project: Project, tmp_path: Path) -> None:
    SigningKey.at(tmp_path / "other.key", tmp_path / "trust")
    with pytest.raises(PackageRefused, match="not trusted"):
        loaded(model, trust=str(tmp_path / "trust"))
    assert loaded(model, trust=str(project.path.parent / "trust"))
