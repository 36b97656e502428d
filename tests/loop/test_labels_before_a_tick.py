"""kill -9 while labels are told and a tick is due: what was acknowledged is counted, once, and the tick goes its way."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from kiosk import DAY, changed, hours_of, tick_at, weeks
from kiosk_stages import Stages

from millwright.project import Project

HERE = Path(__file__).parent
TELLER = """
import json, sys
from millwright.project import Project
from millwright.serve.inprocess import InProcess
from millwright.stores.durable import arm
project = Project(sys.argv[1])
inside = InProcess(project.workshop.home.root, project.workshop.trust)
inside.look()
arm(f"kill:{sys.argv[2]}")
for line in sys.stdin:
    print(inside.label("kiosk", line.encode())["accepted"], flush=True)
inside.close()
"""
"""Tells a batch of labels a line, and says how many were acknowledged, until it is killed at a fail point."""


def told(project: Project, point: int) -> tuple[int, bool]:
    """How many labels were acknowledged, and whether the teller was killed."""
    labels = [
        {"key": {"id": row["id"]}, "value": sold, "at": weeks(2).isoformat()}
        for row, sold in hours_of(weeks(2) - DAY, weeks(2))
    ]
    batches = "\n".join(json.dumps({"labels": batch}) for batch in (labels[:4], labels[4:]))
    command = [sys.executable, "-c", TELLER, str(project.path), str(point)]
    done = subprocess.run(command, input=batches + "\n", capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return sum(map(int, done.stdout.split())), done.returncode != 0


@pytest.mark.slow
def test_an_acknowledged_label_is_counted_by_the_tick_wherever_the_teller_was_killed(stages: Stages, tmp_path: Path) -> None:
    point, killed = 0, True
    while killed:
        point += 1
        project = changed(stages.copy("retrain", tmp_path / f"at-{point}"), policy={"schedule": None})
        acknowledged, killed = told(project, point)
        (look,) = tick_at(project, weeks(2)).watched
        assert 48 + acknowledged <= look.window.labelled <= 56
        again, _ = told(project, 1000)
        assert again == 8, "telling it once more is accepted"
        (later,) = tick_at(project, weeks(3)).watched
        assert later.quality is not None
        assert later.quality.window.labelled == 14 * 8, "each label counts once"
    assert point > 3
    assert acknowledged == 8
