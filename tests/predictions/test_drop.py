"""Deleting many files: each is gone, by threads where the disk takes its time, and else without."""

import threading
from pathlib import Path

import pytest

from millwright.predictions import drop as module
from millwright.predictions.drop import drop, drop_folders


@pytest.mark.parametrize(("soon", "threads"), [(float("inf"), False), (-1.0, True)])
def test_all_are_gone_and_threads_are_taken_where_it_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, soon: float, threads: bool
) -> None:
    by: set[str] = set()
    monkeypatch.setattr(module, "_SOON", soon)
    monkeypatch.setattr(module, "_pass", lambda _name: by.add(threading.current_thread().name))
    folders = [tmp_path / f"hour={hour}" for hour in range(6)]
    files = [folder / "segment" for folder in folders]
    for file in files:
        file.parent.mkdir()
        file.touch()
    (folders[3] / "new").touch()
    drop([*files, tmp_path / "was never there"])
    assert not any(file.exists() for file in files)
    drop_folders(folders)
    assert [folder.name for folder in folders if folder.exists()] == ["hour=3"], "a writer was faster"
    assert any(name.startswith("drop") for name in by) == threads
