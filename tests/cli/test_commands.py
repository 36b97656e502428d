"""The command line as its users meet it: help, JSON, exit codes, errors in one line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from millwright.cli.main import COMMANDS
from mw_command import Done, mw, started

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
BAD = Path(__file__).parent.parent / "data" / "bad"


def answer(done: Done) -> dict[str, Any]:
    """The last JSON object on stdout."""
    last: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return last


@pytest.mark.parametrize("line", ["status", "trian", "init --from adult.csv --target income --json", "check", "check --json"])
def test_a_process_of_its_own_says_the_same(line: str, tmp_path: Path) -> None:
    """What the other tests call in this process."""
    said = []
    for call in (mw, started):
        folder = tmp_path / call.__name__ / "adult"
        folder.mkdir(parents=True)
        shutil.copy(SAMPLES / "adult.csv", folder)
        if line.startswith("check"):
            mw("init", "--from", "adult.csv", "--target", "income", cwd=folder)
        done = call(*line.split(), cwd=folder)
        texts = (text.replace(str(folder), "HERE") for text in (done.stdout, done.stderr))
        said.append((done.returncode, *(text.replace("python -m millwright", "__main__.py") for text in texts)))
    assert said[0] == said[1]


HELP = """
import os, sys
from millwright.cli.main import main
for command in sys.argv[1:]:
    sys.stdout.flush()
    if not os.fork():
        sys.argv = ["mw", *command.split(), "--help"]
        print("=== ", command)
        main()
    assert os.wait()[1] == 0, command
"""
"""Each command in a process that has loaded no other."""

GROUPS = {"audit": "audit verify", "trust": "trust list", "keys": "keys list"}


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    """What --help prints, by command."""
    asked = [GROUPS.get(command, command) for command in COMMANDS]
    done = subprocess.run([sys.executable, "-c", HELP, *asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {text.split()[0]: text for text in done.stdout.split("===  ")[1:]}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str, helps: dict[str, str]) -> None:
    assert "Examples:" in helps[command]
    assert f"mw {command}" in helps[command]


def test_the_command_tree_is_there_for_programs(tmp_path: Path) -> None:
    tree = json.loads(mw("--describe", "status", cwd=tmp_path).stdout)
    assert set(tree["commands"]) == set(COMMANDS)


def test_a_wrong_command_gets_the_nearest_right_one(tmp_path: Path) -> None:
    done = mw("trian", cwd=tmp_path)
    assert done.returncode == 2
    assert 'Did you mean "train"?' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["train", "check", "plan", "status", "promote v1", "runs", "up", "report"])
def test_without_a_spec_every_command_says_what_to_do(command: str, tmp_path: Path) -> None:
    done = mw(*command.split(), cwd=tmp_path)
    assert done.returncode == 5
    assert len(done.stderr.strip().splitlines()) == 1
    assert "mw init" in done.stderr
    assert not list(tmp_path.iterdir()), "nothing was written"


def test_every_mistake_in_a_spec_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    spec = "project: x\ndata:\n  source: a.csv\n  targte: y\n  task: binray\nsplit:\n  holdout: 3\n"
    (tmp_path / "millwright.yaml").write_text(spec)
    done = mw("train", "--json", cwd=tmp_path)
    assert done.returncode == 2
    wheres = [problem["where"] for problem in answer(done)["error"]["problems"]]
    assert any("millwright.yaml:4:" in where for where in wheres)
    assert any("millwright.yaml:5:" in where for where in wheres)
    assert any("millwright.yaml:7:" in where for where in wheres)
    assert "target" in done.stderr


def test_init_writes_a_spec_that_check_understands(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "adult.csv", tmp_path)
    made = mw("init", "--from", "adult.csv", "--target", "income", "--json", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert answer(made)["rows"] == 2000
    checked = mw("check", "--json", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert (tmp_path / "contract.yaml").is_file()
    again = mw("init", "--from", "adult.csv", "--target", "income", cwd=tmp_path)
    assert again.returncode == 1
    assert "--force" in again.stderr


def test_a_secret_in_the_spec_comes_from_the_environment(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "adult.csv", tmp_path)
    mw("init", "--from", "adult.csv", "--target", "income", cwd=tmp_path)
    spec = tmp_path / "millwright.yaml"
    spec.write_text(spec.read_text().replace("source: adult.csv", "source: ${TABLE}"))
    done = mw("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "TABLE" in done.stderr


REFUSED = ["01_truncated.parquet", "05_duplicate_columns.csv", "06_empty.csv", "07_header_only.csv"]


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_file_is_refused_in_one_line_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    folder = BAD / "files" if (BAD / "files").is_dir() else BAD
    shutil.copy(folder / name, tmp_path)
    done = mw("init", "--from", name, "--target", "income", cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert name in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_status_plan_and_lists_speak_json(trained_adult: Path) -> None:
    for command in ("status", "plan", "runs", "versions", "releases"):
        done = mw("-C", trained_adult, command, "--json", cwd=trained_adult)
        assert done.returncode == 0, done.stderr
        assert answer(done)["schema"] == f"millwright.{command}/1"
        assert mw("-C", trained_adult, command, cwd=trained_adult).stdout.strip()


def test_the_audit_is_whole(trained_adult: Path) -> None:
    done = mw("-C", trained_adult, "audit", "verify", cwd=trained_adult)
    assert done.returncode == 0
    assert "whole" in done.stdout


def test_force_needs_a_reason(trained_adult: Path) -> None:
    done = mw("-C", trained_adult, "promote", "v1", "--force", cwd=trained_adult)
    assert done.returncode == 2
    assert "--reason" in done.stderr


def test_an_unknown_version_is_not_found(trained_adult: Path) -> None:
    done = mw("-C", trained_adult, "promote", "v99", "--json", cwd=trained_adult)
    assert done.returncode == 5
    assert answer(done)["error"]["code"] == "version.missing"


@pytest.mark.parametrize("output", ["answers.csv", "answers.parquet"])
def test_predict_answers_a_file_row_by_row(trained_adult: Path, tmp_path: Path, output: str) -> None:
    predict = ["-C", trained_adult, "predict", "--input", SAMPLES / "adult.csv", "--output", tmp_path / output]
    done = mw(*predict, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert answer(done)["rows"] == 2000
    again = mw(*predict, cwd=tmp_path)
    assert again.returncode == 1, "an output is not overwritten"


def test_the_schema_is_json(tmp_path: Path) -> None:
    assert json.loads(mw("schema", cwd=tmp_path).stdout)["properties"]["data"]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table and its spec. Not to be written to."""
    folder = tmp_path_factory.mktemp("begun")
    shutil.copy(SAMPLES / "adult.csv", folder)
    assert mw("init", "--from", "adult.csv", "--target", "income", cwd=folder).returncode == 0
    return folder


