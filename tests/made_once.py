"""What is dear to make is made once in a session of tests, also where several processes share the session's tests."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """`folder`, which the first process that asks fills by `make(folder being made)`; the others wait. Not to be written to."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = folder.with_name(f"{folder.name}.making")
            shutil.rmtree(making, ignore_errors=True)  # of a process that failed here
            making.mkdir()
            make(making)
            making.rename(folder)
    return folder


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of this session of tests have in common."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
