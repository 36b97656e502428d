"""What a blob store promises, asked of every store there is."""

import hashlib
import itertools
import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.errors import NotFound, Unavailable
from millwright.stores.blob_memory import MemoryBlobs
from millwright.stores.blobs import CHUNK, BlobStore, FileBlobs, digest_file

CONTENT = b"model " * 10_000
ABSENT = hashlib.sha256(b"never put").hexdigest()


class BlobStorePromise:
    """Subclass with a `store` fixture: every test is a line of the port's promise."""

    @pytest.mark.parametrize("content", [b"", b"\0", CONTENT, os.urandom(CHUNK + 1)], ids=["empty", "NUL", "text", "random"])
    def test_what_was_put_comes_back_under_its_sha256(self, store: BlobStore, content: bytes) -> None:
        digest = store.put(content)
        assert digest == hashlib.sha256(content).hexdigest()
        assert store.get(digest) == content
        assert store.local(digest).read_bytes() == content
        assert store.has(digest)

    def test_the_same_bytes_are_one_blob(self, store: BlobStore) -> None:
        assert store.put(CONTENT) == store.put(CONTENT)
        assert store.get(store.put(CONTENT)) == CONTENT

    def test_a_file_and_its_bytes_are_the_same_blob(self, store: BlobStore, tmp_path: Path) -> None:
        path = tmp_path / "model.txt"
        path.write_bytes(CONTENT)
        digest = store.put_file(path)
        assert digest == store.put(CONTENT) == digest_file(path)
        assert store.get(digest) == CONTENT
        assert store.put_file(path) == digest

    def test_the_file_that_was_put_is_not_the_blob(self, store: BlobStore, tmp_path: Path) -> None:
        path = tmp_path / "model.txt"
        path.write_bytes(CONTENT)
        digest = store.put_file(path)
        path.write_bytes(b"changed")
        assert store.get(digest) == CONTENT
        path.unlink()
        assert store.local(digest).read_bytes() == CONTENT

    def test_what_is_absent_is_said_to_be_absent(self, store: BlobStore) -> None:
        assert not store.has(ABSENT)
        for read in (store.get, store.local):
            with pytest.raises(NotFound) as refused:
                read(ABSENT)
            assert refused.value.code == "blob.missing"
            assert refused.value.fix

    def test_what_was_dropped_is_gone(self, store: BlobStore) -> None:
        digest = store.put(CONTENT)
        other = store.put(b"other")
        store.drop(digest)
        assert not store.has(digest)
        with pytest.raises(NotFound):
            store.get(digest)
        assert store.get(other) == b"other"
        assert store.put(CONTENT) == digest
        assert store.get(digest) == CONTENT

    def test_dropping_what_is_absent_is_no_error(self, store: BlobStore) -> None:
        store.drop(ABSENT)
        store.drop(ABSENT)

    def test_many_at_once_may_put_the_same_bytes(self, store: BlobStore) -> None:
        with ThreadPoolExecutor(8) as pool:
            digests = set(pool.map(store.put, [CONTENT] * 32))
        assert len(digests) == 1
        assert store.get(digests.pop()) == CONTENT

    def test_many_blobs_do_not_mix(self, store: BlobStore) -> None:
        contents = [f"blob {n}".encode() for n in range(300)]
        digests = [store.put(content) for content in contents]
        assert len(set(digests)) == 300
        assert [store.get(digest) for digest in digests] == contents


class TestMemoryBlobs(BlobStorePromise):
    @pytest.fixture
    def store(self) -> BlobStore:
        return MemoryBlobs()


class TestFileBlobs(BlobStorePromise):
    @pytest.fixture
    def store(self, tmp_path: Path) -> BlobStore:
        return FileBlobs(tmp_path / "blobs")

    def test_another_store_on_the_same_folder_sees_the_same_blobs(self, store: BlobStore, tmp_path: Path) -> None:
        digest = store.put(CONTENT)
        assert FileBlobs(tmp_path / "blobs").get(digest) == CONTENT

    def test_a_blob_cannot_be_written_to_and_is_private(self, store: BlobStore, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"file")
        for digest in (store.put(CONTENT), store.put_file(tmp_path / "f")):
            assert stat.S_IMODE(store.local(digest).stat().st_mode) == 0o400

    def test_a_damaged_blob_is_never_handed_out(self, store: BlobStore) -> None:
        digest = store.put(CONTENT)
        path = store.local(digest)
        path.chmod(0o600)
        path.write_bytes(CONTENT[:-1] + b"X")
        with pytest.raises(Unavailable) as refused:
            store.get(digest)
        assert refused.value.code == "blob.damaged"

    def test_processes_may_put_the_same_file_at_once(self, store: BlobStore, tmp_path: Path) -> None:
        path = tmp_path / "big"
        path.write_bytes(os.urandom(1 << 16) * 64)
        code = (
            "import pathlib, sys\n"
            "from millwright.stores.blobs import FileBlobs\n"
            "print(FileBlobs(pathlib.Path(sys.argv[1])).put_file(pathlib.Path(sys.argv[2])))"
        )
        command = [sys.executable, "-c", code, str(tmp_path / "blobs"), str(path)]
        children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        digests = {process.communicate()[0].strip() for process in children}
        assert digests == {digest_file(path)}
        assert store.get(digests.pop()) == path.read_bytes()


KILLED = (
    "import pathlib, sys\n"
    "from millwright.stores.blobs import FileBlobs\n"
    "from millwright.stores.durable import arm\n"
    "blobs = FileBlobs(pathlib.Path(sys.argv[1]))\n"
    "arm(f'kill:{sys.argv[4]}')\n"
    "path = pathlib.Path(sys.argv[2])\n"
    "print(blobs.put_file(path) if sys.argv[3] == 'file' else blobs.put(path.read_bytes()))"
)


@pytest.mark.parametrize("way", ["bytes", "file"])
def test_a_damaged_blob_is_mended_by_whoever_puts_its_bytes_again(tmp_path: Path, way: str) -> None:
    store, source = FileBlobs(tmp_path / "blobs"), tmp_path / "model.txt"
    source.write_bytes(CONTENT)
    digest = store.put(CONTENT)
    store.local(digest).chmod(0o600)
    store.local(digest).write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(Unavailable, match="damaged"):
        store.get(digest)
    assert (store.put(CONTENT) if way == "bytes" else store.put_file(source)) == digest
    assert store.get(digest) == CONTENT


@pytest.mark.parametrize("way", ["bytes", "file"])
def test_a_process_killed_while_it_puts_leaves_the_blob_whole_or_absent(tmp_path: Path, way: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    digest, seen = digest_file(source), []
    for number in itertools.count(1):
        root = tmp_path / f"blobs {number}"
        command = [sys.executable, "-c", KILLED, str(root), str(source), way, str(number)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        blobs = FileBlobs(root)
        seen.append(blobs.has(digest) and blobs.get(digest) == CONTENT)
        assert blobs.put_file(source) == digest, "the next one puts it as if nothing had happened"
        assert blobs.get(digest) == CONTENT
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert seen == [False, True, True]


@given(st.binary())
def test_digests_of_files_and_bytes_agree(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "content"
    path.write_bytes(content)
    assert digest_file(path) == hashlib.sha256(content).hexdigest()
