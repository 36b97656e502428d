"""`mw rehearse` as a person runs it."""

import json
from pathlib import Path

from kiosk import START, weeks
from sales_history import sales

from mw_command import Done
from mw_command import mw as run


def mw(folder: Path, *words: str) -> Done:
    return run("-C", folder, "rehearse", *words)


def test_it_prints_one_object_and_leaves_the_project_alone(tmp_path: Path, signing_key: Path) -> None:
    sales(tmp_path)
    there = {path.name for path in tmp_path.iterdir()}
    span = ("--train-until", START.isoformat(), "--until", weeks(1).isoformat())
    done = mw(tmp_path, *span, "--ways", "never", "--folder", str(tmp_path / "out"), "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    said = json.loads(line)
    assert said["schema"] == "millwright.rehearsal/1"
    assert [way["name"] for way in said["story"]["ways"]] == ["policy", "never"]
    assert {path.name for path in tmp_path.iterdir()} == there | {"out"}
    assert (tmp_path / "out" / "report.html").is_file()
    assert (tmp_path / "out" / "rehearsal.json").is_file()


def test_a_fault_that_is_none_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    sales(tmp_path)
    done = mw(tmp_path, "--inject", "unit:warmth@2024")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "does not say how much" in done.stderr
    assert "Traceback" not in done.stderr
