"""The console beside the demo: opened while it goes on, told of at each step, gone with it."""

import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from millwright.cli.main import cli
from millwright.demo.beside import Beside, has_screen, is_watched
from millwright.demo.run import demo_spec
from millwright.demo.steps import Steps
from millwright.loop.control_plane import running_console
from millwright.project import Project
from millwright.records.spec import DataSpec, Spec
from sample_projects import begin


class Terminal:
    def isatty(self) -> bool:
        return True


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return begin(tmp_path, "adult.csv", "income")


@pytest.fixture
def beside() -> Iterator[Beside]:
    opened = Beside()
    yield opened
    opened.close()


def test_it_opens_and_each_step_says_its_page(project: Project, beside: Beside) -> None:
    said: list[str] = []
    steps = Steps(beside, said.append)
    steps.begin(project)
    assert beside.is_open(240.0)
    steps.point("spec", "what is asked for")
    steps.point("versions/v1", "its gates")
    url = running_console(project.workshop.home).url  # type: ignore[union-attr]
    assert "let you in once" not in said[-1]
    assert [line.split(" (")[0].strip() for line in said[-2:]] == [
        f"In the console: {url}/projects/{project.spec.project}/{page}" for page in ("spec", "versions/v1")
    ]
    assert said[-3].strip().startswith(f"{url}/sign-in#token=")
    with urllib.request.urlopen(f"{url}/projects/{project.spec.project}/spec") as answer:
        assert answer.status == 200
    beside.close()
    until = time.monotonic() + 20
    while running_console(project.workshop.home) is not None and time.monotonic() < until:
        time.sleep(0.1)
    assert running_console(project.workshop.home) is None


def test_without_a_console_nothing_is_said_of_it() -> None:
    said: list[str] = []
    Steps(None, said.append).point("spec", "what is asked for")
    assert said == []


def test_a_console_is_opened_for_people_alone() -> None:
    assert is_watched({}, Terminal(), Terminal())
    assert not is_watched({"CI": "true"}, Terminal(), Terminal())
    with open(os.devnull) as nothing:
        assert not is_watched({}, Terminal(), nothing)


def test_a_browser_is_opened_where_there_is_a_screen() -> None:
    assert has_screen({"DISPLAY": ":0"}, "linux")
    assert has_screen({"WAYLAND_DISPLAY": "wayland-0"}, "linux")
    assert has_screen({}, "darwin")
    assert not has_screen({"DISPLAY": ""}, "linux")


def test_one_json_object_and_a_console_that_stays_do_not_go_together() -> None:
    done = CliRunner().invoke(cli, ["demo", "--json", "--console"])
    assert done.exit_code == 2
    assert "--json prints one object" in done.output


def test_the_search_of_the_demo_is_counted_in_fits_and_has_time_for_them() -> None:
    spec = demo_spec(Spec(project="flights", data=DataSpec(source="flights.parquet", target="late", task="binary")))
    assert (spec.search.trials, spec.search.budget) == (15, "10m")
