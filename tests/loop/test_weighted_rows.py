"""`data.weight`, from the spec to the answer: learnt and judged by it, and nobody is asked for it."""

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from millwright.data.columns import row_at, take
from millwright.data.enforce import RowContract
from millwright.data.read import read_columns
from millwright.data.weights import weights_of
from millwright.errors import DataRefused, SpecError
from millwright.loop.opened import open_judged, open_version
from millwright.loop.outcomes import TrainOutcome
from millwright.metrics.registry import metric
from millwright.models.constant import ConstantModel
from millwright.package.open import Payload
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.data import Snapshot
from millwright.records.modelling import Candidate, Split
from millwright.registry import steps
from millwright.search.folds import SEALED, load_assignment
from millwright.tasks.registry import task
from sample_projects import begin, respecify

T = TypeVar("T")


@dataclass(frozen=True)
class Weighed:
    project: Project
    outcome: TrainOutcome
    payload: Payload


@pytest.fixture(scope="module")
def weighed(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Weighed:
    project = begin(tmp_path_factory.mktemp("weighed"), "adult.csv", "income", trials=4, families=("linear", "lightgbm"))
    project = respecify(project, data=replace(project.spec.data, weight="fnlwgt"))
    outcome = project.train()
    return Weighed(project, outcome, open_version(project.workshop, outcome.version))


def left(weighed: Weighed, step: str, kind: type[T]) -> T:
    """What a step of the run left."""
    shop = weighed.project.workshop
    with shop.catalogue.read() as view:
        done = {step.name: step.output for step in steps.of_run(view, weighed.outcome.version.run)}
    return from_json(kind, shop.blobs.get(done[step]))


def sealed(weighed: Weighed, *, others: bool = False) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The cells and the truth of the sealed rows, or of those that were learnt from."""
    shop = weighed.project.workshop
    columns = read_columns(left(weighed, "snapshot", Snapshot), shop.blobs, weighed.payload.scorer.contract)
    rows = take(columns, (load_assignment(left(weighed, "split", Split), shop.blobs) == SEALED) != others)
    return rows, task("binary").encode(rows["income"], weighed.payload.info.classes)


def test_what_is_learnt_and_what_the_search_goes_by_is_weighted(weighed: Weighed) -> None:
    rows, y = sealed(weighed, others=True)
    candidate, weight = left(weighed, "search", Candidate), rows["fnlwgt"]
    share = float(np.average(y, weights=weight))
    assert abs(share - y.mean()) > 0.001
    (digest,) = candidate.baseline_files.values()
    (raw,) = from_json(ConstantModel, weighed.project.workshop.blobs.get(digest)).raw
    assert 1 / (1 + np.exp(-raw)) == pytest.approx(share, abs=0.0006)  # one row is added to each class
    whole = np.load(io.BytesIO(weighed.project.workshop.blobs.get(candidate.out_of_fold)))
    assignment = load_assignment(left(weighed, "split", Split), weighed.project.workshop.blobs)
    fold, said, by = assignment[assignment > SEALED], task("binary").link(whole), metric("log_loss")
    inside = [fold == number for number in sorted(set(fold.tolist()))]
    assert [by.value(y[part], said[part], weight[part]) for part in inside] == pytest.approx(candidate.trial.fold_scores)
    assert [by.value(y[part], said[part]) for part in inside] != pytest.approx(candidate.trial.fold_scores, abs=1e-4)


def test_sealed_metrics_and_their_intervals_are_weighted(weighed: Weighed) -> None:
    rows, y = sealed(weighed)
    judged = open_judged(weighed.project.workshop, weighed.outcome.version)
    evaluation, said = weighed.outcome.evaluation, judged.batch(rows)
    for found, weight in ((evaluation.metrics, rows["fnlwgt"]), (evaluation.unweighted, None)):
        for one in found:
            values = said >= 0.5 if metric(one.name).decides else said
            assert one.interval.value == pytest.approx(metric(one.name).value(y, np.asarray(values, float), weight))
            assert one.interval.low is not None
            assert one.interval.low < (one.interval.value or 0.0)
    assert evaluation.metrics != evaluation.unweighted == evaluation.promised


def test_the_weight_is_no_feature_and_nobody_is_asked_for_it(weighed: Weighed) -> None:
    rows, _ = sealed(weighed)
    assert {c.name: c.role for c in weighed.payload.scorer.contract.columns}["fnlwgt"] == "weight"
    assert not [name for name in weighed.payload.scorer.plan.features if "fnlwgt" in name]
    without = {name: cells for name, cells in rows.items() if name != "fnlwgt"}
    assert weighed.payload.scorer.batch(without).tobytes() == weighed.payload.scorer.batch(rows).tobytes()
    asked = {name: value for name, value in row_at(rows, 0).items() if name not in ("fnlwgt", "income")}
    cells, _ = RowContract(weighed.payload.scorer.contract).check(asked, 1)
    assert weighed.payload.scorer.answer(cells)["probability"] == weighed.payload.scorer.batch(rows)[0]


def test_it_is_said_and_made_again_to_the_bit(weighed: Weighed) -> None:
    assert "weighted" in "\n".join(weighed.outcome.lines)
    assert "weighted: each row counts" in weighed.project.report().read_text()
    again = weighed.project.rebuild()
    assert again.rebuilt_digest == again.payload_digest


def test_weights_that_are_none_are_refused_with_their_row(tmp_path: Path) -> None:
    project = begin(tmp_path, "adult.csv", "income")
    lines = (tmp_path / "adult.csv").read_text().splitlines()
    for cell, said in (("-3", "here it is -3"), ("", "here there is none")):
        fields = lines[41].split(",")
        fields[2] = cell
        (tmp_path / "adult.csv").write_text("\n".join([*lines[:41], ",".join(fields), *lines[42:]]))
        asked = respecify(project, data=replace(project.spec.data, weight="fnlwgt"))
        assert any(check.code == "weight:fnlwgt" and check.severity == "stop" for check in asked.check().checks)
        with pytest.raises(DataRefused, match=f"'fnlwgt', row 41.*{said}"):
            asked.train()


def test_a_weight_is_a_number_of_its_own(tmp_path: Path) -> None:
    project = begin(tmp_path, "adult.csv", "income")
    with pytest.raises(SpecError, match="a weight can play no other part"):
        respecify(project, data=replace(project.spec.data, weight="age", ignore=("age",))).check()
    with pytest.raises(SpecError, match="is the target"):
        respecify(project, data=replace(project.spec.data, weight="income")).check()
    with pytest.raises(DataRefused, match="a weight is a number"):
        respecify(project, data=replace(project.spec.data, weight="sex")).train()
    for cells, said in (([0.0, 0.0], "every row has the weight 0"), ([1.0, np.inf], "row 2")):
        with pytest.raises(DataRefused, match=r"finite number|the weight 0") as refused:
            weights_of(np.array(cells), "w")
        assert said in str(refused.value)
