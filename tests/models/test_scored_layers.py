"""What a model never asks for is not made where answers are given, and answers, flags and explanations are the same."""

from dataclasses import replace

import numpy as np
import pytest
from bounded import bounded
from sample_tables import TARGETS, table

from millwright.data.columns import row_at, take
from millwright.features.batch import BatchEncoder
from millwright.features.candidates import candidates, sources
from millwright.features.fit import fit_plan, with_more
from millwright.features.made_tables import learnt
from millwright.models.contributions import used_columns
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.models.narrowing import seeing
from millwright.models.scorer import Scorer
from millwright.package.golden import json_value
from millwright.records.modelling import Calibrator, PayloadInfo, Seen

SAMPLE = "bike_sharing.parquet"


def scorer(seen: Seen, name: str) -> Scorer:
    columns, contract = table(SAMPLE)
    y = columns[TARGETS[SAMPLE]].astype(np.float64)
    plan = fit_plan(columns, contract, y=y)
    X = BatchEncoder(plan).encode(columns)
    tried = [one for one in candidates(*sources(plan, contract, {}), ()) if {"temp", "hum"} & {*one.columns}]
    made = [learnt(one, *(X[:, plan.features.index(part)] for part in one.parts), y[:, None]) for one in tried]
    plan = with_more(plan, made)
    problem = Problem(
        BatchEncoder(plan).encode(columns), y, "regression", 0, plan.features, plan.categorical, layers=plan.layers
    )
    fitted = seeing(family(name), seen).fit(problem, {"num_iterations": 30}, valid=None, seed=1, keep_going=lambda: True)
    info = PayloadInfo(
        project="p",
        task="regression",
        target=TARGETS[SAMPLE],
        evaluator=fitted.evaluator,
        model_files=tuple(fitted.files),
        calibrator=Calibrator(kind="identity"),
    )
    return Scorer(info, bounded(SAMPLE), plan, fitted.files)


@pytest.mark.parametrize("name", ["lightgbm", "linear"])
@pytest.mark.parametrize("seen", ["plain", "generated", "all"])
def test_a_row_gets_the_answer_of_a_batch_and_only_what_is_asked_is_made(seen: Seen, name: str) -> None:
    made, (columns, contract) = scorer(seen, name), table(SAMPLE)
    some = take(columns, slice(0, 60))
    rows = [row_at(some, i) for i in range(60)]
    asked = [{c.name: json_value(c, row[c.name]) for c in contract.columns if c.name in row} for row in rows]
    one_by_one = [made.answer_rows([row])[0][0]["value"] for row in asked]
    assert one_by_one == made.batch(some).tolist()
    assert one_by_one == made.raw_batch(made.matrix(some))[:, 0].tolist()
    vector, flags = made.encode(asked[0], 1, [])
    skipped = np.isnan(vector) & ~np.isnan(made.vector(rows[0]))
    assert flags == ()
    layers = [made.plan.layers[at] for at in np.flatnonzero(skipped).tolist()]
    assert "plain" not in layers
    if seen == "plain":
        assert len(layers) == np.isfinite(made.vector(rows[0])).sum() - made.plan.layers.count("plain")
    assert bool(layers) or (seen, name) == ("all", "linear")


def test_what_one_feature_adds_is_shared_by_the_columns_that_it_is_made_of() -> None:
    made, (columns, _) = scorer("generated", "linear"), table(SAMPLE)
    rows = [row_at(columns, i) for i in range(5)]
    explainer = made.explainer
    assert explainer is not None
    X = made.matrix(take(columns, slice(0, 5)))
    parts, by_column = explainer._evaluator.contributions(X), explainer.by_column(X)
    names = list(explainer.columns)
    for column in ("temp", "hum"):
        of = [len(e.columns) if column in e.columns else 0 for e in made.plan.encoders for _ in e.outputs]
        wanted = sum(parts[:, 0, at] / count for at, count in enumerate(of) if count)
        np.testing.assert_allclose(by_column[:, 0, names.index(column)], wanted, atol=1e-9)
    for row, said in zip(rows, explainer.explain(rows), strict=True):
        assert sum(said["columns"].values()) + said["base"] == pytest.approx(made.row(row)[0])


def test_the_columns_that_can_change_an_answer_are_those_of_the_features_that_can() -> None:
    made = scorer("generated", "lightgbm")
    alone = replace(made.plan, encoders=tuple(e for e in made.plan.encoders if e.layer == "generated"))
    lone = replace(alone, features=tuple(name for e in alone.encoders for name in e.outputs))
    assert {"temp", "hum"} <= used_columns(None, lone)
    assert used_columns(made.evaluator, made.plan) <= {c.name for c in made.contract.columns}
