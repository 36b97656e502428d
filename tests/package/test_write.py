import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from package_samples import ATTESTATIONS, NOON, PAYLOAD, Shelf

from killed import Mortals, mortals
from millwright.errors import PackageRefused
from millwright.package.keys import SigningKey
from millwright.package.layout import MANIFEST, entries_of, is_path, payload_digest

HERE = Path(__file__).parent


def names(shelf: Shelf) -> list[str]:
    return sorted(entry.name for entry in shelf.packages.iterdir())


def test_the_same_content_is_the_same_package(shelf: Shelf) -> None:
    first = shelf.write()
    inode = (shelf.packages / first / MANIFEST).stat().st_ino
    assert shelf.write() == first
    assert (shelf.packages / first / MANIFEST).stat().st_ino == inode
    assert names(shelf) == [first]


def test_files_are_read_only(shelf: Shelf) -> None:
    folder = shelf.packages / shelf.write()
    modes = {stat.S_IMODE(file.stat().st_mode) for file in folder.rglob("*") if file.is_file()}
    assert modes == {0o400}


def test_the_payload_digest_tells_of_the_payload_alone(shelf: Shelf) -> None:
    first = shelf.verify(shelf.write()).manifest
    later = shelf.verify(shelf.write(at=NOON + timedelta(days=1), attestations={"card.md": b"other"})).manifest
    other = shelf.verify(shelf.write(payload={**PAYLOAD, "plan.json": b"[]"})).manifest
    assert first.payload_digest == later.payload_digest != other.payload_digest


@given(st.permutations(sorted(PAYLOAD.items())))
def test_the_payload_digest_does_not_depend_on_order(items: list[tuple[str, bytes]]) -> None:
    assert payload_digest(entries_of(dict(items), {})) == payload_digest(reversed(entries_of(PAYLOAD, ATTESTATIONS)))


@pytest.mark.parametrize(
    "path",
    ["", ".", "..", "../x", "/x", "a//b", "a/", "a/../b", ".x", "a b", "ä", "a\n", "a/b/c/d/e", "x" * 200, "a\\b", "-rf"],
)
def test_odd_paths_are_no_paths(path: str) -> None:
    assert not is_path(path)
    with pytest.raises(ValueError, match="cannot be files of a package"):
        entries_of({path: b""}, {})


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig", "plan.json"])
def test_a_file_cannot_come_twice(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        entries_of(PAYLOAD, {name: b""})


def test_a_damaged_package_is_written_anew(shelf: Shelf) -> None:
    digest = shelf.write()
    (shelf.packages / digest / "plan.json").unlink()
    assert shelf.write() == digest
    assert shelf.verify(digest).payload == PAYLOAD
    assert names(shelf) == [digest]


def test_a_package_of_a_revoked_key_is_signed_again(shelf: Shelf) -> None:
    old = shelf.key
    digest = shelf.write()
    SigningKey.rotate(shelf.key_file, shelf.trust.folder)
    shelf.trust.revoke(old.key_id, "lost")
    with pytest.raises(PackageRefused):
        shelf.verify(digest)
    assert shelf.write() == digest
    assert shelf.verify(digest).digest == digest


def test_something_else_of_that_name_is_replaced(shelf: Shelf) -> None:
    digest = shelf.write()
    os.rename(shelf.packages / digest, shelf.root / "aside")
    (shelf.packages / digest).symlink_to(shelf.root / "nowhere")
    assert shelf.write() == digest
    assert shelf.verify(digest).digest == digest


KILLED = """
from pathlib import Path
from package_samples import Shelf
from millwright.stores.durable import arm

def act(root, point):
    shelf = Shelf(Path(root))
    _ = shelf.key
    arm("kill:" + point)
    shelf.write()
    print("written")
"""


def test_a_write_killed_at_any_point_leaves_a_whole_package_or_none(shelf: Shelf) -> None:
    with mortals(KILLED, HERE) as writers:
        killed_at_each_point(writers, shelf)


def killed_at_each_point(writers: Mortals, shelf: Shelf) -> None:
    digest = shelf.write()
    for point in range(1, 100):
        for entry in shelf.packages.iterdir():
            os.rename(entry, shelf.root / f"{entry.name}-{point}")
        done = writers.act(shelf.root, point)
        if (shelf.packages / digest).exists():
            assert shelf.verify(digest).payload == PAYLOAD
        assert shelf.write() == digest
        assert shelf.verify(digest).payload == PAYLOAD
        assert names(shelf) == [digest], "what the killed process left was swept"
        if done.stdout == "written\n":
            break
        assert done.returncode == -9
    assert point == 2 * (len(PAYLOAD) + len(ATTESTATIONS) + 2) + 2 + 1


def test_processes_that_write_the_same_package_at_once_agree(shelf: Shelf) -> None:
    _ = shelf.key
    code = "import sys; from pathlib import Path; from package_samples import Shelf; print(Shelf(Path(sys.argv[1])).write())"
    command = [sys.executable, "-c", code, str(shelf.root)]
    writers = [subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    (digest,) = {writer.communicate()[0].strip() for writer in writers}
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert shelf.verify(digest).digest == digest
    assert names(shelf) == [digest]
