"""Scorers of real samples whose contracts know the ranges and levels that the rows have."""

from dataclasses import replace
from functools import cache

import numpy as np
from learnt import problems
from numpy.typing import NDArray
from sample_tables import TARGETS, table

from millwright.data.columns import take
from millwright.features.fit import fit_plan
from millwright.models.families import family
from millwright.models.scorer import Scorer
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import Calibrator, PayloadInfo


@cache
def scorer(sample: str, name: str) -> Scorer:
    """A payload of a family, learnt from half of a sample's rows."""
    columns, contract = table(sample)
    problem, _ = problems(sample)
    plan = fit_plan(take(columns, np.arange(len(columns[TARGETS[sample]])) % 2 == 0), contract)
    made = family(name).fit(problem, {"num_iterations": 20}, valid=None, seed=3, keep_going=lambda: True)
    info = PayloadInfo(
        project="p",
        task=problem.task,
        target=TARGETS[sample],
        classes=tuple(f"class {k}" for k in range(problem.classes)),
        evaluator=made.evaluator,
        model_files=tuple(made.files),
        calibrator=Calibrator(kind="identity"),
    )
    return Scorer(info, bounded(sample), plan, made.files)


def bounded(sample: str) -> Contract:
    """The contract of a sample, with ranges and levels."""
    columns, contract = table(sample)
    return replace(contract, columns=tuple(_bounded(column, columns[column.name]) for column in contract.columns))


def _bounded(column: ContractColumn, cells: NDArray[np.generic]) -> ContractColumn:
    if column.kind in ("number", "integer"):
        return replace(column, minimum=float(np.nanmin(cells)), maximum=float(np.nanmax(cells)))
    if column.kind == "category":
        return replace(column, levels=tuple(sorted({cell for cell in cells.tolist() if cell is not None})))
    return column
