"""`mw rebuild` as its users meet it."""

import json
import shutil
from pathlib import Path

import click
import pytest

from millwright.cli.main import cli
from millwright.project import Project
from sample_projects import begin


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Path:
    folder = tmp_path_factory.mktemp("cli-rebuild")
    begin(folder, "german_credit.parquet", "class", families=("linear",), trials=3, budget="5m").train()
    return folder


def mw(folder: Path, *arguments: str) -> int:
    code = cli.main(["-C", str(folder), "rebuild", *arguments], standalone_mode=False)
    assert isinstance(code, int)
    return code


def test_the_same_payload_ends_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mw(folder, "--json") == 0
    said = capsys.readouterr()
    digest = Project(folder).versions()[0].payload_digest
    answer = json.loads(said.out)
    assert answer["schema"] == "millwright.rebuild/1"
    assert (answer["equal"], answer["version"], answer["rebuilt_digest"], answer["fits"]) == (True, "v1", digest, 1)
    assert said.err == ""


def test_another_payload_ends_with_1_and_says_what_changed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A linear model that is fitted otherwise, as another version of a library may do."""
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    library = tmp_path / "library"
    library.mkdir()
    (library / "sitecustomize.py").write_text("import millwright.models.linear as linear\nlinear._ROUND = 3\n")
    monkeypatch.setenv("PYTHONPATH", str(library), prepend=":")
    assert mw(copy, "v1") == 1
    told = capsys.readouterr()
    assert told.err.splitlines()[:2] == ["1,000 rows kept here", "fit 1 of 1: linear on all rows"]
    said = told.out
    assert "v1 rebuilt: not the same payload" in said
    assert "  linear on all rows is another model" in said
    assert "  model/linear.json differs" in said
    assert "No library, interpreter or kind of machine has changed since" in said


def test_a_version_that_is_not_there_is_not_found(folder: Path) -> None:
    from millwright.errors import NotFound

    with pytest.raises(NotFound):
        mw(folder, "v9")
    with pytest.raises(click.UsageError):
        mw(folder, "v1", "v2")
