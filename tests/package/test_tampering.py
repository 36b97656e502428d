"""Whatever is done to a package on the disk, it is refused, the file is named, and nothing of it was parsed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

import pytest
from package_samples import ATTESTATIONS, NOON, PAYLOAD, Shelf

from millwright.errors import PackageRefused
from millwright.package.keys import SigningKey
from millwright.package.layout import MANIFEST, SIGNATURE
from millwright.package.sign import PACKAGE, RELEASE, sign, write_signature
from millwright.package.verify import verify_package
from millwright.records.codec import from_json, sha256, to_json
from millwright.records.release import Manifest

FILES = (*PAYLOAD, *ATTESTATIONS, MANIFEST, SIGNATURE)


@contextmanager
def noting_parsers() -> Iterator[list[str]]:
    """Collects the name of each decoder of records or JSON that runs meanwhile."""
    ran: list[str] = []

    def watch(frame: FrameType, event: str, arg: object) -> None:
        if event == "call" and frame.f_code is from_json.__code__:
            ran.append("from_json")
        if event == "c_call" and str(getattr(arg, "__module__", "")).partition(".")[0] in ("msgspec", "json", "_json"):
            ran.append(str(arg))

    sys.setprofile(watch)
    try:
        yield ran
    finally:
        sys.setprofile(None)


def refuses(shelf: Shelf, digest: str, *words: str) -> None:
    """Verifying is refused with these words in the message, and no parser ran."""
    with noting_parsers() as ran, pytest.raises(PackageRefused) as refused:
        shelf.verify(digest)
    assert ran == []
    for word in words:
        assert word in str(refused.value)


def refuses_after_the_manifest(shelf: Shelf, digest: str, *words: str) -> None:
    """Verifying is refused with these words; the signed manifest is the only thing that was parsed."""
    with pytest.raises(PackageRefused) as refused:
        shelf.verify(digest)
    for word in words:
        assert word in str(refused.value)


def overwrite(path: Path, content: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(content)


def test_an_untouched_package_verifies_and_gives_its_bytes(shelf: Shelf) -> None:
    digest = shelf.write()
    with noting_parsers() as ran:
        verified = shelf.verify(digest)
    assert ran[0] == "from_json"
    assert verified.files == {**PAYLOAD, **ATTESTATIONS}
    assert verified.payload == PAYLOAD
    assert verified.digest == digest == sha256((shelf.packages / digest / MANIFEST).read_bytes())


@pytest.mark.parametrize("eighth", range(8))
@pytest.mark.parametrize("name", [name for name in FILES if name != "empty.json"])
def test_a_flipped_byte_is_refused(shelf: Shelf, name: str, eighth: int) -> None:
    digest = shelf.write()
    file = shelf.packages / digest / name
    content = bytearray(file.read_bytes())
    content[(len(content) - 1) * eighth // 7] ^= 1 << eighth
    overwrite(file, bytes(content))
    check = refuses if name in (MANIFEST, SIGNATURE) else refuses_after_the_manifest
    check(shelf, digest, name)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("change", [lambda b: b + b"\0", lambda b: b[:-1] if b else b"x", lambda b: b"" if b else b" "])
def test_a_longer_or_shorter_file_is_refused(shelf: Shelf, name: str, change: Callable[[bytes], bytes]) -> None:
    digest = shelf.write()
    file = shelf.packages / digest / name
    overwrite(file, change(file.read_bytes()))
    refuses_after_the_manifest(shelf, digest, name)


@pytest.mark.parametrize("name", FILES)
def test_a_removed_file_is_refused(shelf: Shelf, name: str) -> None:
    digest = shelf.write()
    (shelf.packages / digest / name).unlink()
    refuses_after_the_manifest(shelf, digest, "is missing" if name != "model/model.txt" else "model")


@pytest.mark.parametrize(
    "name", ["extra.py", "model/model2.txt", ".hidden", "model/.hidden", "deep/er/file", "manifest.json.bak"]
)
def test_an_added_file_is_refused(shelf: Shelf, name: str) -> None:
    digest = shelf.write()
    file = shelf.packages / digest / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"import os")
    refuses_after_the_manifest(shelf, digest, name)


def test_an_added_empty_folder_is_refused(shelf: Shelf) -> None:
    digest = shelf.write()
    (shelf.packages / digest / "cache").mkdir()
    refuses(shelf, digest, "cache", "empty folder")


def test_swapped_files_are_refused(shelf: Shelf) -> None:
    digest = shelf.write(payload={**PAYLOAD, "model/a.txt": b"left", "model/b.txt": b"rite"})
    a, b = (shelf.packages / digest / name for name in ("model/a.txt", "model/b.txt"))
    os.rename(a, a.with_suffix(".tmp"))
    os.rename(b, a)
    os.rename(a.with_suffix(".tmp"), b)
    refuses_after_the_manifest(shelf, digest, "model/a.txt", "was changed")


@pytest.mark.parametrize("name", FILES)
def test_a_symbolic_link_is_refused_though_its_content_is_right(shelf: Shelf, name: str) -> None:
    digest = shelf.write()
    file = shelf.packages / digest / name
    elsewhere = shelf.root / "elsewhere"
    shutil.copyfile(file, elsewhere)
    file.unlink()
    file.symlink_to(elsewhere)
    refuses(shelf, digest, name, "symbolic link")


@pytest.mark.parametrize("name", FILES)
def test_a_hard_link_is_refused_though_its_content_is_right(shelf: Shelf, name: str) -> None:
    digest = shelf.write()
    os.link(shelf.packages / digest / name, shelf.root / "elsewhere")
    refuses(shelf, digest, name, "hard link")


def test_a_linked_folder_is_refused(shelf: Shelf) -> None:
    digest = shelf.write()
    os.rename(shelf.packages / digest / "model", shelf.root / "model")
    (shelf.packages / digest / "model").symlink_to(shelf.root / "model")
    refuses(shelf, digest, "model", "symbolic link")


def test_a_package_that_is_itself_a_link_is_refused(shelf: Shelf) -> None:
    digest = shelf.write()
    os.rename(shelf.packages / digest, shelf.root / "moved")
    (shelf.packages / digest).symlink_to(shelf.root / "moved")
    refuses(shelf, digest, "not a folder")


@pytest.mark.parametrize("name", ["model/model.txt", MANIFEST, SIGNATURE])
def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(shelf: Shelf, name: str) -> None:
    digest = shelf.write()
    (shelf.packages / digest / name).unlink()
    os.mkfifo(shelf.packages / digest / name)
    refuses(shelf, digest, name, "not a plain file")


def test_a_folder_in_place_of_a_file_is_refused(shelf: Shelf) -> None:
    digest = shelf.write()
    (shelf.packages / digest / "plan.json").unlink()
    (shelf.packages / digest / "plan.json").mkdir()
    refuses(shelf, digest, "plan.json")


def test_a_missing_package_is_refused(shelf: Shelf) -> None:
    refuses(shelf, "0" * 64, "is missing")


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE])
def test_the_manifest_or_signature_of_another_package_is_refused(shelf: Shelf, name: str) -> None:
    mine, other = shelf.write(), shelf.write(at=NOON + timedelta(days=1))
    overwrite(shelf.packages / mine / name, (shelf.packages / other / name).read_bytes())
    refuses(shelf, mine, name)


def test_a_whole_older_package_under_a_newer_name_is_refused(shelf: Shelf) -> None:
    older, newer = shelf.write(), shelf.write(at=NOON + timedelta(days=1))
    shutil.rmtree(shelf.packages / newer)
    shutil.copytree(shelf.packages / older, shelf.packages / newer)
    refuses(shelf, newer, MANIFEST)


def test_an_older_manifest_with_its_signature_is_refused(shelf: Shelf) -> None:
    older, newer = shelf.write(), shelf.write(payload={**PAYLOAD, "model/model.txt": b"better"})
    for name in (MANIFEST, SIGNATURE):
        overwrite(shelf.packages / newer / name, (shelf.packages / older / name).read_bytes())
    refuses(shelf, newer, MANIFEST)


def test_a_package_of_a_revoked_key_is_refused(shelf: Shelf) -> None:
    digest = shelf.write()
    shelf.trust.revoke(shelf.key.key_id, "lost")
    refuses(shelf, digest, SIGNATURE, "revoked")


def test_a_package_of_an_unknown_key_is_refused(shelf: Shelf) -> None:
    stranger = SigningKey.at(shelf.root / "stranger.key", shelf.root / "elsewhere")
    _ = shelf.key
    digest = shelf.write(key=stranger)
    refuses(shelf, digest, SIGNATURE, "not trusted")


def test_a_package_of_a_rotated_key_still_verifies(shelf: Shelf) -> None:
    digest = shelf.write()
    SigningKey.rotate(shelf.key_file, shelf.trust.folder)
    assert shelf.verify(digest).digest == digest


def test_a_signature_for_another_purpose_is_refused(shelf: Shelf) -> None:
    digest = shelf.write()
    manifest = (shelf.packages / digest / MANIFEST).read_bytes()
    overwrite(shelf.packages / digest / SIGNATURE, write_signature(sign(RELEASE, manifest, shelf.key)))
    refuses(shelf, digest, SIGNATURE, "does not fit")


def forge(shelf: Shelf, change: Callable[[Manifest], bytes]) -> str:
    """A package whose manifest was changed and signed again with the right key: what a careless writer might leave."""
    digest = shelf.write()
    manifest = change(from_json(Manifest, (shelf.packages / digest / MANIFEST).read_bytes()))
    forged = sha256(manifest)
    os.rename(shelf.packages / digest, shelf.packages / forged)
    overwrite(shelf.packages / forged / MANIFEST, manifest)
    overwrite(shelf.packages / forged / SIGNATURE, write_signature(sign(PACKAGE, manifest, shelf.key)))
    return forged


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"path":"plan.json"', b'"path":"../plan.json"'),
        (b'"path":"plan.json"', b'"path":"/etc/passwd"'),
        (b'"path":"plan.json"', b'"path":"manifest.json"'),
        (b'"path":"plan.json"', b'"path":"payload.json"'),
        (b'"path":"plan.json"', b'"path":"plan.json\\u0000"'),
        (b'"size":2', b'"size":-1'),
        (b'"size":2', b'"size":3'),
        (b'"part":"attestation"', b'"part":"payload"'),
        (b'"schema":"millwright.manifest/1"', b'"schema":"millwright.manifest/2"'),
    ],
)
def test_a_signed_manifest_that_lies_is_refused(shelf: Shelf, old: bytes, new: bytes) -> None:
    def change(manifest: Manifest) -> bytes:
        raw = to_json(manifest)
        assert old in raw
        return raw.replace(old, new, 1)

    refuses_after_the_manifest(shelf, forge(shelf, change), "package")


def test_a_file_that_cannot_be_read_is_refused_in_words(shelf: Shelf, tmp_path: Path) -> None:
    digest = shelf.write()
    (shelf.packages / digest / "plan.json").chmod(0)
    code = (
        "import os, sys; from pathlib import Path\n"
        "from millwright.errors import PackageRefused; from millwright.package.keys import Trust\n"
        "from millwright.package.verify import verify_package\n"
        "if os.getuid() == 0: sys.exit('root reads everything')\n"
        "try: verify_package(Path(sys.argv[1]), sys.argv[2], Trust(Path(sys.argv[3])))\n"
        "except PackageRefused as error: print(error)"
    )
    command = [sys.executable, "-c", code, str(shelf.packages / digest), digest, str(shelf.trust.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "plan.json cannot be read" in done.stdout or "root reads everything" in done.stderr


def test_the_folder_may_be_moved_but_the_digest_must_be_the_one_asked_for(shelf: Shelf) -> None:
    digest = shelf.write()
    moved = shelf.root / "copy"
    shutil.copytree(shelf.packages / digest, moved)
    assert verify_package(moved, digest, shelf.trust).digest == digest
    with pytest.raises(PackageRefused):
        verify_package(moved, "0" * 64, shelf.trust)
