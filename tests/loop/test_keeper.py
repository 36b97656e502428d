"""The keeper: whatever happens to the files of the control plane, the server goes on answering."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from millwright.loop.server import Server, keeping, running_server, server_file
from millwright.project import Project
from millwright.stores.durable import make_folder
from millwright.stores.home import Home

PATIENCE = 60.0
KEEP = """
import sys
import millwright.loop.keeper as keeper
from millwright.project import Project
keeper.PUBLISH_EVERY = keeper.SEAL_EVERY = 0.1
Project(sys.argv[1]).keep_up(port=0)
"""


class Kept:
    """A keeper in a process of its own, which publishes and seals all the time."""

    def __init__(self, folder: Path) -> None:
        self.project = Project(folder)
        self.home = self.project.workshop.home
        self._said = folder / "keeper.log"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen([sys.executable, "-c", KEEP, str(folder)], stdout=said, stderr=said)
        self.wait_until(lambda: running_server(self.home) is not None)

    @property
    def said(self) -> str:
        return self._said.read_text()

    def wait_until(self, happens: object) -> None:
        until = time.monotonic() + PATIENCE
        while not happens():  # type: ignore[operator]
            assert self.process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.02)

    def ready(self) -> dict[str, object]:
        server = running_server(self.home)
        assert server is not None
        with urllib.request.urlopen(f"{server.url}/ready") as answer:
            said: dict[str, object] = json.load(answer)
        return said


@pytest.fixture
def kept(tmp_path: Path, trained_adult: Path) -> Iterator[Kept]:
    folder = shutil.copytree(trained_adult, tmp_path / "adult")
    kept = Kept(folder)
    yield kept
    kept.process.send_signal(signal.SIGTERM)
    assert kept.process.wait(PATIENCE) == 0, kept.said


def live_package(kept: Kept) -> Path:
    return kept.home.packages / kept.project.releases()[0].package


def test_a_live_package_that_is_changed_does_not_end_the_server(kept: Kept) -> None:
    plan = live_package(kept) / "plan.json"
    plan.write_bytes(plan.read_bytes()[:-1] + b" ")
    kept.wait_until(lambda: "plan.json was changed" in kept.said)
    assert kept.ready()["ready"]


def test_trust_that_cannot_be_read_does_not_end_the_server(kept: Kept) -> None:
    (kept.project.workshop.trust / "revoked").mkdir()
    kept.wait_until(lambda: "revoked keys cannot be read" in kept.said)
    assert kept.ready()["ready"]


def test_a_release_file_that_was_changed_is_written_anew(kept: Kept) -> None:
    release = kept.home.root / "release" / f"{kept.project.spec.project}.json"
    whole = release.read_bytes()
    release.write_bytes(whole.replace(b'"version":1', b'"version":2'))
    kept.wait_until(lambda: release.read_bytes() == whole)
    assert kept.ready()["ready"]


def test_what_a_killed_keeper_left_is_not_taken_for_a_running_server(tmp_path: Path) -> None:
    home = Home(tmp_path)
    make_folder(home.server)
    server_file(home).write_text(json.dumps(Server(pid=1, url="http://127.0.0.1:9", projects=()).as_plain()))
    assert running_server(home) is None
    with keeping(home):
        assert running_server(home) is None
        server_file(home).write_text(json.dumps(Server(pid=os.getpid(), url="http://127.0.0.1:9", projects=()).as_plain()))
        assert running_server(home) is not None
