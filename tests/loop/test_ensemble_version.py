"""An ensemble as a version: packed with the quickest way through its trees, served, explained, exported, retrained."""

import json
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from raced import race

from millwright.loop.opened import open_version
from millwright.loop.order import Kept, Order
from millwright.loop.parity import parity
from millwright.loop.progress import silent
from millwright.loop.retraining import kept_of
from millwright.loop.train import train
from millwright.models.ensemble import EnsembleEvaluator
from millwright.models.tree_bits import TreeBits
from millwright.package.open import Payload
from millwright.project import Project
from millwright.records.modelling import Member, TrialConfig
from millwright.records.release import Version
from millwright.search.joining import config_of
from millwright.serve.inprocess import InProcess
from sample_projects import begin, respecify

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def _trees(leaves: int) -> TrialConfig:
    return TrialConfig(name=f"trees of {leaves}", family="lightgbm", params={"num_leaves": leaves, "num_iterations": 20})


WEIGHTS = {"trees of 4": 0.5, "linear": 0.25, "trees of 16": 0.25}
KEPT = config_of(
    [
        Member(weight=0.5, config=_trees(4)),
        Member(weight=0.25, config=TrialConfig(name="linear", family="linear")),
        Member(weight=0.25, config=_trees(16)),
    ]
)


@dataclass(frozen=True)
class Packed:
    """A project whose live version is an ensemble of two models of trees and a linear one."""

    project: Project
    version: Version
    payload: Payload
    lines: list[str]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Packed:
    project = begin(tmp_path_factory.mktemp("ensemble"), "adult.csv", "income", families=("linear",), trials=None)
    with pytest.MonkeyPatch.context() as patch:
        race(patch, ensemble=40.0, **{"ensemble-bits": 20.0})
        said: list[str] = []
        order = Order(run="ensemble-1", as_of=NOW, kept=Kept((KEPT,)))
        outcome = train(project.workshop, lambda progress: said.append(progress.message), order)
    project.promote(outcome.version.name, force=True, reason="to be asked")
    return Packed(project, outcome.version, open_version(project.workshop, outcome.version), [*said, *outcome.lines])


def test_its_trees_are_one_member_and_the_quicker_way_through_them_answers(packed: Packed) -> None:
    info = packed.payload.info
    assert (info.evaluator, info.stands_for) == ("ensemble-bits", "ensemble")
    assert info.model_files == ("ensemble.json", "m0.lightgbm.txt", "m1.linear.json", "trees.npz")
    answering = packed.payload.scorer.evaluator
    assert isinstance(answering, EnsembleEvaluator)
    assert isinstance(answering.members[0], TreeBits)
    assert "  answers with ensemble, trees as bits: 20 µs a row (ensemble 40 µs, same bits)" in packed.lines


def test_it_is_said_what_it_is(packed: Packed) -> None:
    order = ", ".join(f"{name} {weight:.2g}" for name, weight in _by_place(packed))
    assert any(line.startswith(f"best: ensemble of 3: {order}, log_loss ") for line in packed.lines)
    folder = packed.project.workshop.home.packages / packed.version.package
    trials = json.loads((folder / "trials.json").read_text())
    assert [trial["config"]["name"] for trial in trials][-1] == f"ensemble of 3: {order}"
    assert f"an ensemble of 3 models ({order}) whose weighted scores are added" in (folder / "card.md").read_text()
    report = (folder / "report.html").read_text()
    assert f"ensemble of 3: {order} (chosen)" in report
    assert "3 answer together, which is better than any of them alone" in report


def _by_place(packed: Packed) -> list[tuple[str, float]]:
    """The members as they are named: the best comes first."""
    folder = packed.project.workshop.home.packages / packed.version.package
    members = json.loads((folder / "trials.json").read_text())[-1]["config"]["members"]
    assert {m["config"]["name"]: m["weight"] for m in members} == WEIGHTS
    return [(m["config"]["name"], m["weight"]) for m in members]


def test_answers_are_the_same_alone_and_together_and_say_why(packed: Packed) -> None:
    shop, rows = packed.project.workshop, packed.payload.golden.rows[:20]
    with closing(InProcess(shop.home.root, shop.trust)) as inside:
        assert inside.look()["refused"] == {}
        together = _asked(inside, {"rows": rows, "explain": True})
        alone = [_asked(inside, {"rows": [row]})[0] for row in rows]
    assert [answer["probability"] for answer in together] == [answer["probability"] for answer in alone]
    scorer = packed.payload.scorer
    raw = scorer.raw_batch(np.array([scorer.encode(row, 1, [])[0] for row in rows]))[:, 0]
    why = [answer["contributions"] for answer in together]
    assert [one["base"] + sum(one["columns"].values()) for one in why] == pytest.approx(raw.tolist(), abs=1e-9)
    now = datetime.now(UTC)
    found = parity(shop, now - timedelta(hours=1), now + timedelta(minutes=1), 1000)
    assert [(v.evaluator, v.rows, v.unequal) for v in found.versions] == [("ensemble-bits", 40, 0)]


def _asked(inside: InProcess, request: dict[str, Any]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = json.loads(inside.predict(None, json.dumps(request).encode()))["predictions"]
    return answers


def test_it_is_exported(packed: Packed, tmp_path: Path) -> None:
    done = packed.project.export_onnx(tmp_path / "model.onnx")
    assert done.parity.largest <= 1e-14
    pins = {line.partition("==")[0] for line in packed.project.export_container(tmp_path / "image").requirements}
    assert "lightgbm" in pins
    assert "onnxruntime" not in pins
    assert "libgomp1" in (tmp_path / "image" / "Dockerfile").read_text()


def test_a_retrain_keeps_its_members_and_their_weights(packed: Packed, tmp_path: Path) -> None:
    (kept,) = kept_of(packed.project.workshop).only
    assert {m.config.name: m.weight for m in kept.members} == WEIGHTS
    assert all(member in KEPT.members for member in kept.members)
    stricter = respecify(packed.project, split=replace(packed.project.spec.split, seed=11))
    again = train(stricter.workshop, silent, Order(run="ensemble-2", as_of=NOW, kept=Kept((kept,))))
    config = again.trials[-1].config
    assert {m.config.name: m.weight for m in config.members} == WEIGHTS
    assert again.version.payload_digest != packed.version.payload_digest
