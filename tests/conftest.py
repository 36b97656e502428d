"""What the end-to-end tests share: real samples, and projects trained on them once."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from millwright.app import Settings, read_settings
from millwright.loop.propose import Choices
from millwright.package.keys import SigningKey
from millwright.project import Project
from millwright.records.spec import Spec
from millwright.spec.write import write_spec

SAMPLES = Path(__file__).parent / "data" / "samples"


@pytest.fixture(scope="session", autouse=True)
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A signing key of the tests' own, for this process and those it starts."""
    folder = tmp_path_factory.mktemp("keys")
    path = folder / "signing.key"
    SigningKey.at(path, folder / "trust")
    before = os.environ.get("MILLWRIGHT_SIGNING_KEY")
    os.environ["MILLWRIGHT_SIGNING_KEY"] = str(path)
    yield path
    if before is None:
        del os.environ["MILLWRIGHT_SIGNING_KEY"]
    else:
        os.environ["MILLWRIGHT_SIGNING_KEY"] = before


@pytest.fixture
def settings() -> Settings:
    """The settings of a process that runs here."""
    return read_settings(os.environ)


def begin(folder: Path, sample: str, target: str, choices: Choices | None = None, **search: object) -> Project:
    """A project on a copy of a sample, with a search that is over in seconds."""
    shutil.copy(SAMPLES / sample, folder / sample)
    project = Project.init(sample, target, at=folder / "millwright.yaml", choices=choices or Choices())
    return respecify(project, search=replace(project.spec.search, **{"budget": "20s", **search}))


def respecify(project: Project, **changes: object) -> Project:
    """The same project with other sections in its spec."""
    spec: Spec = replace(project.spec, **changes)  # type: ignore[arg-type]
    project.path.write_text(write_spec(spec, {}))
    return Project(project.path)


@pytest.fixture(scope="session")
def trained_adult(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Path:
    """The folder of a project trained and promoted on the adult sample. Not to be written to."""
    folder = tmp_path_factory.mktemp("adult")
    project = begin(folder, "adult.csv", "income")
    outcome = project.train()
    project.promote(outcome.version.name, force=True, reason="for the tests")
    return folder
