"""The console as a person has it: a process of its own, opened by a command, let into by a link."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import httpx
import pytest
from kiosk import changed

from millwright.loop.control_plane import running_console
from millwright.project import Project
from millwright.registry import runs

LINK = re.compile(r"(http://\S+)/sign-in#token=(\S+)")
SLOW = """
import time
from sklearn.linear_model import Ridge

class Slow(Ridge):
    def fit(self, X, y):
        time.sleep(2)
        return super().fit(X, y)

slow = Slow()
"""
"""A model that is still being fitted whenever somebody asks for an end."""


@contextlib.contextmanager
def opened(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """`mw console`, where it is, and the token of its link."""
    command = [sys.executable, "-m", "millwright", "-C", str(folder), "console", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said = ""
        while not (found := LINK.search(said)):
            line = process.stdout.readline()
            assert line, said
            said += line
        yield process, found[1], found[2]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stdout is not None
        assert "Traceback" not in process.stdout.read()


@pytest.fixture
def folder(world: Path, tmp_path: Path) -> Path:
    shutil.copytree(world, tmp_path / "kiosk")
    return tmp_path / "kiosk"


@contextlib.contextmanager
def signed_in(url: str, token: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{url}/api/v1/", timeout=20) as client:
        said = client.post("session", json={"token": token})
        assert said.status_code == 200, said.text
        client.headers["X-CSRF-Token"] = said.json()["csrf"]
        yield client


def test_it_ends_without_a_word_while_somebody_follows(folder: Path) -> None:
    with opened(folder) as (process, url, token), signed_in(url, token) as client:
        seen = follows(client, "projects/kiosk/events")
        assert next(seen)["event"] == "hello"
        process.send_signal(signal.SIGINT)
        assert all("event" in one for one in seen), "the stream ends by itself; one that is cut off raises"
        assert process.wait(20) == 0


def test_a_person_opens_it_comes_in_and_follows_what_happens(folder: Path) -> None:
    with opened(folder, "--base-path", "mw") as (process, url, token):
        assert url.endswith("/mw")
        with signed_in(url, token) as client:
            assert client.get("me").json()["everywhere"] == "admin"
            seen = follows(client, "projects/kiosk/events")
            mark = next(seen)["id"]
            body = {"reason": "try it", "to": "shadow", "confirm": "v2"}
            assert client.post("projects/kiosk/versions/v2/promote", json=body).status_code == 200
            first = next(event for event in seen if event["event"] == "rollout")
            assert (first["data"]["what"], first["data"]["actor"]) == ("release.shadow", client.get("me").json()["user"])
            assert client.post("projects/kiosk/rollout/abort", json={"reason": "enough"}).status_code == 200
            again = follows(client, "projects/kiosk/events", mark)
            told = [event["data"]["what"] for event in islice((e for e in again if e["event"] == "rollout"), 2)]
            assert told == ["release.shadow", "release.abort"], "whoever was away is told what they missed"
        assert (running := running_console(Project(folder).workshop.home)) is not None
        assert running.pid == process.pid
        page = httpx.get(f"{url}/projects/kiosk")
        assert page.headers["content-type"].startswith("text/html")
        link = subprocess.run(
            [sys.executable, "-m", "millwright", "-C", str(folder), "console", "link", "--json"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        other = json.loads(link.stdout)
        with signed_in(other["url"], other["link"].partition("token=")[2]) as client:
            assert client.get("projects").json()["total"] == 1
    assert running_console(Project(folder).workshop.home) is None


def follows(client: httpx.Client, path: str, after: str = "") -> Iterator[dict[str, object]]:
    """The events of a stream, those without a place of their own left out."""
    headers = {"Last-Event-ID": after} if after else {}
    with client.stream("GET", path, headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        event: dict[str, object] = {}
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            if line == "" and event:
                if "id" in event:
                    yield event
                event = {}
            elif name in ("id", "event", "data"):
                event[name] = json.loads(value) if name == "data" else value


def test_a_run_is_started_from_afar_and_stopped(folder: Path) -> None:
    (folder / "slow.py").write_text(SLOW)
    project = changed(Project(folder), search={"families": ("slow.py:slow",), "trials": None})
    with opened(folder) as (_, url, token), signed_in(url, token) as client:
        begun = client.post("projects/kiosk/runs", json={"budget": "100s"})
        assert begun.status_code == 202, begun.text
        assert begun.json()["running"]
        assert client.post("projects/kiosk/runs", json={}).json()["error"]["code"] == "run.going_on"
        run = wait(lambda: newest_running(project))
        assert run.actor == client.get("me").json()["user"]
        wait(lambda: client.get("projects/kiosk/training").json()["progress"])
        assert client.post(f"projects/kiosk/runs/{run.id}/stop", json={}).status_code == 202
        wait(lambda: not client.get("projects/kiosk/training").json()["running"])
        assert client.get(f"projects/kiosk/runs/{run.id}").json()["story"]["run"]["state"] != "finished"


def newest_running(project: Project) -> "object":
    with project.workshop.catalogue.read() as view:
        return next((run for run in runs.page(view, "kiosk", limit=1) if run.state == "running"), None)


def wait(what, seconds: float = 40.0):  # type: ignore[no-untyped-def]  # whatever it gives, once that is something
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until
        time.sleep(0.1)
    return found


def test_a_second_one_is_told_of_the_first(folder: Path) -> None:
    with opened(folder) as (_, url, _token):
        said = subprocess.run(
            [sys.executable, "-m", "millwright", "-C", str(folder), "console", "--port", "0"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert url in said.stdout


def test_one_that_belongs_to_a_server_ends_with_it(folder: Path) -> None:
    command = [sys.executable, "-c", SPAWN.format(folder=str(folder))]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    home = Project(folder).workshop.home
    wait(lambda: running_console(home))
    parent.kill()
    parent.wait()
    wait(lambda: running_console(home) is None)


SPAWN = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-m", "millwright", "-C", {folder!r}, "console", "--port", "0", "--parent", str(os.getpid())])
time.sleep(60)
"""


def test_who_is_not_among_its_people_is_told_how_one_of_them_gets_in(folder: Path) -> None:
    with opened(folder):
        """Whoever opens it first is let in, and made admin of all."""
    command = [sys.executable, "-m", "millwright", "-C", str(folder), "console", "--port", "0"]
    with subprocess.Popen(
        command,
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MILLWRIGHT_ACTOR": "a-stranger"},
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline(), process.stdout.readline()]
        process.send_signal(signal.SIGTERM)
    assert said[0].startswith("The console is at http://")
    assert said[1].startswith("a-stranger is not among its people: `mw console link --user NAME`")
