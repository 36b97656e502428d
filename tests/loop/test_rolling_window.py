"""How far back a retrain looks: where what is learnt turned over, not beyond that; where nothing changed, at all rows."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from millwright.loop.order import Kept, Order
from millwright.loop.progress import silent
from millwright.loop.propose import Choices
from millwright.loop.retraining import changed_lately
from millwright.loop.rolling import BLOCKS, Tried, Windows, block_losses, chosen, quicker
from millwright.loop.train import train
from millwright.metrics.registry import metric
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.modelling import TrialConfig
from millwright.registry import steps
from millwright.search.trial import Judge
from sample_projects import begin, respecify

TRIED = [Tried(since=0, rows=800, score=0.50), Tried(since=5, rows=400, score=0.45), Tried(since=7, rows=200, score=0.44)]
EVEN = np.linspace(-0.01, 0.01, BLOCKS)


def losses(*means: float) -> Any:
    return np.array([mean + EVEN * sign for mean, sign in zip(means, (1, -1, 1), strict=True)])


def test_the_best_of_those_that_are_better_by_more_than_noise_is_taken() -> None:
    assert chosen(metric("log_loss"), TRIED, losses(0.50, 0.45, 0.44)) == 7
    assert chosen(metric("log_loss"), TRIED, losses(0.50, 0.45, 0.51)) == 5


def test_noise_and_what_cannot_be_measured_leave_all_rows() -> None:
    wide = losses(0.50, 0.4995, 0.51)
    assert chosen(metric("log_loss"), TRIED, wide) is None
    undefined = losses(0.50, 0.45, 0.51)
    undefined[1, 3] = np.nan
    assert chosen(metric("log_loss"), TRIED, undefined) is None


def test_losses_are_of_parts_in_order_and_lower_is_better() -> None:
    y = np.arange(100) % 2.0
    raw = np.where(y == 1, 1.0, -1.0)[:, None]
    for name in ("log_loss", "roc_auc"):
        judge = Judge(metric(name), lambda raw: 1 / (1 + np.exp(-raw[:, 0])))
        good, bad = block_losses(judge, y, [raw, -raw])
        assert good.shape == (BLOCKS,)
        assert (good < bad).all()


def test_each_outcome_is_a_sentence() -> None:
    taken = Windows(metric="log_loss", judged=500, tried=tuple(TRIED), since=5)
    assert taken.sentence == (
        "log_loss on the 500 rows after them: 0.5000 with all 800 rows, 0.4500 with the newest 400, 0.4400 with the newest "
        "200: the newest 400 are taken"
    )
    assert replace(taken, since=None).sentence.endswith("0.4400 with the newest 200: all rows are taken")
    assert "too few rows" in replace(taken, tried=(), since=None).sentence
    assert "raise retrain.budget" in replace(taken, tried=(), since=None, short_of_time=True).sentence


def retrained(folder: Path, turned: str | None) -> tuple[Project, Windows]:
    """A retrain on real flights whose outcome, from this day on, is the other one; and what became of the windows."""
    choices = Choices(time="scheduled_departure")
    project = begin(folder, "flights_joined_2013.parquet", "arr_late15", choices, families=("lightgbm",), budget="60s")
    if turned is not None:
        path = folder / "flights_joined_2013.parquet"
        late = f"case when scheduled_departure >= '{turned}' then 1 - arr_late15 else arr_late15 end as arr_late15"
        duckdb.sql(f"copy (select * replace ({late}) from '{path}') to '{folder}/turned.parquet' (format parquet)")
        (folder / "turned.parquet").replace(path)
    project = respecify(project, evaluate=replace(project.spec.evaluate, resamples=200))
    config = TrialConfig(name="small", family="lightgbm", params={"num_leaves": 15, "learning_rate": 0.1})
    train(project.workshop, silent, Order("again-1", datetime.now(UTC), None, "auto", "newest", kept=Kept((config,))))
    with project.workshop.catalogue.read() as view:
        (step,) = [step for step in steps.of_run(view, "again-1") if step.name == "window"]
    return project, from_json(Windows, project.workshop.blobs.get(step.output))


@pytest.mark.slow
def test_where_the_outcome_turned_over_rows_before_that_are_left_out(tmp_path: Path, signing_key: Path) -> None:
    project, found = retrained(tmp_path, "2013-02-08")
    assert found.since is not None
    assert datetime.fromtimestamp(found.since / 1e6, UTC) >= datetime(2013, 2, 1, tzinfo=UTC)
    assert min(found.tried, key=lambda one: one.score).score < found.tried[0].score - 0.02
    assert not changed_lately(project.workshop, datetime(2013, 5, 1, tzinfo=UTC)), "nothing is live"
    project.promote("v1", reason="to be followed", force=True)
    assert changed_lately(project.workshop, datetime(2013, 5, 1, tzinfo=UTC))
    assert not changed_lately(project.workshop, datetime(2013, 8, 1, tzinfo=UTC)), "by then there are rows enough"


@pytest.mark.slow
def test_where_it_did_not_all_rows_are_learnt_from(tmp_path: Path, signing_key: Path) -> None:
    project, found = retrained(tmp_path, None)
    sizes = [one.rows for one in found.tried]
    assert sizes == sorted(sizes, reverse=True)
    assert found.since is None, found.sentence
    project.promote("v1", reason="to be followed", force=True)
    assert not changed_lately(project.workshop, datetime(2013, 5, 1, tzinfo=UTC))


def test_windows_are_told_apart_by_larger_steps() -> None:
    live = TrialConfig(name="tuned", family="lightgbm", params={"learning_rate": 0.06, "early_stopping_rounds": 60})
    assert quicker(live).params == {"learning_rate": pytest.approx(0.18), "early_stopping_rounds": 20}
    assert quicker(replace(live, params={"learning_rate": 0.2})).params == {"learning_rate": 0.3}
    for params in ({}, {"learning_rate": 0.5}, {"alpha": 1.0}):
        assert quicker(replace(live, params=params)).params == params
    for family in ("net", "own.py:Mine"):
        other = replace(live, family=family)
        assert quicker(other) == other, "a learning rate of another kind"
