"""A version whose features were made of others: packed, answered, explained by column, and made again to the byte."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from millwright.loop.opened import chosen_version, open_version
from millwright.loop.order import Order
from millwright.loop.progress import silent
from millwright.loop.retraining import kept_of
from millwright.loop.train import train
from millwright.project import Project
from sample_projects import begin, respecify

CAUSES = ("TWF", "HDF", "PWF", "OSF", "RNF")
"""Kinds of failure, which say that there was one."""
ROW = {
    "UDI": 1,
    "Product ID": "M14860",
    "Type": "M",
    "Air temperature [K]": 298.1,
    "Process temperature [K]": 308.6,
    "Rotational speed [rpm]": 1551,
    "Torque [Nm]": 42.8,
    "Tool wear [min]": 0,
}


def test_features_are_made_of_others_where_the_spec_lets_them(tmp_path: Path) -> None:
    project = begin(tmp_path, "ai4i2020.csv", "Machine failure", families=("lightgbm",), trials=6, generate=True, budget="5m")
    project = respecify(project, data=replace(project.spec.data, ignore=CAUSES))
    told: list[str] = []
    project.train(listen=lambda progress: told.append(progress.message) if progress.done else None)
    assert any("made of two others" in text for text in told)
    shop = project.workshop
    scorer = open_version(shop, chosen_version(shop, None)).scorer
    made = {column for e in scorer.plan.encoders if e.layer == "generated" for column in e.columns}
    assert {"Air temperature [K]", "Process temperature [K]"} <= made
    cells, _ = scorer.check(ROW, 1)
    explainer = scorer.explainer
    assert explainer is not None
    (said,) = explainer.explain([cells])
    assert said["columns"]["Process temperature [K]"] != 0.0
    assert said["base"] + sum(said["columns"].values()) == pytest.approx(
        scorer.evaluator.row(scorer.vector(cells))[0], abs=1e-9
    )
    assert project.rebuild().equal
    _kept_by_a_retrain(project)


def _kept_by_a_retrain(project: Project) -> None:
    """What a retrain keeps of the live model: its settings, and how its features are made; learnt from its own rows."""
    project.promote("v1", reason="the first", force=True)
    shop = project.workshop
    plan = open_version(shop, chosen_version(shop, None)).scorer.plan
    kept = kept_of(shop)
    assert kept.made is not None
    assert [one.outputs for one in kept.made] == [e.outputs for e in plan.encoders if e.layer == "generated"]
    assert not any(one.levels or one.values for one in kept.made)
    gone = replace(kept.made[0], column="gone", parts=("gone", "gone"))
    train(shop, silent, Order(run="again-1", as_of=datetime.now(UTC), kept=replace(kept, made=(kept.made[0], gone))))
    again = open_version(shop, chosen_version(shop, "v2")).scorer.plan
    assert [e for e in again.encoders if e.layer == "generated"] == [e for e in plan.encoders if e.parts == kept.made[0].parts][
        :1
    ]
    assert project.rebuild("v2").equal
