"""The steward: it ticks until it is told to stop or left alone, and what goes wrong in one tick does not end it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from kiosk import at, changed, weeks
from kiosk_stages import DUE, Stages
from steward_lab import command_of, steward_of

from millwright.loop import steward as steward_module
from millwright.loop.companion import Companion
from millwright.loop.steward import Steward
from millwright.loop.steward_state import read_steward, steward_file
from millwright.loop.stewardship import acting
from millwright.loop.trouble import PATIENCE
from millwright.loop.workshop import Workshop
from millwright.project import Project


def wait_for(shop: Workshop) -> dict[str, object]:
    """What the steward says of itself, once it has said something."""
    while (state := read_steward(shop.home, "kiosk")) is None:
        time.sleep(0.05)
    return state


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ticks_says_how_it_is_and_stops_when_told_to(stages: Stages, tmp_path: Path, number: signal.Signals) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")
    with steward_of(project, DUE["hold"]) as steward:
        assert "mw steward: looked at" in steward.line()
        while "decision 2: hold" not in steward.line():
            pass
        state = wait_for(project.workshop)
        assert (state["pid"], state["running"], state["error"]) == (steward.process.pid, True, None)
        assert (state["mode"], state["next_look"]) == ("auto", weeks(2).isoformat())
        steward.process.send_signal(number)
        assert steward.process.wait() == 0
    assert wait_for(project.workshop)["running"] is False
    assert [decision.action for decision in project.decisions()] == ["hold", "promote"]


def test_it_waits_in_silence_while_another_acts(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")
    with acting(project.workshop), steward_of(project, DUE["hold"]) as steward:
        state = wait_for(project.workshop)
        assert state["error"] is None
        steward.process.terminate()
        assert steward.process.wait() == 0
        assert steward.process.stderr is not None
        assert steward.process.stderr.read() == ""
    assert len(project.decisions()) == 1


def test_a_tick_that_fails_is_told_and_the_next_one_is_tried(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")
    package = project.workshop.home.packages / project.versions()[0].package
    hidden = package.rename(tmp_path / "hidden")
    with steward_of(project, DUE["hold"]) as steward:
        said = steward.line()
        assert said.startswith("mw steward: ")
        assert project.versions()[0].package[:8] in said
        assert wait_for(project.workshop)["error"]
        hidden.rename(package)
        while "decision 2: hold" not in steward.line():
            pass
    assert project.decisions()[0].action == "hold"


def test_a_fault_of_ours_ends_one_tick_and_is_told_as_any_other(
    stages: Stages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")

    def broken(_shop: Workshop) -> None:
        raise ValueError("cannot reshape")

    monkeypatch.setattr(steward_module, "tick", broken)
    steward = Steward(project.workshop)
    for _ in range(PATIENCE):
        steward._once()
    assert "Traceback" in capsys.readouterr().err
    said = json.loads(steward_file(project.workshop.home, project.workshop.project).read_text())
    assert said["error"] == "cannot reshape"
    (alert,) = [one.entry.alert for one in project.alerts() if one.entry.alert.cause.startswith("steward:")]
    assert alert.sentence == f"the steward cannot work: {PATIENCE} ticks in a row failed, the last with cannot reshape"


ORPHAN = """
import subprocess, sys
print(subprocess.Popen(sys.argv[1:], stderr=subprocess.DEVNULL).pid, flush=True)
sys.stdin.readline()
"""


def test_it_ends_by_itself_when_its_parent_has_gone(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")
    command = [sys.executable, "-c", ORPHAN, *command_of(project, DUE["hold"])]
    parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    steward = int(parent.stdout.readline())
    wait_for(project.workshop)
    parent.kill()
    parent.communicate()
    while _lives(steward):
        time.sleep(0.05)
    with acting(project.workshop):
        pass


def test_it_ends_where_its_parent_had_gone_before_it_could_look(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    command = [sys.executable, "-m", "millwright", "-f", str(project.path), "steward", "--parent", str(gone.pid)]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def _lives(pid: int) -> bool:
    """Whether a process that is no child of ours runs: one that ended and that nobody fetches does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


def test_the_word_of_a_steward_that_was_killed_is_not_believed(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")
    assert read_steward(project.workshop.home, "kiosk") is None
    with steward_of(project, DUE["hold"]) as steward:
        wait_for(project.workshop)
        os.kill(steward.process.pid, signal.SIGKILL)
        steward.process.wait()
    assert wait_for(project.workshop)["running"] is False
    steward_file(project.workshop.home, "kiosk").write_bytes(b"{half")
    assert read_steward(project.workshop.home, "kiosk") is None


def test_a_companion_that_dies_is_started_again_a_little_later_each_time(tmp_path: Path) -> None:
    log, now = tmp_path / "log", time.monotonic()
    companion = Companion([sys.executable, "-c", "print('begun')"], log)
    companion.start()
    pauses = []
    for begun in range(2, 5):
        _until(lambda: companion._process is not None and companion._process.poll() is not None)
        companion.keep(now)  # it is seen to be dead
        pauses.append(companion._pause)
        companion.keep(now + pauses[-1] - 0.01)
        assert log.read_text().count("begun") == begun - 1, "not yet"
        now += pauses[-1]
        companion.keep(now)
        _until(lambda begun=begun: log.read_text().count("begun") == begun)
    assert pauses == sorted(pauses)
    assert pauses[-1] > pauses[0]
    companion.end()


def test_a_companion_ends_with_its_keeper(tmp_path: Path) -> None:
    log = tmp_path / "log"
    companion = Companion([sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(600)"], log)
    companion.start()
    _until(lambda: "begun" in log.read_text())
    assert companion._process is not None
    pid = companion._process.pid
    companion.end()
    assert not _lives(pid)
    companion.end()


def test_no_companion_is_kept_where_there_is_no_command(tmp_path: Path) -> None:
    companion = Companion([], tmp_path / "log")
    companion.start()
    companion.keep(time.monotonic() + timedelta(days=1).total_seconds())
    companion.end()
    assert not (tmp_path / "log").exists()


def _until(so: Callable[[], bool]) -> None:
    while not so():
        time.sleep(0.02)


def test_a_project_with_nothing_live_is_watched_in_peace(stages: Stages, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    for name in ("millwright.yaml", "sales.csv"):
        (folder / name).write_bytes((stages.at("opened") / name).read_bytes())
    project = changed(Project(folder), policy={"mode": "advise"})
    with steward_of(project, weeks(1)) as steward:
        assert wait_for(project.workshop)["mode"] == "advise"
        steward.process.terminate()
        assert steward.process.wait() == 0
    assert at(project, weeks(1)).project == "kiosk"
