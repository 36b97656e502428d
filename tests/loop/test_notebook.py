"""A project and what it answers with, as a notebook shows them: of what really happened."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from kiosk import tick_at, weeks
from kiosk_stages import Stages

from millwright.evaluate.report.cell import MOST_BYTES
from millwright.project import Project


class Words(HTMLParser):
    """The text of a page, without its style."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._style = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.said.append(data)


def words(shown: str | None) -> str:
    assert shown is not None
    assert len(shown.encode()) <= MOST_BYTES
    assert "<script" not in shown
    reader = Words()
    reader.feed(shown)
    return " ".join(" ".join(reader.said).split())


@pytest.fixture(scope="module")
def looked_at(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A kiosk whose thermometer was off by a thousand, looked at once."""
    project = stages.copy("hold", tmp_path_factory.mktemp("notebook") / "kiosk")
    tick_at(project, weeks(1))
    return project


def test_a_project_shows_what_is_live_and_what_happened(looked_at: Project) -> None:
    said = words(looked_at._repr_html_())
    assert said.startswith(f"{looked_at.spec.project}, {looked_at.path} v1 is live since")
    assert "found: " in said
    assert "What happened so far" in said
    assert "hold" in said


def test_its_findings_and_its_run_are_pictures(looked_at: Project) -> None:
    finding, run = looked_at.findings()[0], looked_at.run()
    assert finding.sentence in words(finding._repr_html_())
    assert finding.changes[0].column in words(finding._repr_html_())
    assert words(run._repr_html_()).startswith(f"{looked_at.spec.project}, run {run.run.id} v1: ")


def test_a_project_without_anything_yet_says_so_and_makes_nothing(looked_at: Project, tmp_path: Path) -> None:
    (tmp_path / "millwright.yaml").write_bytes(looked_at.path.read_bytes())
    assert "Nothing has run here yet" in words(Project(tmp_path)._repr_html_())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["millwright.yaml"]


def test_a_spec_with_a_mistake_is_said_in_the_cell(looked_at: Project, tmp_path: Path) -> None:
    text = looked_at.path.read_text()
    (tmp_path / "millwright.yaml").write_text(re.sub(r"task: \w+", "task: <b>guessing</b>", text))
    shown = Project(tmp_path)._repr_html_()
    assert "guessing" in words(shown)
    assert "<b>" not in shown


def test_nothing_that_draws_is_loaded_with_a_project() -> None:
    script = "import sys, millwright; millwright.Project\nprint([name for name in sys.modules if 'report.' in name])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['millwright.evaluate.report.cells']"
