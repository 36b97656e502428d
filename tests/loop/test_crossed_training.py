"""What a run searches on: features made of outcomes, but never of a row's own."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from sqlalchemy import select

from millwright.data.columns import take
from millwright.features.means import TargetMeans
from millwright.loop.learn import cross_fitted_problem, plan_of, split_of
from millwright.loop.progress import Progress
from millwright.loop.searching import search_metric
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.models.families import family
from millwright.records.modelling import Trial
from millwright.registry.tables import trials
from millwright.search.folds import SEALED, load_assignment, make_folds
from millwright.search.trial import Judge, fit_fold
from sample_projects import begin


def test_trials_are_scored_on_rows_whose_outcomes_no_feature_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = begin(tmp_path, "employee_salaries.csv", "current_annual_salary", families=("linear",))
    with pytest.raises(Searched):
        project.train(listen=_until_searched)
    shop = project.workshop
    table, scores = _table(shop), _scores(shop)
    split = split_of(shop, table)
    assignment = load_assignment(split, shop.blobs)
    training, folds = assignment > SEALED, make_folds(assignment, split)
    plan = plan_of(shop, table, training)
    assert {"employee_position_title.mean", "employee_position_title.words_say"} <= set(plan.features)
    problem, crossed = cross_fitted_problem(shop, table, plan, split, training, folds)
    judge = Judge(search_metric(shop, table.task), table.task.link)
    linear = family("linear")
    found = [fit_fold(linear, problem, fold, {}, judge=judge, seed=1, keep_going=lambda: True).score for fold in crossed]
    np.testing.assert_allclose(scores, found, rtol=1e-6)
    means = TargetMeans(plan, take(table.columns, training), table.y[training], 0)
    served = means.seen_from(np.arange(len(problem.y)), np.arange(len(problem.y)))
    assert np.abs(problem.X[:, means.places] - served).max() > 1_000  # dollars: what is fitted on at last is crossed too
    monkeypatch.setattr("millwright.search.scratch._ASIDE", 0)
    aside, _ = cross_fitted_problem(shop, table, plan, split, training, folds)
    np.testing.assert_array_equal(aside.X, problem.X)
    assert not aside.X.flags.writeable, "large features lie in a file that is only read"


def test_large_columns_are_let_go_of_before_it_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = begin(tmp_path, "employee_salaries.csv", "current_annual_salary", families=("linear",))
    monkeypatch.setattr("millwright.loop.table.LARGE", 0)
    held = []
    monkeypatch.setattr(Table, "let_go", lambda table, let_go=Table.let_go: (let_go(table), held.append(table._cells.columns)))
    with pytest.raises(Searched):
        project.train(listen=_until_searched)
    assert held == [None]


class Searched(Exception):
    """Raised to end a run where its search has ended."""


def _until_searched(progress: Progress) -> None:
    if progress.stage == "search" and progress.done:
        raise Searched


def _table(shop: Workshop) -> Table:
    from millwright.data.contract import infer_contract
    from millwright.data.snapshot import take_snapshot

    staging = shop.home.work / "again"
    staging.mkdir(parents=True)
    snapshot = take_snapshot(shop.spec.data, base=shop.base, blobs=shop.blobs, as_of=shop.clock.now(), staging=staging)
    return Table(shop, snapshot, infer_contract(snapshot, shop.blobs, shop.spec.data))


def _scores(shop: Workshop) -> tuple[float, ...]:
    """The linear trial's score on each fold."""
    with shop.catalogue.read() as view:
        found = [msgspec.convert(row, Trial) for row in view.scalars(select(trials.c.trial))]
    return next(trial.fold_scores for trial in found if trial.config.family == "linear")
