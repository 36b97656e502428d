"""A recalibration: the model stays, and what it says is right again. Bikes: demand rose by half from 2011 to 2012."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from bikes import LABEL_DELAY, SENT, at, first_release, sections
from trips_project import trips_project

from millwright.errors import ModelRefused
from millwright.loop.acting import carry_out
from millwright.loop.opened import open_model
from millwright.loop.playing import DirectPlane, Happening, Player
from millwright.loop.propose import Choices
from millwright.loop.rebuilding import rebuild
from millwright.loop.recalibrating import Recalibrating
from millwright.loop.releasing import promote
from millwright.loop.retraining import made_by, run_name
from millwright.loop.stewardship import acting
from millwright.loop.tick import tick
from millwright.policy.situation import Candidate, Intent
from millwright.project import Project
from millwright.records.deciding import Decision
from millwright.serve.inprocess import InProcess
from millwright.spec.write import write_spec
from sample_projects import SAMPLES

NAMES = ", ".join(name for name in SENT if name not in ("season", "mnth"))
BIKES = f"select {NAMES}, cnt > 150 as busy from '{SAMPLES / 'bike_sharing.parquet'}'"
START, END = datetime(2012, 1, 1, tzinfo=UTC), datetime(2012, 7, 1, tzinfo=UTC)
ASKED = Intent(action="recalibrate", version=None, rule="r", reason="other outcomes", case="c", terms=())


def asked() -> Iterator[Happening]:
    where = "datetime >= timestamp '2012-01-01' and datetime < timestamp '2012-07-01' order by datetime"
    for *cells, busy in duckdb.sql(f"{BIKES} where {where}").fetchall():
        row = dict(zip(NAMES.split(", "), cells, strict=True))
        moment = row["datetime"].replace(tzinfo=UTC)
        yield Happening(at=moment, row=row | {"datetime": moment.isoformat()}, value=busy, told_at=moment + LABEL_DELAY)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A linear model of which hours are busy, learnt in 2011, that answered half of 2012."""
    folder = tmp_path_factory.mktemp("busy")
    duckdb.sql(f"copy ({BIKES} where datetime < timestamp '2012-01-01') to '{folder / 'bikes.parquet'}' (format parquet)")
    path = folder / "millwright.yaml"
    project = Project.init("bikes.parquet", "busy", at=path, choices=Choices(project="bikes", time="datetime"))
    mine = sections(project.spec)
    mine["search"] = replace(mine["search"], families=("linear",))
    mine["watch"] = replace(mine["watch"], window="365d", every="365d")
    mine["policy"] = replace(mine["policy"], schedule=None, retrain_on=())
    path.write_text(write_spec(replace(project.spec, **mine), {}))
    project = Project(path)
    first_release(project, START)
    inside = InProcess(project.workshop.home.root, project.workshop.trust)
    try:
        inside.look()
        Player(project.workshop, DirectPlane(inside, "bikes"), at_once=50).play(asked(), START, END)
    finally:
        inside.close()
    return project


@pytest.fixture(scope="module")
def made(busy: Project) -> tuple[Decision, Candidate]:
    """What the act came to."""
    shop = at(busy, END)
    with acting(shop) as hand:
        decision = carry_out(shop, hand, ASKED, "auto", (), lambda _progress: None)
    candidate = made_by(shop, decision)
    assert candidate is not None
    return decision, candidate


def test_its_run_tells_that_nothing_was_searched_for(busy: Project, made: tuple[Decision, Candidate]) -> None:
    decision, candidate = made
    story = busy.run(run_name("bikes", decision.number))
    assert (story.made_by, story.search, story.version) == ("recalibration", None, f"v{candidate.version}")
    assert "calibrated anew" in story.note
    assert story.out_of_fold is not None
    assert story.out_of_fold.rows > 0


def test_the_model_stays_and_only_what_it_says_changes(busy: Project, made: tuple[Decision, Candidate]) -> None:
    decision, candidate = made
    assert decision.action == "recalibrate"
    assert (candidate.version, candidate.against, candidate.of) == (2, 1, decision.number)
    new, old = (open_model(busy.workshop, version) for version in busy.versions())
    assert new.payload.scorer.plan == old.payload.scorer.plan
    assert new.evaluation.importance == old.evaluation.importance
    assert new.payload.info.calibrator != old.payload.info.calibrator
    assert new.payload.payload_digest != old.payload.payload_digest


def test_its_answers_are_in_the_same_order_and_nearer_to_what_comes_true(
    busy: Project, made: tuple[Decision, Candidate]
) -> None:
    new, old = (open_model(busy.workshop, version) for version in busy.versions())
    differences = {c.metric: c for c in new.evaluation.comparisons if c.against == "champion" and c.column is None}
    log_loss = differences["log_loss"]
    assert log_loss.difference.value is not None
    assert log_loss.difference.value > 0.02
    for calibrated in (new.payload.info.calibrator, old.payload.info.calibrator):
        assert calibrated.kind == "sigmoid"
        assert calibrated.a[0] > 0, "a rising line of the raw score: the order of the answers stays"


def test_it_learnt_from_no_row_that_the_live_model_knew(busy: Project, made: tuple[Decision, Candidate]) -> None:
    new = open_model(busy.workshop, busy.versions()[0])
    assert new.evaluation.holdout_from is not None
    assert new.evaluation.holdout_from > "2012-03"
    assert new.evaluation.rows < 400, "a part of the rows of 2012 alone"


def test_the_next_tick_deals_with_it_as_with_what_a_retrain_made(busy: Project, made: tuple[Decision, Candidate]) -> None:
    decision, candidate = made
    then = tick(at(busy, END)).decisions
    assert [(d.action, d.of) for d in then] == [("shadow" if candidate.verdict == "passed" else "refuse", decision.number)]


def test_it_is_not_rebuilt_but_the_version_whose_model_it_is(busy: Project, made: tuple[Decision, Candidate]) -> None:
    shop = at(busy, END)
    assert rebuild(shop, "v1", lambda _line: None).equal
    with pytest.raises(ModelRefused, match="the model of v1 calibrated anew") as refused:
        rebuild(shop, f"v{made[1].version}", lambda _line: None)
    assert refused.value.code == "rebuild.recalibrated"


def test_where_the_parts_of_the_model_are_not_known_it_is_refused_and_the_loop_goes_on(tmp_path: Path) -> None:
    project = trips_project(tmp_path / "trips", 1)
    shop = project.workshop
    promote(shop, "v1", reason="for the test")
    with pytest.raises(ModelRefused, match="parts are not known here"):
        Recalibrating(shop).prepare()
