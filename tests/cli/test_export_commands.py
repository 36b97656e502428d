"""`mw export` as its users meet it."""

import json
import shutil
from pathlib import Path

import pytest

from millwright.cli.main import cli
from millwright.errors import Conflict, NotFound
from millwright.project import Project


@pytest.fixture(scope="module")
def folder(trained_adult: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(trained_adult, tmp_path_factory.mktemp("cli-export") / "adult"))


def mw(folder: Path, *arguments: str) -> None:
    cli.main(["-C", str(folder), "export", *arguments], standalone_mode=False)


@pytest.mark.parametrize(("kind", "out"), [("container", "image"), ("mlflow", "model"), ("onnx", "model.onnx")])
def test_each_export_says_what_it_wrote_and_is_in_the_audit(
    folder: Path, kind: str, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Project(folder).verify_audit().entries
    mw(folder, kind, "v1", "--out", str(folder / out))
    said = capsys.readouterr().out
    assert said.startswith("v1 as a")
    assert str(folder / out) in said
    audit = Project(folder).verify_audit()
    assert (audit.entries, audit.ok) == (before + 1, True)
    with pytest.raises(Conflict) as refused:
        mw(folder, kind, "--out", str(folder / out))
    assert refused.value.code == "export.exists"
    mw(folder, kind, "--out", str(folder / out), "--json", "--force")
    assert json.loads(capsys.readouterr().out)["schema"] == f"millwright.export-{kind}/1"


def test_a_version_that_is_not_there_is_not_found(folder: Path) -> None:
    with pytest.raises(NotFound):
        mw(folder, "onnx", "v9", "--out", str(folder / "x.onnx"))
    assert not (folder / "x.onnx").exists()
