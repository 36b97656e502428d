"""From the source file to the answer, by both roads: the snapshot's columns, and the rows as a client would send them."""

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from learnt import TASKS
from sample_tables import SAMPLES, TARGETS

from millwright.data.contract import infer_contract
from millwright.data.read import read_columns
from millwright.data.snapshot import take_snapshot
from millwright.features.batch import BatchEncoder
from millwright.features.fit import fit_plan
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.models.scorer import Scorer
from millwright.records.data import Contract
from millwright.records.modelling import Calibrator, FeaturePlan, PayloadInfo
from millwright.records.spec import DataSpec
from millwright.stores.blob_memory import MemoryBlobs

AS_OF = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("sample", TARGETS)
def test_a_source_row_gets_the_bits_of_its_snapshot_row(sample: str, tmp_path: Path) -> None:
    spec = DataSpec(source=sample, target=TARGETS[sample], task=TASKS[sample])
    blobs = MemoryBlobs()
    snapshot = take_snapshot(spec, base=SAMPLES, blobs=blobs, as_of=AS_OF, staging=tmp_path)
    contract = infer_contract(snapshot, blobs, spec)
    columns = read_columns(snapshot, blobs, contract)
    plan = fit_plan(columns, contract)
    scorer = _scorer(contract, plan, BatchEncoder(plan).encode(columns), spec)
    requests = _requests(SAMPLES / sample, spec.missing)
    many = scorer.batch(columns)
    assert len(many) == len(requests)
    assert len(np.unique(many)) > 20
    values = [answer["value"] for answer, _ in scorer.answer_rows(requests)]
    assert np.array(values).tobytes() == many.tobytes()
    few = [scorer.answer_rows([request])[0][0]["value"] for request in requests[:200]]
    assert np.array(few).tobytes() == many[:200].tobytes()


def _scorer(contract: Contract, plan: FeaturePlan, X: Any, spec: DataSpec) -> Scorer:
    """A scorer whose trees split on every feature, so that a cell that differs shows itself."""
    y = np.nan_to_num(X, nan=-1.0, posinf=0.0, neginf=0.0)
    y = (np.argsort(np.argsort(y, axis=0, kind="stable"), axis=0) % 7).sum(axis=1).astype(np.float64)
    problem = Problem(X, y, "regression", 0, plan.features, plan.categorical)
    params = {"num_iterations": 60, "num_leaves": 63, "min_data_in_leaf": 2, "feature_fraction": 0.3}
    fitted = family("lightgbm").fit(problem, params, valid=None, seed=5, keep_going=lambda: True)
    info = PayloadInfo(
        project="p",
        task="regression",
        target=spec.target,
        evaluator=fitted.evaluator,
        model_files=tuple(fitted.files),
        calibrator=Calibrator(kind="identity"),
    )
    return Scorer(info, contract, plan, fitted.files)


def _requests(path: Path, missing: tuple[str, ...]) -> list[dict[str, Any]]:
    reader = f"read_csv('{path}', nullstr={list(missing)}, sample_size=-1)" if path.suffix == ".csv" else f"'{path}'"
    found = duckdb.sql(f"from {reader}")
    return [dict(zip(found.columns, map(_json_value, row), strict=True)) for row in found.fetchall()]


def _json_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value
