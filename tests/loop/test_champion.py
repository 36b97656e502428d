"""A retrain beside the live version, on the sealed rows and on all that the live version has not learnt from."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from millwright.data.dates import wall_clock, zone_of
from millwright.data.read import read_columns
from millwright.loop.champion import _as_often, _identities
from millwright.loop.order import ANEW, Order
from millwright.loop.progress import silent
from millwright.loop.propose import Choices
from millwright.loop.retraining import kept_of
from millwright.loop.table import Table
from millwright.loop.train import train
from millwright.loop.unseen import raw_of
from millwright.package.keys import Trust
from millwright.package.verify import verify_package
from millwright.predictions.layout import to_microseconds
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.data import Contract, Snapshot
from millwright.records.judging import Judgement, Verdict
from millwright.records.modelling import Candidate, Split
from millwright.registry import steps
from millwright.search.folds import SEALED, load_assignment
from sample_projects import begin, respecify

LEARNT_UNTIL = datetime(2013, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """v1 is live, as if it had been made in February, and v2 was fitted anew with its settings."""
    folder = tmp_path_factory.mktemp("flights")
    choices = Choices(time="scheduled_departure")
    project = begin(folder, "flights_joined_2013.parquet", "arr_late15", choices, families=("lightgbm",), trials=4)
    project = respecify(project, evaluate=replace(project.spec.evaluate, resamples=200))
    train(project.workshop, silent, Order(run="first", as_of=LEARNT_UNTIL, kept=ANEW))
    project.promote("v1", reason="the first", force=True)
    train(project.workshop, silent, Order(run="again", as_of=datetime.now(UTC), kept=kept_of(project.workshop)))
    return project


def left(project: Project, run: str, name: str, kind: type) -> object:
    with project.workshop.catalogue.read() as view:
        return next(
            from_json(kind, project.workshop.blobs.get(step.output)) for step in steps.of_run(view, run) if step.name == name
        )


def test_it_is_compared_on_sealed_rows_and_on_those_since_the_live_version_learnt(flights: Project) -> None:
    judgement = left(flights, "again", "evaluate", Judgement)
    split, candidate = left(flights, "again", "split", Split), left(flights, "again", "search", Candidate)
    assert isinstance(judgement, Judgement)
    assert isinstance(split, Split)
    assert isinstance(candidate, Candidate)
    since = judgement.since
    assert since is not None
    assert (since.against, since.version, since.metric) == ("champion", "v1", "log_loss")
    assignment = load_assignment(split, flights.workshop.blobs)
    said = raw_of(flights.workshop, candidate.out_of_fold)
    snapshot, contract = left(flights, "again", "snapshot", Snapshot), left(flights, "again", "contract", Contract)
    assert isinstance(snapshot, Snapshot)
    assert isinstance(contract, Contract)
    table = Table(flights.workshop, snapshot, contract)
    learnt_until = wall_clock(to_microseconds(LEARNT_UNTIL), zone_of(contract.zone))
    times = table.time[assignment > SEALED]
    later = (times >= learnt_until) & np.isfinite(said).all(axis=1)
    assert 0 < later.sum() < np.isfinite(said).all(axis=1).sum()
    assert since.difference.n == (assignment == SEALED).sum() + later.sum(), "no row that the live version has learnt from"
    on_sealed = next(c for c in judgement.evaluation.comparisons if c.against == "champion" and c.column is None)
    assert since.difference.level > on_sealed.difference.level, "it is surer than what sealed rows say"


def test_a_search_that_chose_by_these_rows_is_not_compared_on_them(flights: Project) -> None:
    assert left(flights, "first", "evaluate", Judgement).since is None  # type: ignore[attr-defined]  # nothing was live
    searched = train(flights.workshop, silent, Order(run="searched", as_of=datetime.now(UTC), kept=ANEW))
    assert left(flights, "searched", "evaluate", Judgement).since is None  # type: ignore[attr-defined]
    shop = flights.workshop
    files = verify_package(shop.home.packages / searched.version.package, searched.version.package, Trust(shop.trust)).files
    assert from_json(Verdict, files["verdict.json"]).champion == "v1"


def test_where_a_window_of_the_newest_rows_was_taken_the_sealed_ones_alone_are_compared(flights: Project) -> None:
    """Some of the rows since the live version learnt may have chosen the window."""
    order = Order(run="window", as_of=datetime.now(UTC), window="45d", kept=kept_of(flights.workshop))
    train(flights.workshop, silent, order)
    judgement = left(flights, "window", "evaluate", Judgement)
    assert isinstance(judgement, Judgement)
    assert judgement.since is None
    assert any(comparison.against == "champion" for comparison in judgement.evaluation.comparisons)


def test_what_was_learnt_is_told_by_content_as_often_as_it_was() -> None:
    learnt = np.array([5, 7, 7, 9])
    table = np.array([7, 5, 5, 7, 7, 1, 9])
    assert _as_often(table, learnt).tolist() == [True, True, False, True, False, False, True]
    assert not _as_often(table, np.array([], dtype=np.int64)).any()


def test_without_a_time_the_live_version_is_not_compared_on_rows_that_it_learnt(tmp_path: Path) -> None:
    """The second run has more rows, so that they are dealt anew: rows that v1 learnt from are sealed then."""
    project = begin(tmp_path, "german_credit.parquet", "class", families=("lightgbm",), trials=4)
    source = tmp_path / "german_credit.parquet"
    whole = source.rename(tmp_path / "whole.parquet")
    duckdb.execute(f"copy (select * from '{whole}' limit 700) to '{source}'")
    project.train()
    project.promote("v1", reason="the first", force=True)
    duckdb.execute(f"copy (from '{whole}') to '{source}'")
    outcome = project.train()
    compared = next(one for one in outcome.evaluation.comparisons if one.against == "champion" and one.column is None)
    found = []
    for run in sorted(project.runs(), key=lambda run: run.started_at):
        snapshot, split, contract = (
            left(project, run.id, name, kind)
            for name, kind in (("snapshot", Snapshot), ("split", Split), ("contract", Contract))
        )
        assert isinstance(snapshot, Snapshot)
        assert isinstance(split, Split)
        assert isinstance(contract, Contract)
        blobs = project.workshop.blobs
        found.append((_identities(read_columns(snapshot, blobs, contract), contract), load_assignment(split, blobs)))
    (had, learnt), (now, dealt) = found
    sealed = now[dealt == SEALED]
    assert 0 < compared.difference.n < len(sealed)
    assert compared.difference.n == len(sealed) - int(np.isin(sealed, had[learnt > SEALED]).sum())
