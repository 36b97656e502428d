"""A full disk: said in one line, nothing half-written, and gone on with in the same process once there is room."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kiosk import at, tick_at
from kiosk_stages import DUE, Stages
from steward_lab import steward_of
from tick_lab import state_of

from millwright.errors import Unavailable
from millwright.loop.tick import tick
from millwright.loop.workshop import Workshop


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path, leave: int = 0) -> Path:
    """Fill the disk up to `leave` bytes."""
    fat = disk / "fat"
    with open(fat, "wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"0" * size)
            except OSError:
                continue
        file.truncate(file.tell() - leave)
    return fat


@pytest.mark.parametrize(
    ("name", "room"),
    [("hold", 0), ("promote", 40_000), ("retrain", 40_000), ("retrain", 160_000)],
)
def test_a_tick_on_a_full_disk_says_so_and_is_gone_on_with(
    stages: Stages, tmp_path: Path, small: Path, name: str, room: int
) -> None:
    roomy, project = stages.copy(name, tmp_path / "roomy"), stages.copy(name, small / "kiosk")
    shop = at(project, DUE[name])
    fat = fill(small, room)
    full = until_full(shop, small)
    assert "the disk is full" in str(full)
    assert len(str(full).splitlines()) == 1
    assert not list(small.rglob(".writing-*"))
    fat.unlink()
    state_of(project.path.parent)  # all there is agrees
    tick(shop)
    tick_at(roomy, DUE[name])
    assert state_of(project.path.parent) == state_of(roomy.path.parent)


def until_full(shop: Workshop, disk: Path) -> Unavailable:
    """Tick until the disk is full: where there was room enough for a tick there is none for the next."""
    for _ in range(3):
        try:
            tick(shop)
        except Unavailable as error:
            return error
        fill(disk)
    raise AssertionError("it was never full")


def test_the_command_says_that_the_disk_is_full_in_one_line(stages: Stages, small: Path) -> None:
    project = stages.copy("hold", small / "kiosk")
    fill(small)
    command = [sys.executable, "-m", "millwright", "-f", str(project.path), "tick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the disk is full" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_steward_on_a_full_disk_says_so_and_goes_on_by_itself(stages: Stages, small: Path) -> None:
    project = stages.copy("hold", small / "kiosk")
    fat = fill(small)
    with steward_of(project, DUE["hold"]) as steward:
        assert "the disk is full" in steward.line()
        fat.unlink()
        while "decision 2: hold" not in steward.line():
            pass
        steward.process.terminate()
        assert steward.process.wait() == 0
    assert [decision.action for decision in project.decisions()] == ["hold", "promote"]
