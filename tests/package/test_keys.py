import stat
import subprocess
import sys
from pathlib import Path

import pytest
from package_samples import Shelf

from millwright.errors import PackageRefused, Unavailable
from millwright.package.keys import SigningKey, Trust


def test_the_key_is_made_once_private_and_pinned(shelf: Shelf) -> None:
    first, second = shelf.key, shelf.key
    assert first.key_id == second.key_id
    assert stat.S_IMODE(shelf.key_file.stat().st_mode) == 0o600
    assert shelf.trust.pinned() == (first.key_id,)
    assert shelf.trust.public_key(first.key_id).public_bytes_raw() == first.public
    assert [file.name for file in shelf.key_file.parent.iterdir()] == ["signing.key"]


def test_the_private_key_is_not_in_the_trust_folder(shelf: Shelf) -> None:
    _ = shelf.key
    assert all(b"PRIVATE" not in file.read_bytes() for file in shelf.trust.folder.iterdir())


def test_one_key_serves_a_second_project(shelf: Shelf, tmp_path: Path) -> None:
    other = tmp_path / "other" / "trust"
    assert SigningKey.at(shelf.key_file, other).key_id == shelf.key.key_id
    assert Trust(other).pinned() == (shelf.key.key_id,)


def test_a_key_that_others_have_not_pinned_needs_a_person(shelf: Shelf, tmp_path: Path) -> None:
    _ = shelf.key
    with pytest.raises(Unavailable, match="not among the trusted keys") as refused:
        SigningKey.at(tmp_path / "colleague.key", shelf.trust.folder)
    line, file = refused.value.fix.split("'")[1], refused.value.fix.split(" into ")[1].split(" if ")[0]
    Path(file).write_text(line)
    assert SigningKey.at(tmp_path / "colleague.key", shelf.trust.folder).key_id == Path(file).stem


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_key_that_others_can_read_is_refused(shelf: Shelf, mode: int) -> None:
    _ = shelf.key
    shelf.key_file.chmod(mode)
    with pytest.raises(Unavailable, match="chmod 600"):
        _ = shelf.key


@pytest.mark.parametrize("content", [b"", b"letter", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_is_refused_in_words(shelf: Shelf, content: bytes) -> None:
    _ = shelf.key
    shelf.key_file.write_bytes(content)
    with pytest.raises(Unavailable, match="holds no signing key"):
        _ = shelf.key


def test_a_key_of_another_kind_is_refused(shelf: Shelf) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    _ = shelf.key
    other = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    shelf.key_file.write_bytes(other.private_bytes(*form))
    with pytest.raises(Unavailable, match="another kind"):
        _ = shelf.key


def test_rotation_keeps_the_old_key_believed(shelf: Shelf) -> None:
    old = shelf.key
    new = SigningKey.rotate(shelf.key_file, shelf.trust.folder)
    assert new.key_id != old.key_id
    assert shelf.key.key_id == new.key_id
    assert set(shelf.trust.pinned()) == {old.key_id, new.key_id}


def test_a_revoked_key_is_believed_no_longer_and_signs_no_more(shelf: Shelf) -> None:
    key = shelf.key
    shelf.trust.revoke(key.key_id, "the laptop\nwas stolen")
    with pytest.raises(PackageRefused, match="revoked"):
        shelf.trust.public_key(key.key_id)
    with pytest.raises(Unavailable, match="revoked"):
        _ = shelf.key
    assert (shelf.trust.folder / "revoked").read_text() == f"{key.key_id} the laptop was stolen\n"


def test_the_list_of_revoked_keys_may_hold_comments_and_capitals(shelf: Shelf) -> None:
    key = shelf.key
    (shelf.trust.folder / "revoked").write_text(f"# since March\n\n{key.key_id.upper()}\n")
    assert shelf.trust.revoked() == {key.key_id}


def test_a_list_of_revoked_keys_that_cannot_be_read_stops_everything(shelf: Shelf) -> None:
    key = shelf.key
    (shelf.trust.folder / "revoked").write_bytes(b"\xff\xfe")
    with pytest.raises(PackageRefused, match="cannot be read"):
        shelf.trust.public_key(key.key_id)


@pytest.mark.parametrize("key_id", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "0" * 64])
def test_what_names_no_pinned_key_is_refused(shelf: Shelf, key_id: str) -> None:
    _ = shelf.key
    with pytest.raises(PackageRefused):
        shelf.trust.public_key(key_id)


def test_a_file_cannot_claim_the_name_of_another_key(shelf: Shelf, tmp_path: Path) -> None:
    key = shelf.key
    stranger = SigningKey.at(tmp_path / "stranger.key", tmp_path / "elsewhere")
    theirs = tmp_path / "elsewhere" / f"{stranger.key_id}.pub"
    (shelf.trust.folder / f"{key.key_id}.pub").write_bytes(theirs.read_bytes())
    with pytest.raises(PackageRefused, match="another key than its name"):
        shelf.trust.public_key(key.key_id)


@pytest.mark.parametrize("content", [b"", b"ed25519", b"ed25519 " + b"!" * 44, b"\xff" * 60, b"rsa AAAA"])
def test_a_damaged_public_key_is_refused(shelf: Shelf, content: bytes) -> None:
    key = shelf.key
    (shelf.trust.folder / f"{key.key_id}.pub").write_bytes(content)
    with pytest.raises(PackageRefused, match="trusted key"):
        shelf.trust.public_key(key.key_id)


def test_processes_that_make_the_key_at_once_get_the_same_one(shelf: Shelf) -> None:
    code = (
        "import sys; from pathlib import Path; from millwright.package.keys import SigningKey\n"
        "print(SigningKey.at(Path(sys.argv[1]), Path(sys.argv[2])).key_id)"
    )
    command = [sys.executable, "-c", code, str(shelf.key_file), str(shelf.trust.folder)]
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert {maker.communicate()[0].strip() for maker in makers} == {shelf.key.key_id}
