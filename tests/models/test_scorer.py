"""A payload answers the same bits for one row, for many rows and for columns."""

import datetime as dt
import subprocess
import sys
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from learnt import TASKS, problems
from sample_tables import TARGETS, table

from millwright.data.columns import Row, row_at, take
from millwright.errors import ContractBroken, PackageRefused
from millwright.features.fit import fit_plan
from millwright.models.families import family
from millwright.models.scorer import ARRAYS_FROM, Scorer
from millwright.records.data import Contract
from millwright.records.modelling import Calibrator, FeaturePlan, PayloadInfo

ROWS = 120
PLAIN = {"binary": "sigmoid", "multiclass": "softmax", "regression": "identity"}


@cache
def parts(sample: str, name: str) -> tuple[PayloadInfo, Contract, FeaturePlan, dict[str, bytes]]:
    """What a scorer is made of, for a sample and a model family."""
    columns, contract = table(sample)
    problem, _ = problems(sample)
    plan = fit_plan(take(columns, np.arange(len(columns[TARGETS[sample]])) % 2 == 0), contract)
    assert plan.features == problem.features
    fitted = family(name).fit(problem, {"num_iterations": 20}, valid=None, seed=3, keep_going=lambda: True)
    info = PayloadInfo(
        project="p",
        task=problem.task,
        target=TARGETS[sample],
        classes=tuple(f"class {k}" for k in range(problem.classes)),
        evaluator=fitted.evaluator,
        model_files=tuple(fitted.files),
        calibrator=Calibrator(kind=PLAIN[problem.task]),  # type: ignore[arg-type]
    )
    return info, contract, plan, dict(fitted.files)


def as_json(cells: Row, contract: Contract) -> dict[str, Any]:
    """A row as a client would send it."""
    kinds = {column.name: column.kind for column in contract.columns if column.role == "feature"}
    return {name: _json_value(cells[name], kind) for name, kind in kinds.items()}


def _json_value(cell: Any, kind: str) -> Any:
    if cell is None:
        return None
    if kind == "date":
        return (dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=cell)).isoformat()
    return {"boolean": bool, "integer": int}.get(kind, lambda value: value)(cell)


def bits(values: Any) -> bytes:
    return np.array(values, np.float64).tobytes()


@pytest.mark.parametrize("name", ["baseline", "linear", "lightgbm"])
@pytest.mark.parametrize("sample", TASKS)
def test_a_row_many_rows_and_columns_get_the_same_bits(sample: str, name: str) -> None:
    info, contract, plan, files = parts(sample, name)
    scorer = Scorer(info, contract, plan, files)
    columns = take(table(sample)[0], slice(0, ROWS))
    rows = [row_at(columns, i) for i in range(ROWS)]
    many = scorer.batch(columns)
    assert many.tobytes() == bits([scorer.row(cells) for cells in rows])
    requests = [as_json(cells, contract) for cells in rows]
    singles = [scorer.answer_rows([request])[0] for request in requests]
    assert [answer for answer, _ in singles] == [scorer.answer(cells) for cells in rows]
    together = scorer.evaluator.together_from
    for size in (together - 1, together, ARRAYS_FROM - 1, ARRAYS_FROM, ROWS):
        assert scorer.answer_rows(requests[:size]) == singles[:size]


@pytest.mark.parametrize("name", ["linear", "lightgbm"])
def test_calibrated_answers_agree_too(name: str) -> None:
    info, contract, plan, files = parts("adult.parquet", name)
    columns = take(table("adult.parquet")[0], slice(0, ROWS))
    rows = [row_at(columns, i) for i in range(ROWS)]
    steps = Calibrator(kind="isotonic", x=(-3.0, -1.0, 0.3, 2.0), y=(0.01, 0.2, 0.21, 0.9))
    for calibrator in (steps, Calibrator(kind="sigmoid", a=(0.7,), b=(-0.3,))):
        scorer = Scorer(replace(info, calibrator=calibrator, threshold=0.2), contract, plan, files)
        many = scorer.batch(columns)
        assert many.tobytes() == bits([scorer.row(cells) for cells in rows])
        assert len(np.unique(many)) > 10
        requests = [as_json(cells, contract) for cells in rows]
        for size in (ARRAYS_FROM - 1, ROWS):
            assert scorer.answer_rows(requests[:size]) == [scorer.answer_rows([row])[0] for row in requests[:size]]
        assert {scorer.answer(cells)["decision"] for cells in rows} == {True, False}


def test_a_row_that_breaks_the_contract_is_named() -> None:
    info, contract, plan, files = parts("adult.parquet", "linear")
    scorer = Scorer(info, contract, plan, files)
    good = as_json(row_at(table("adult.parquet")[0], 0), contract)
    for rows in ([good, {}], [good] * scorer.evaluator.together_from + [{}]):
        with pytest.raises(ContractBroken, match=f"row {len(rows)}"):
            scorer.answer_rows(rows)


@pytest.mark.parametrize("size", [1, 3, 8])
def test_each_cell_without_a_value_is_a_gap_whichever_way_its_row_goes(size: int) -> None:
    info, contract, plan, files = parts("adult.parquet", "linear")
    good = as_json(row_at(table("adult.parquet")[0], 0), contract)
    assert None not in good.values()
    some, other = [c.name for c in contract.columns if c.role == "feature" and c.nullable][:2]
    number = next(c.name for c in contract.columns if c.kind in ("number", "integer") and c.name not in (some, other))
    bounded = (replace(c, maximum=1e6) if c.name == number else c for c in contract.columns)
    scorer = Scorer(info, replace(contract, columns=tuple(bounded)), plan, files)
    clean, flagged = {**good, some: None, "more": None}, {**good, some: None, other: None, number: 10**9}
    for row, each in ((good, []), (clean, [some]), (flagged, [some, other])):
        gaps = ["kept"]
        answers = scorer.answer_rows([row] * size, gaps)
        assert (sorted(gaps[1:]), gaps[0]) == (sorted(each * size), "kept")
        assert answers == scorer.answer_rows([row] * size)
    assert scorer.answer_rows([flagged])[0][1] != ()


def test_parts_that_do_not_fit_each_other_are_refused() -> None:
    info, contract, plan, files = parts("german_credit.parquet", "lightgbm")
    less = replace(plan, features=plan.features[1:], encoders=plan.encoders[1:])
    three = replace(info, task="multiclass", classes=("a", "b", "c"), calibrator=Calibrator(kind="identity"))
    for wrong in (
        lambda: Scorer(info, contract, plan, {}),
        lambda: Scorer(info, contract, less, files),
        lambda: Scorer(three, contract, plan, files),
        lambda: Scorer(replace(info, evaluator="linear"), contract, plan, files),
        lambda: Scorer(replace(info, calibrator=Calibrator(kind="isotonic")), contract, plan, files),
    ):
        with pytest.raises(PackageRefused):
            wrong()


def test_raw_scores_are_the_evaluators() -> None:
    info, contract, plan, files = parts("german_credit.parquet", "lightgbm")
    _, valid = problems("german_credit.parquet")
    scorer = Scorer(replace(info, calibrator=Calibrator(kind="identity")), contract, plan, files)
    columns = take(table("german_credit.parquet")[0], np.arange(1000) % 2 == 1)
    assert scorer.raw_batch(valid.X)[:, 0].tobytes() == scorer.batch(columns).tobytes()


def test_a_scorer_imports_nothing_heavy() -> None:
    code = """
import sys
import millwright.models.scorer
print([m for m in ("pandas", "sklearn", "scipy", "lightgbm", "duckdb", "sqlalchemy", "pydantic") if m in sys.modules])
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
