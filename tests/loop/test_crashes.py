"""kill -9 before and after every durable write: the same command, given again, ends where it would have ended."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from millwright.project import Project
from millwright.records.spec import EvaluateSpec
from sample_projects import begin, respecify

SHARDS = 2
OF_A_TRAINING = 4
"""A training writes the same two things at the end of each step: of each four writes in a row two are tried."""
LAB = Path(__file__).with_name("crash_lab.py")


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a spec and nothing else; its search is over in no time."""
    folder = tmp_path_factory.mktemp("untrained")
    project = begin(folder, "german_credit.parquet", "class", families=("baseline",))
    respecify(project, evaluate=EvaluateSpec(resamples=100))
    return folder


@pytest.fixture(scope="module")
def released(untrained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with two versions, the first of them live."""
    folder = tmp_path_factory.mktemp("released") / "project"
    shutil.copytree(untrained, folder)
    project = Project(folder)
    project.train()
    project.promote("v1", force=True, reason="first")
    other = respecify(project, search=project.spec.search.__class__(families=("baseline", "linear"), budget="10m", trials=4))
    assert other.train().version.number == 2
    return folder


def crashed(
    verb: str, template: Path, scratch: Path, shard: int, shards: int = SHARDS
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a whole run leaves, and what each killed and repeated one leaves."""
    arguments = [verb, template, scratch, shard, shards]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(LAB), *map(str, arguments)], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    first, *others = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(others) == first["crashes"]
    return first, others


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_killed_training_run_ends_in_the_same_payload(untrained: Path, tmp_path: Path, shard: int) -> None:
    whole, others = crashed("train", untrained, tmp_path, shard, OF_A_TRAINING)
    assert whole["crashes"] > 20 / OF_A_TRAINING
    for other in others:
        assert other["state"] == whole["state"], other["point"]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_killed_promotion_is_done_or_not_done_and_the_servers_agree(released: Path, tmp_path: Path, shard: int) -> None:
    whole, others = crashed("promote", released, tmp_path, shard)
    for other in others:
        assert other["state"] == whole["state"], other["point"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_killed_rollback_is_done_or_not_done_and_the_servers_agree(released: Path, tmp_path: Path) -> None:
    template = tmp_path / "two-releases"
    shutil.copytree(released, template)
    Project(template).promote("v2", force=True, reason="second")
    for shard in range(SHARDS):
        whole, others = crashed("rollback", template, tmp_path / f"shard-{shard}", shard)
        before = {**whole["state"], "live": 2, "releases": 2, "published": 2}
        for other in others:
            assert other["state"] in (whole["state"], before), other["point"]
