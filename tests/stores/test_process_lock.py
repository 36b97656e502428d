"""Locks that belong to a process."""

import os
from pathlib import Path

import pytest

from millwright.errors import Unavailable
from millwright.stores.process_lock import hold, holder


def test_a_lock_is_held_once_and_says_by_whom(tmp_path: Path) -> None:
    path = tmp_path / "there" / "lock"
    assert holder(path) is None
    with hold(path):
        assert holder(path) == os.getpid()
        with pytest.raises(BlockingIOError), hold(path):
            pass
    assert holder(path) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.symlink_to("/dev/full")
    with pytest.raises(Unavailable), hold(path):
        pass


def test_a_place_that_is_no_place_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(Unavailable), hold(tmp_path):
        pass
