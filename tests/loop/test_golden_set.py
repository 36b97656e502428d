"""The golden set of the kiosk: never learnt from, a gate for every version, asked again at every look."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kiosk import DAY, START, at, hours_of, kiosk

from millwright.errors import ContractBroken, DataRefused
from millwright.loop.golden_set import rows_of_golden, still_equal, with_golden
from millwright.loop.opened import open_model
from millwright.loop.outcomes import TrainOutcome
from millwright.loop.train import train
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.data import Snapshot
from millwright.records.judging import Comparison, GoldenJudged, Interval, MetricValue, Verdict
from millwright.records.modelling import Split
from millwright.registry import steps
from millwright.search.folds import UNUSED, load_assignment
from millwright.stores.blobs import FileBlobs

ROWS = 24


def golden_file(project: Project, spoil: int | None = None, **cells: Any) -> Project:
    """Three days of the history as the golden set, in one row of which some cells are spoilt."""
    lines = []
    for number, (row, sold) in enumerate(hours_of(START - 30 * DAY, START - 27 * DAY)):
        whole = row | {"sold": sold} | (cells if number == spoil else {})
        lines.append(",".join("" if value is None else str(value) for value in whole.values()))
    (project.path.parent / "golden.csv").write_text("id,at,warmth,square,sold\n" + "\n".join(lines) + "\n")
    return project


def trained(project: Project) -> TrainOutcome:
    return train(at(project, START), lambda _progress: None)


def done(project: Project, run: str, name: str) -> bytes:
    shop = project.workshop
    with shop.catalogue.read() as view:
        return shop.blobs.get(next(step.output for step in steps.of_run(view, run) if step.name == name))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> tuple[Project, TrainOutcome]:
    project = golden_file(kiosk(tmp_path_factory.mktemp("golden"), golden="golden.csv"))
    return project, trained(project)


def test_its_rows_are_not_learnt_from_and_the_verdict_tells_how_a_version_does_on_it(
    judged: tuple[Project, TrainOutcome],
) -> None:
    project, outcome = judged
    assignment = load_assignment(from_json(Split, done(project, outcome.run, "split")), project.workshop.blobs)
    first = (75 - 30) * 8
    assert (assignment[first : first + ROWS] == UNUSED).all()
    assert (assignment[first - ROWS : first] != UNUSED).all()
    kept = from_json(GoldenJudged, done(project, outcome.run, "golden"))
    assert (kept.rows, kept.snapshot.rows, kept.comparison) == (ROWS, ROWS, None)
    gate = outcome.verdict.gates[-1]
    assert gate.gate == "rmse not surely worse than the live model on the golden set"
    assert gate.state == "passed"
    assert "no live model" in gate.evidence
    assert gate.interval is not None
    assert gate.interval.n == ROWS


def test_a_look_asks_it_again_and_says_where_an_answer_is_another(
    judged: tuple[Project, TrainOutcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, outcome = judged
    shop = at(project, START)
    model = open_model(shop, outcome.version)
    assert still_equal(shop, model, START) == ()
    other = done(project, outcome.run, "golden").replace(b'"answers":"', b'"answers":"0')
    get = FileBlobs.get
    monkeypatch.setattr(
        FileBlobs, "get", lambda blobs, digest: other if b"golden_judged" in get(blobs, digest) else get(blobs, digest)
    )
    (finding,) = still_equal(shop, model, START)
    assert (finding.kind, finding.check, finding.version, finding.rows) == ("serving", "parity", 1, ROWS)


@pytest.mark.parametrize(
    ("cells", "error", "said"),
    [
        ({"sold": None}, ContractBroken, "row 6, column 'sold'"),
        ({"warmth": "hot"}, ContractBroken, "column 'warmth'"),
        ({"at": "yesterday"}, Exception, "row 6.*at|at.*dates"),
    ],
)
def test_a_bad_row_stops_the_run_before_the_search_and_says_where(
    tmp_path: Path, cells: dict[str, Any], error: type[Exception], said: str
) -> None:
    project = golden_file(kiosk(tmp_path, golden="golden.csv"), spoil=5, **cells)
    with pytest.raises(error, match=said):
        trained(project)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"golden\.csv"):
        trained(kiosk(tmp_path, golden="golden.csv"))


def test_its_rows_are_known_by_their_key_else_by_what_the_model_sees_of_them() -> None:
    table = {"id": np.array(["a", "b", "c"], dtype=object), "x": np.array([1.0, 2.0, 2.0]), "y": np.array([5.0, 6.0, 7.0])}
    golden = {"id": np.array(["b"], dtype=object), "x": np.array([2.0]), "y": np.array([0.0])}
    assert rows_of_golden(table, golden, ("id",), ("x",)).tolist() == [False, True, False]
    assert rows_of_golden(table, golden, (), ("x",)).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [(-3.0, -0.1, "failed"), (-3.0, 0.1, "passed"), (0.1, 3.0, "passed"), (None, None, "inconclusive")],
)
def test_a_version_that_surely_does_worse_on_it_may_not_go_live(low: float | None, high: float | None, state: str) -> None:
    figure = Interval(value=9.0, low=8.0, high=10.0, n=ROWS)
    compared = Comparison(
        against="champion", version="v1", metric="rmse", mine=figure, theirs=figure,
        difference=Interval(value=-1.0, low=low, high=high, n=ROWS),
    )  # fmt: skip
    snapshot = Snapshot(
        digest="d", as_of=START, event_at=None, known_at=START + timedelta(0), rows=ROWS, fields=(), parts=(), sources=()
    )
    told = GoldenJudged(
        snapshot=snapshot, payload_digest="p", rows=ROWS, metric=MetricValue(name="rmse", goal="min", interval=figure),
        comparison=compared, answers="a",
    )  # fmt: skip
    before = Verdict(state="passed", gates=(), summary="every gate passed", champion="v1")
    after = with_golden(before, told)
    assert (after.state, len(after.gates)) == (state, 1)
    assert ("golden set" in after.summary) == (state != "passed")
    assert with_golden(replace(before, state="failed"), None).state == "failed"
