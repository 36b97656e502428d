"""kill -9 at every fail point of the logs: what was acknowledged is there once, what was not is there once or not at all."""

from pathlib import Path

import pytest

from killed import Mortals, mortals
from millwright.predictions.frames import read_lines
from millwright.predictions.layout import hours

ROWS = 4

WRITER = """
import os
from conftest import make_label, make_prediction, T0
from millwright.predictions.labels import LabelLog
from millwright.predictions.layout import to_microseconds
from millwright.predictions.log import PredictionLog
from millwright.stores.durable import arm
from pathlib import Path

def act(kind, root, setting, rows, start):
    arm(setting)
    log = PredictionLog(Path(root), 1, int(start)) if kind == "predictions" else LabelLog(Path(root), 1, int(start))
    for number in range(int(rows)):
        name = f"{start}-{number}"
        if kind == "predictions":
            log.append("flights", to_microseconds(T0), [make_prediction(0, key=name)])
        else:
            log.append([make_label(0, key=name)]).result(10)
        os.write(1, f"{name}\\n".encode())
    log.close()
"""


def written(writers: Mortals, kind: str, root: Path, setting: str, start: int) -> tuple[int, list[str]]:
    """Exit code of a writer armed with `setting`, and what it acknowledged."""
    done = writers.act(kind, root, setting, ROWS, start)
    assert done.returncode in (0, -9)
    return done.returncode, done.stdout.split()


def kept(root: Path) -> list[str]:
    """The keys of all whole lines, as they lie on the disk."""
    import msgspec

    segments = [segment for folder in hours(root, "flights") for segment in sorted(folder.glob("*.seg"))]
    return [msgspec.json.decode(line)["key"] for segment in segments for line in read_lines(segment)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["predictions", "labels"])
def test_a_writer_killed_at_any_fail_point_keeps_what_it_acknowledged(tmp_path: Path, kind: str) -> None:
    with mortals(WRITER, Path(__file__).parent) as writers:
        killed_at_each_point(writers, tmp_path, kind)


def killed_at_each_point(writers: Mortals, tmp_path: Path, kind: str) -> None:
    trace = tmp_path / "trace"
    assert written(writers, kind, tmp_path / "whole", f"trace:{trace}", 1) == (0, [f"1-{n}" for n in range(ROWS)])
    points = trace.read_text().splitlines()
    assert len(points) >= 2 * ROWS
    for number, point in enumerate(points, 1):
        root = tmp_path / f"killed-{number}"
        code, acknowledged = written(writers, kind, root, f"kill:{number}", 1)
        assert code == -9, point
        found = kept(root)
        assert found[: len(acknowledged)] == acknowledged, point
        assert len(found) <= len(acknowledged) + 1, point
        assert written(writers, kind, root, "", 2) == (0, [f"2-{n}" for n in range(ROWS)])
        assert kept(root) == [*found, *(f"2-{n}" for n in range(ROWS))], "a new start goes on beside what the old one left"
