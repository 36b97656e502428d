"""A durable write is whole or absent, wherever the process dies and whatever the disk says."""

import errno
import itertools
import os
import signal
import stat
import subprocess
import sys
from contextvars import copy_context
from pathlib import Path
from threading import Thread

import pytest

from millwright.errors import Unavailable
from millwright.stores.durable import (
    arm,
    fail_point,
    is_synced,
    make_folder,
    unavailable,
    unsynced,
    watch_fail_points,
    write_atomic,
)

OLD, NEW = b"old " * 5_000, b"new " * 50_000


@pytest.fixture(autouse=True)
def _disarm():
    yield
    watch_fail_points(None)


def child(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, which may die."""
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_content_and_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    write_atomic(path, NEW)
    assert path.read_bytes() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    write_atomic(path, b"", mode=0o400)
    assert path.read_bytes() == b""
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert leftovers(path.parent) == []


def test_nobody_else_may_read_what_is_being_written(tmp_path: Path) -> None:
    """Even with an umask that hides nothing."""
    before = os.umask(0)
    try:
        write_atomic(tmp_path / "deep" / "file", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "deep" / "file").stat().st_mode) == 0o600


def test_a_full_disk_leaves_the_old_content(tmp_path: Path) -> None:
    """A limit on file size stands in for the disk: the write breaks off half-way, as it does there."""
    path = tmp_path / "file"
    write_atomic(path, OLD)
    code = (
        "import resource, signal, sys, pathlib\n"
        "from millwright.errors import Unavailable\n"
        "from millwright.stores.durable import write_atomic\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))\n"
        "try:\n    write_atomic(pathlib.Path(sys.argv[1]), b'new ' * 50_000)\n"
        "except Unavailable as error:\n    print(error)\n"
    )
    done = child(code, path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{path}: {os.strerror(errno.EFBIG)}\n"
    assert path.read_bytes() == OLD
    assert leftovers(tmp_path) == []


def test_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(Unavailable, match="file"):
        write_atomic(tmp_path / "file", NEW)
    assert leftovers(tmp_path) == []


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"")
    with pytest.raises(Unavailable) as refused:
        make_folder(tmp_path / "folder" / "inner")
    assert refused.value.where == str(tmp_path / "folder" / "inner")


@pytest.mark.parametrize(
    ("number", "code", "what"),
    [
        (errno.ENOSPC, "disk.full", "the disk is full"),
        (errno.EDQUOT, "disk.full", "the disk is full"),
        (errno.EACCES, "disk.denied", "not writable"),
        (errno.EPERM, "disk.denied", "not writable"),
        (errno.EROFS, "disk.denied", "not writable"),
        (errno.EIO, "disk.error", os.strerror(errno.EIO)),
    ],
)
def test_what_a_person_reads_for_a_failed_write(number: int, code: str, what: str) -> None:
    error = unavailable(OSError(number, os.strerror(number)), Path("/data/x"))
    assert (error.code, error.what, error.where) == (code, what, "/data/x")
    assert error.fix or code == "disk.error"


KILLED = (
    "import sys, pathlib\n"
    "from millwright.stores.durable import arm, write_atomic\n"
    "arm(f'kill:{sys.argv[2]}')\n"
    "write_atomic(pathlib.Path(sys.argv[1]), b'new ' * 50_000)\n"
)


@pytest.mark.parametrize("exists", [True, False])
def test_a_process_killed_at_any_fail_point_leaves_the_file_whole(tmp_path: Path, exists: bool) -> None:
    seen = []
    for number in itertools.count(1):
        path = tmp_path / str(number) / "file"
        if exists:
            write_atomic(path, OLD)
        done = child(KILLED, path, number)
        content = path.read_bytes() if path.exists() else None
        assert content in (NEW, OLD if exists else None)
        seen.append(content == NEW)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert seen == [False, True, True], "one point before the write, one after it, and then none"


def test_a_process_killed_at_any_moment_leaves_the_file_whole(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from millwright.stores.durable import write_atomic\n"
        "for letter in iter(lambda: 0, 1):\n"
        "    for content in (b'a' * 1_000_000, b'b' * 2_000_000):\n"
        "        write_atomic(pathlib.Path(sys.argv[1]), content)\n"
        "        print('.', flush=True)\n"
    )
    whole = (b"a" * 1_000_000, b"b" * 2_000_000)
    for writes in (1, 2, 3, 5, 8):
        path = tmp_path / "file"
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(writes):
                writer.stdout.readline()
            writer.kill()
        assert path.read_bytes() in whole


def test_fail_points_are_counted_and_named(tmp_path: Path) -> None:
    passed: list[tuple[int, str]] = []
    watch_fail_points(lambda number, name: passed.append((number, name)))
    write_atomic(tmp_path / "file", NEW)
    fail_point("mine")
    watch_fail_points(None)
    fail_point("unheard")
    assert passed == [(1, "write file:before"), (2, "write file:after"), (3, "mine")]


def test_a_trace_names_every_fail_point(tmp_path: Path) -> None:
    arm(f"trace:{tmp_path / 'trace'}")
    write_atomic(tmp_path / "file", NEW)
    assert (tmp_path / "trace").read_text().splitlines() == ["write file:before", "write file:after"]


def test_what_is_done_anew_does_not_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with unsynced():
        write_atomic(tmp_path / "kept", b"whole")
        aside = Thread(target=copy_context().run, args=(write_atomic, tmp_path / "aside", b"whole"))
        aside.start()
        aside.join()
        assert not is_synced()
    assert synced == []
    assert (tmp_path / "kept").read_bytes() == (tmp_path / "aside").read_bytes() == b"whole"
    write_atomic(tmp_path / "kept", b"newer")
    assert len(synced) == 2, "the file, and the folder that names it"
