"""What the tests of the API share: one project, made once, and a control plane on a copy of it for each test that changes
it."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "loop"))

from console_world import Control, control_of, make_world
from kiosk_stages import Stages

from made_once import made_once


@pytest.fixture(scope="session")
def world(stages: Stages, shared: Path) -> Path:
    """The folder of the project. Not to be written to."""
    return made_once(shared / "console", lambda folder: make_world(stages, folder / "kiosk")) / "kiosk"


@pytest.fixture(scope="module")
def control(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Control]:
    """A control plane for the tests of a module, which leave what is live alone."""
    folder = tmp_path_factory.mktemp("control") / "kiosk"
    shutil.copytree(world, folder)
    with control_of(folder) as open_:
        yield open_


@pytest.fixture
def fresh(world: Path, tmp_path: Path) -> Iterator[Control]:
    """A control plane of a test's own, to change what is live."""
    shutil.copytree(world, tmp_path / "kiosk")
    with control_of(tmp_path / "kiosk") as open_:
        yield open_