def shell(script: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell, in which $MW is the program."""
    return subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "MW": f"{sys.executable} -m millwright", **environment},
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("$MW status >&-", 0),
        ("$MW status 2>&-", 0),
        ("$MW status <&- >&- 2>&-", 0),
        ("$MW status > /dev/full", 1),
        ("$MW status --json > /dev/full", 1),
        ("$MW --help > /dev/full", 1),
        ("PYTHONIOENCODING=ascii $MW status", 0),
        ("mkdir gone; cd gone; rmdir ../gone; $MW status", 5),
        ("MILLWRIGHT_THREADS=many $MW status", 2),
        ("MILLWRIGHT_THREADS=-1 $MW status", 2),
        ("$MW train --budget soon", 2),
        ("$MW train --budget 0s", 2),
    ],
)
def test_an_odd_place_to_run_in_costs_no_traceback(line: str, code: int, begun: Path, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    folder = tmp_path / "größe"
    shutil.copytree(begun, folder)
    done = shell(line, folder)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1, done.stderr


@pytest.mark.parametrize("name", ["No Name", "../up", "", "x" * 64])
def test_init_writes_no_spec_that_check_would_refuse(name: str, tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "adult.csv", tmp_path / "adult.csv")
    done = mw("init", "--from", "adult.csv", "--target", "income", "--project", name, cwd=tmp_path)
    assert (done.returncode == 0) == (name == "")
    assert (tmp_path / "millwright.yaml").exists() == (name == "")
    assert "Traceback" not in done.stderr


def test_a_file_with_a_long_name_gives_a_project_a_name_it_may_have(tmp_path: Path) -> None:
    long = f"{'long-' * 30}.csv"
    shutil.copy(SAMPLES / "adult.csv", tmp_path / long)
    assert mw("init", "--from", long, "--target", "income", cwd=tmp_path).returncode == 0
    assert mw("status", cwd=tmp_path).returncode == 0


def test_what_would_steer_a_terminal_is_shown_as_what_it_is() -> None:
    from millwright.cli.output import printable

    assert printable("a\x1b[31mb\nc\td\x9b") == "a\\x1b[31mb\nc\td\\x9b"


def test_predict_names_its_own_option_where_the_input_is_not_there(trained_adult: Path, tmp_path: Path) -> None:
    done = mw("-C", trained_adult, "predict", "--input", "nope.csv", "--output", tmp_path / "a.csv", cwd=tmp_path)
    assert done.returncode == 5
    assert "--input" in done.stderr
