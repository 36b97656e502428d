"""What the end-to-end tests share: real samples, and projects trained on them once."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from millwright.app import Settings, read_settings
from millwright.package.keys import SigningKey
from sample_projects import begin

sys.path.insert(0, str(Path(__file__).parent / "loop"))

if TYPE_CHECKING:
    from kiosk_stages import Stages


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


@pytest.fixture(scope="session", autouse=True)
def no_console() -> Iterator[None]:
    """`mw up` opens no console beside the servers of tests: they are many, and each would take its second to start."""
    before = os.environ.get("MILLWRIGHT_CONSOLE_PORT")
    os.environ["MILLWRIGHT_CONSOLE_PORT"] = "0"
    yield
    if before is None:
        del os.environ["MILLWRIGHT_CONSOLE_PORT"]
    else:
        os.environ["MILLWRIGHT_CONSOLE_PORT"] = before


@pytest.fixture
def settings() -> Settings:
    """The settings of a process that runs here."""
    return read_settings(os.environ)


@pytest.fixture(scope="session")
def trained_adult(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Path:
    """The folder of a project trained and promoted on the adult sample. Not to be written to."""
    folder = tmp_path_factory.mktemp("adult")
    project = begin(folder, "adult.csv", "income")
    outcome = project.train()
    project.promote(outcome.version.name, force=True, reason="for the tests")
    return folder


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> "Stages":
    """A kiosk on the eve of each kind of tick; each stage is made when first asked for, and shared by all who ask."""
    from kiosk_stages import Stages

    return Stages(tmp_path_factory.mktemp("kiosk"))
