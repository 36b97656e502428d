"""kill -9 while labels are told and a tick is due: what was acknowledged is counted, once, and the tick goes its way."""

import json
import signal
from pathlib import Path

import pytest
from kiosk import DAY, changed, hours_of, tick_at, weeks
from kiosk_stages import Stages

from killed import Mortals, mortals
from millwright.project import Project

HERE = Path(__file__).parent
TELLER = """
import millwright.loop.workshop, numpy, sqlalchemy
from millwright.project import Project
from millwright.serve.inprocess import InProcess
from millwright.stores.durable import arm

def act(path, point, *batches):
    project = Project(path)
    inside = InProcess(project.workshop.home.root, project.workshop.trust)
    inside.look()
    arm(f"kill:{point}")
    for batch in batches:
        print(inside.label("kiosk", batch.encode())["accepted"], flush=True)
    inside.close()
"""
"""Tells batches of labels, and says how many were acknowledged, until it is killed at a fail point."""


def told(tellers: Mortals, project: Project, point: int) -> tuple[int, bool]:
    """How many labels were acknowledged, and whether the teller was killed."""
    labels = [
        {"key": {"id": row["id"]}, "value": sold, "at": weeks(2).isoformat()}
        for row, sold in hours_of(weeks(2) - DAY, weeks(2))
    ]
    batches = (json.dumps({"labels": batch}) for batch in (labels[:4], labels[4:]))
    done = tellers.act(project.path, point, *batches)
    assert done.returncode in (0, -signal.SIGKILL)
    return sum(map(int, done.stdout.split())), done.returncode != 0


@pytest.mark.slow
def test_an_acknowledged_label_is_counted_by_the_tick_wherever_the_teller_was_killed(stages: Stages, tmp_path: Path) -> None:
    with mortals(TELLER, HERE) as tellers:
        killed_at_each_point(tellers, stages, tmp_path)


def killed_at_each_point(tellers: Mortals, stages: Stages, tmp_path: Path) -> None:
    point, killed = 0, True
    while killed:
        point += 1
        project = changed(stages.copy("retrain", tmp_path / f"at-{point}"), policy={"schedule": None})
        acknowledged, killed = told(tellers, project, point)
        (look,) = tick_at(project, weeks(2)).watched
        assert 48 + acknowledged <= look.window.labelled <= 56
        again, _ = told(tellers, project, 1000)
        assert again == 8, "telling it once more is accepted"
        (later,) = tick_at(project, weeks(3)).watched
        assert later.quality is not None
        assert later.quality.window.labelled == 14 * 8, "each label counts once"
    assert point > 3
    assert acknowledged == 8
