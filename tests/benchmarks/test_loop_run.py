"""A small run of the loop's benchmark, as anybody starts it: what it prints, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import compared_ways
import pytest
import whole_demo
from figure import report
from site_of_run import Asked, Site

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RUN = BENCHMARKS / "loop" / "run.py"
FIELDS = {"name", "value", "unit", "against", "bar", "met"}
ROWS = 5000
pytestmark = pytest.mark.slow

INTERVAL = {"n": 900, "level": 0.95}


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The benchmark's end."""
    return subprocess.run([sys.executable, str(RUN), *arguments], capture_output=True, text=True, timeout=240, check=False)


def figures_of(text: str) -> dict[str, dict[str, Any]]:
    """The printed figures by name."""
    return {figure["name"]: figure for figure in json.loads(text)["figures"]}


@pytest.fixture(scope="module")
def small() -> "subprocess.CompletedProcess[str]":
    """A tick over few rows, and one round of releases."""
    return run("--json", "--only", "tick", "releases", "--rows", str(ROWS), "--pairs", "1", "--seconds", "1")


@pytest.fixture(scope="module")
def measured(small: "subprocess.CompletedProcess[str]") -> dict[str, dict[str, Any]]:
    """What the small run printed."""
    assert small.returncode in (0, 1), small.stderr
    return figures_of(small.stdout)


def test_each_figure_says_all_that_a_reader_needs(measured: dict[str, dict[str, Any]]) -> None:
    assert len(measured) >= 15
    assert all(set(figure) >= FIELDS for figure in measured.values())
    assert all(isinstance(figure["value"], int | float) for figure in measured.values())


def test_no_request_fails_while_releases_change(measured: dict[str, dict[str, Any]]) -> None:
    failed = measured["releases.failed_requests"]
    assert (failed["value"], failed["bar"], failed["met"]) == (0, 0, True)
    assert "in 6 changes" in failed["against"]
    assert measured["releases.p99_ratio"]["n"] == 6


def test_a_tick_is_split_into_stages_that_add_up(measured: dict[str, dict[str, Any]]) -> None:
    stages = ("join", "profile", "quality", "findings", "situation", "rest")
    parts = [measured[f"tick.{stage}"]["value"] for stage in stages]
    assert min(parts) >= 0
    assert sum(parts) == pytest.approx(measured["tick.seconds"]["value"])
    assert all(measured[f"tick.{stage}"]["value"] > 0 for stage in ("join", "profile", "quality", "findings"))


def test_a_tick_is_held_against_a_scan_of_the_same_rows(measured: dict[str, dict[str, Any]]) -> None:
    tick, scan = measured["tick.seconds"], measured["tick.scan_seconds"]
    assert tick["against"].startswith(f"{ROWS:,} rows of 30 features, ")
    assert measured["tick.ratio"]["value"] == pytest.approx(tick["value"] / scan["value"])
    assert measured["tick.peak_memory"]["value"] > 0


def test_the_exit_code_is_that_of_the_bars(small: "subprocess.CompletedProcess[str]", measured: dict[str, Any]) -> None:
    assert small.returncode == int(any(figure["met"] is False for figure in measured.values()))


def demo_outcome(folder: Path, **changes: Any) -> Path:
    """A file with what `mw demo --json` prints, as far as the benchmark reads it."""
    interval = {"value": 0.7, "low": 0.69, "high": 0.71, **INTERVAL}
    gap = {"value": 0.01, "low": 0.002, "high": 0.02, **INTERVAL}
    ways = ("policy", "never", "always")
    outcome = {
        "seconds": 200.0,
        "stages": {"train": 50.0, "play": 100.0, "compare": 50.0, "total": 200.0},
        "predictions": 60_000,
        "failed_requests": 0,
        "latency_ms": {"p50": 1.0, "p99": 3.0},
        "retrains": dict.fromkeys(ways, 3),
        "overall": {way: {"auc": interval} for way in ways},
        "differences": [{"against": "never", "metric": "auc", "difference": gap}],
        "folder": str(folder / "gone"),
    }
    path = folder / "demo.json"
    path.write_text(json.dumps({**outcome, **changes}))
    return path


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({}, set()),
        ({"seconds": 301.0}, {"demo.seconds"}),
        ({"failed_requests": 1}, {"demo.failed_requests"}),
        ({"seconds": 500.0, "failed_requests": 2}, {"demo.seconds", "demo.failed_requests"}),
    ],
)
def test_a_demo_that_is_slow_or_fails_requests_misses_its_bars(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], missed: set[str]
) -> None:
    figures = list(whole_demo.figures(Site(tmp_path, Asked(demo=demo_outcome(tmp_path, **changes)))))
    assert report(figures, as_json=True) == int(bool(missed))
    printed = figures_of(capsys.readouterr().out)
    assert {name for name, figure in printed.items() if figure["met"] is False} == missed
    assert (printed["demo.requests_a_second"]["value"], printed["demo.seconds_a_look"]["value"]) == (600.0, None)


def test_a_missed_bar_is_the_exit_code_of_the_command(tmp_path: Path) -> None:
    done = run("--json", "--only", "demo", "--demo", str(demo_outcome(tmp_path, failed_requests=3)))
    assert done.returncode == 1, done.stderr
    assert figures_of(done.stdout)["demo.failed_requests"]["value"] == 3


def test_ways_are_printed_with_their_intervals_and_held_to_no_bar(tmp_path: Path) -> None:
    demo = json.loads(demo_outcome(tmp_path).read_text())
    figures = {figure.name: figure for figure in compared_ways.of_flights(demo)}
    policy, over = figures["ways.flights.auc.policy"], figures["ways.flights.auc.over_never"]
    assert (policy.value, policy.low, policy.high, policy.n) == (0.7, 0.69, 0.71, 900)
    assert (over.value, over.low, over.high) == (0.01, 0.002, 0.02)
    assert figures["ways.flights.retrains.always"].value == 3
    assert {figure.met for figure in figures.values()} == {None}


def test_a_file_that_is_not_there_is_said_before_anything_is_measured() -> None:
    done = run("--only", "demo", "--demo", os.devnull + "/none")
    assert done.returncode == 2
    assert "no file at" in done.stderr
