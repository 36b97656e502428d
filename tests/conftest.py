"""What the end-to-end tests share: real samples, and projects trained on them once, whichever process asks first."""

import own_share  # noqa: F401  before anything that imports numpy

# isort: split
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from forked import STARTED, forking
from long_first import long_first
from made_once import made_once, shared_folder
from millwright.app import Settings, read_settings
from millwright.package import probe
from millwright.package.keys import SigningKey
from millwright.search import worker
from sample_projects import begin

sys.path.insert(0, str(Path(__file__).parent / "loop"))

if TYPE_CHECKING:
    from kiosk_stages import Stages


MEMORY = Path("/dev/shm")
ROOM = 4 << 30


def pytest_configure() -> None:
    """Let the folders of tests lie in memory where it has room: what is written there durably waits for no disk."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        found = os.statvfs(MEMORY)
        if found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items[:] = long_first(items, getattr(config, "workerinput", {}).get("workercount", 1))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where things lie that are made once for all processes of this session (`made_once`)."""
    return shared_folder(tmp_path_factory) / "shared"


@pytest.fixture(scope="session", autouse=True)
def signing_key(shared: Path) -> Iterator[Path]:
    """A signing key of the tests' own, for this process and those it starts."""
    path = made_once(shared / "keys", _make_key) / "signing.key"
    before = os.environ.get("MILLWRIGHT_SIGNING_KEY")
    os.environ["MILLWRIGHT_SIGNING_KEY"] = str(path)
    yield path
    if before is None:
        del os.environ["MILLWRIGHT_SIGNING_KEY"]
    else:
        os.environ["MILLWRIGHT_SIGNING_KEY"] = before


def _make_key(folder: Path) -> None:
    SigningKey.at(folder / "signing.key", folder / "trust")


@pytest.fixture(scope="session", autouse=True)
def forked_children() -> Iterator[None]:
    """Processes that fit or try out a model are forked from one that has loaded its libraries (`forked`)."""
    with TemporaryDirectory() as folder, forking(Path(folder)):
        yield


CHOOSING = {
    "millwright.evaluate.evaluators.SAMPLE": 512,
    "millwright.evaluate.evaluators._ROW_SECONDS": 0.05,
    "millwright.evaluate.evaluators._LARGE_SECONDS": 0.02,
    "millwright.evaluate.evaluators._BATCH_SECONDS": 0.01,
}
"""On how much it is found out after a training who gives the same bits and who is quickest. Most tests ask about neither."""
AS_EVER = {name: resolve_name(name) for name in CHOOSING}


@pytest.fixture(scope="session", autouse=True)
def soon_chosen() -> Iterator[None]:
    """An evaluator is chosen in less time and on fewer rows than for a user; not in the tests of that (`chosen_as_ever`)."""
    yield from patched(CHOOSING)


@pytest.fixture(scope="module")
def chosen_as_ever() -> Iterator[None]:
    """An evaluator is chosen as for a user."""
    yield from patched(AS_EVER)


def patched(values: Mapping[str, object]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setattr(name, value)
        yield


@pytest.fixture
def own_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """These processes are started as users have them."""
    monkeypatch.setattr("millwright.search.worker.begun", STARTED[worker])
    monkeypatch.setattr("millwright.package.probe.probed", STARTED[probe])


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
def trained_adult(shared: Path, signing_key: Path) -> Path:
    """The folder of a project trained and promoted on the adult sample. Not to be written to."""
    return made_once(shared / "adult", _train_adult)


def _train_adult(folder: Path) -> None:
    project = begin(folder, "adult.csv", "income")
    outcome = project.train()
    project.promote(outcome.version.name, force=True, reason="for the tests")


@pytest.fixture(scope="session")
def stages(shared: Path, signing_key: Path) -> "Stages":
    """A kiosk on the eve of each kind of tick; each stage is made when first asked for, and shared by all who ask."""
    from kiosk_stages import Stages

    return Stages(shared / "kiosk")
