"""What is asked of columns, from the spec to the package: it holds in the whole ensemble, after calibration, to the bit."""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from millwright.data.columns import row_at, take
from millwright.data.read import read_columns
from millwright.errors import DataRefused, SpecError
from millwright.loop.opened import open_version
from millwright.package.open import Payload
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.data import Snapshot
from millwright.registry import steps
from sample_projects import begin, respecify

WAYS = {"age": 1, "education_num": 1, "capital_loss": -1}
ASKED = {name: "increasing" if way > 0 else "decreasing" for name, way in WAYS.items()}


@dataclass(frozen=True)
class Constrained:
    project: Project
    payload: Payload
    columns: dict[str, np.ndarray]
    name: str
    reasons: dict[str, str]


@pytest.fixture(scope="module")
def constrained(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Constrained:
    families = ("linear", "lightgbm", "net")
    project = begin(tmp_path_factory.mktemp("ways"), "adult.csv", "income", families=families, ensemble=4, monotone=ASKED)
    outcome = project.train()
    shop = project.workshop
    with shop.catalogue.read() as view:
        done = {step.name: step.output for step in steps.of_run(view, outcome.version.run)}
    payload = open_version(shop, outcome.version)
    columns = read_columns(from_json(Snapshot, shop.blobs.get(done["snapshot"])), shop.blobs, payload.scorer.contract)
    story = project.run()
    assert story.search is not None
    assert "net left out: it cannot keep its answers rising" in story.note
    reasons = {standing.config: standing.reason for standing in story.search.standings}
    return Constrained(project, payload, columns, outcome.version.name, reasons)


def test_answers_rise_and_fall_to_the_bit(constrained: Constrained) -> None:
    scorer, moved = constrained.payload.scorer, set()
    assert scorer.info.calibrator.step > 0 or scorer.info.calibrator.kind == "isotonic"
    rows = take(constrained.columns, slice(0, 25))
    for name, way in WAYS.items():
        column = constrained.columns[name]
        values = np.unique(np.concatenate([column, np.linspace(column.min() - 5, column.max() + 5, 150)]))
        said = [scorer.batch({**rows, name: np.full(25, value)}) for value in values]
        assert all((way * (high - low) >= 0).all() for low, high in pairwise(said))
        moved |= {name} if (said[0] != said[-1]).any() else set()
        alone = scorer.answer(row_at({**rows, name: np.full(25, values[-1])}, 3))
        assert alone["probability"] == said[-1][3]
    assert len(moved) >= 2


def test_a_family_that_cannot_says_so(constrained: Constrained) -> None:
    assert {name for name, reason in constrained.reasons.items() if "search.monotone" in reason} == {"net short", "net wide"}
    assert constrained.project.rebuild(constrained.name).apart == ()


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ({"monotone": {"income": "increasing"}}, "is no feature"),
        ({"monotone": {"sex": "increasing"}}, "has no order"),
        ({"interactions": (("age", "agee"),)}, "no column that is learnt from"),
    ],
)
def test_what_cannot_be_asked_is_refused(tmp_path: Path, search: dict[str, object], said: str) -> None:
    project = begin(tmp_path, "adult.csv", "income", **search)
    with pytest.raises((DataRefused, SpecError), match=said):
        project.train()


def test_several_classes_do_not_rise(tmp_path: Path) -> None:
    project = begin(tmp_path, "adult.csv", "education", monotone={"age": "increasing"})
    with pytest.raises(SpecError, match="several classes"):
        respecify(project, data=replace(project.spec.data, task="multiclass", positive=None)).check()
