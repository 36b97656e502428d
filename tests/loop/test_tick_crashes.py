"""kill -9 while the loop looks, decides and acts: the next tick ends where the killed one would have ended."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kiosk_stages import DUE, Stages

LAB = Path(__file__).with_name("tick_lab.py")


def crashed(stages: Stages, name: str, scratch: Path, begin: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a whole tick leaves, and what each killed and repeated one leaves."""
    command = [sys.executable, LAB, stages.at(name), DUE[name].isoformat(), scratch, begin]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    whole, *others = [json.loads(line) for line in done.stdout.splitlines()]
    return whole, others


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("name", "begin", "ends"),
    [
        ("hold", "all", ["hold"]),
        ("retrain", "training", ["shadow", "retrain"]),
        ("canary", "acting", ["canary"]),
        ("promote", "acting", ["promote"]),
        ("rollback", "acting", ["rollback"]),
        ("abort", "acting", ["abort"]),
    ],
)
def test_a_killed_tick_is_gone_on_with(stages: Stages, tmp_path: Path, name: str, begin: str, ends: list[str]) -> None:
    before = len(stages.copy(name, tmp_path / "before").decisions(1000))
    whole, others = crashed(stages, name, tmp_path / "lab", begin)
    decided = whole["state"]["decisions"]
    assert [action for _, action, *_ in decided[: len(decided) - before]] == ends
    assert whole["state"]["published"]
    assert len(others) >= 3
    for other in others:
        assert other["state"] == whole["state"], other["point"]
