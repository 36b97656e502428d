"""One trained project and what is exported of it, shared by the tests of this room."""

import shutil
from pathlib import Path

import pytest

from millwright.export.subject import Subject
from millwright.loop.exporting import _subject
from millwright.project import Project


@pytest.fixture(scope="session")
def project(trained_adult: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the trained project: an export is entered in its audit."""
    return Project(shutil.copytree(trained_adult, tmp_path_factory.mktemp("exported") / "adult"))


@pytest.fixture(scope="session")
def context(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context of a container."""
    out = tmp_path_factory.mktemp("context") / "image"
    project.export_container(out)
    return out


@pytest.fixture(scope="session")
def model(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow model."""
    out = tmp_path_factory.mktemp("mlflow") / "model"
    project.export_mlflow(out)
    return out


@pytest.fixture(scope="session")
def subject(project: Project) -> Subject:
    """The live version, verified and opened."""
    return _subject(project.workshop, None)
