"""`mw import onnx` as its users meet it."""

import json
from pathlib import Path

import pytest

from millwright.project import Project
from mw_command import mw
from sample_projects import begin

FOREIGN = Path(__file__).parents[1] / "models" / "foreign"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Path:
    folder = tmp_path_factory.mktemp("cli-import")
    begin(folder, "adult.csv", "income")
    return folder


def test_a_file_becomes_a_version_and_says_what_is_not_known(folder: Path) -> None:
    inputs = ["--inputs", "age,education_num,capital_gain,hours_per_week"]
    done = mw("-C", folder, "import", "onnx", str(FOREIGN / "adult_forest.onnx"), *inputs, "--reason", "to see", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["schema"] == "millwright.import/1"
    assert (said["version"]["number"], said["imported"]["file"], said["released"]) == (1, "adult_forest.onnx", False)
    assert "its training rows are not known" in said["version"]["summary"]
    assert any(json.loads(line)["stage"] == "import" for line in done.stdout.splitlines()[:-1])


@pytest.mark.parametrize(("content", "code"), [(b'{"model": 1}', "onnx.file"), (None, "file.missing")])
def test_a_broken_file_is_one_line_and_no_run(folder: Path, tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    before = Project(folder).runs()
    done = mw("-C", folder, "import", "onnx", str(path), "--json")
    assert done.returncode == (5 if content is None else 2)
    assert json.loads(done.stdout)["error"]["code"] == code
    assert done.stderr.startswith(f"mw: {path}: ")
    assert len(done.stderr.splitlines()) == 1
    assert Project(folder).runs() == before
