"""A keeper that is killed: its server goes on answering, and can still be seen, stopped and replaced."""

import json
import os
import shutil
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from millwright.loop.server import keeper_pid, server_pid
from millwright.project import Project


def ready(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/ready", timeout=10) as answer:
        return bool(json.load(answer)["ready"])


@pytest.mark.slow
def test_a_server_outlives_its_keeper_and_obeys_the_next(tmp_path: Path, trained_adult: Path) -> None:
    project = Project(shutil.copytree(trained_adult, tmp_path / "adult"))
    home = project.workshop.home
    first = project.up(port=0)
    os.kill(first.pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while keeper_pid(home) is not None and time.monotonic() < until:
        time.sleep(0.02)
    assert ready(first.url), "the data plane lives when all else is down"
    status = project.status()["server"]
    assert status["url"] == first.url
    assert status["pid"] == server_pid(home)
    second = project.up(port=0)
    assert ready(second.url)
    assert second.pid == keeper_pid(home) != first.pid, "the next one is up, not only the one that was left"
    assert project.down()
    assert (server_pid(home), keeper_pid(home)) == (None, None)
    assert not project.down()
