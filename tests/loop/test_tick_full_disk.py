"""A full disk: said in one line, nothing half-written, and gone on with in the same process once there is room."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from kiosk import at, tick_at
from kiosk_stages import DUE, Stages
from tick_lab import state_of

from millwright.errors import Unavailable


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


@pytest.mark.parametrize("name", ["hold", "retrain", "promote"])
@pytest.mark.parametrize("leave", [0, 40_000, 160_000])
def test_a_tick_on_a_full_disk_says_so_and_is_gone_on_with(
    stages: Stages, tmp_path: Path, small: Path, name: str, leave: int
) -> None:
    if name == "retrain" and leave == 0:
        pytest.skip("as the others: it gets no further than its lease")
    roomy = stages.copy(name, tmp_path / "roomy")
    project = stages.copy(name, small / "kiosk")
    shop, fat = at(project, DUE[name]), fill(small, leave)
    with pytest.raises(Unavailable) as full:
        for _ in range(3):  # with a little room a tick may come to its end
            tick_at_in(shop)
            fat = fill(small)
    assert "disk is full" in str(full.value)
    assert len(str(full.value).splitlines()) == 1
    assert not [path for path in small.rglob(".writing-*") if path.is_file()]
    fat.unlink()
    state_of(project.path.parent)
    tick_at_in(shop)
    tick_at(roomy, DUE[name])
    assert state_of(project.path.parent) == state_of(roomy.path.parent)


def tick_at_in(shop: object) -> None:
    from millwright.loop.tick import tick

    tick(shop)  # type: ignore[arg-type]
