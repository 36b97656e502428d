import dataclasses
import json
from pathlib import Path

import pytest
from package_samples import NOON, Shelf

from millwright.errors import NotFound, PackageRefused, Unavailable
from millwright.package.keys import SigningKey
from millwright.package.release_file import list_releases, read_release, release_path, write_release
from millwright.package.sign import PACKAGE, RELEASE, sign, write_signature
from millwright.records.codec import to_json
from millwright.records.release import Challenger, ReleaseState

STATE = ReleaseState(
    project="trips", number=3, version=2, package="a" * 64, payload_digest="b" * 64, default=True, since=NOON
)  # fmt: skip


def test_a_state_comes_back_as_it_was_written(shelf: Shelf) -> None:
    path = write_release(shelf.root, STATE, shelf.key)
    assert path == release_path(shelf.root, "trips") == shelf.root / "release" / "trips.json"
    assert read_release(path, shelf.trust) == STATE
    assert json.loads(path.read_bytes())["state"]["version"] == 2


def test_a_challenger_comes_back_with_its_share(shelf: Shelf) -> None:
    challenger = Challenger(version=4, package="c" * 64, payload_digest="d" * 64, share=0.05)
    state = dataclasses.replace(STATE, challenger=challenger)
    assert read_release(write_release(shelf.root, state, shelf.key), shelf.trust) == state


def test_a_state_from_before_there_were_challengers_is_read(shelf: Shelf) -> None:
    path = write_release(shelf.root, STATE, shelf.key)
    content = to_json({name: value for name, value in json.loads(to_json(STATE)).items() if name != "challenger"})
    signature = write_signature(sign(RELEASE, content, shelf.key))
    path.write_bytes(b'{"signature":' + signature + b',"state":' + content + b"}\n")
    assert read_release(path, shelf.trust) == STATE


def test_the_newest_state_replaces_the_older_one(shelf: Shelf) -> None:
    write_release(shelf.root, STATE, shelf.key)
    newer = dataclasses.replace(STATE, number=4, version=1)
    assert read_release(write_release(shelf.root, newer, shelf.key), shelf.trust) == newer
    assert [path.name for path in (shelf.root / "release").iterdir()] == ["trips.json"]


def test_any_flipped_bit_is_refused(shelf: Shelf) -> None:
    path = write_release(shelf.root, STATE, shelf.key)
    whole = path.read_bytes()
    for place in range(len(whole)):
        content = bytearray(whole)
        content[place] ^= 1 << (place % 8)
        path.write_bytes(bytes(content))
        with pytest.raises(PackageRefused, match=r"trips\.json"):
            read_release(path, shelf.trust)


def test_a_file_cut_short_or_longer_is_refused(shelf: Shelf) -> None:
    path = write_release(shelf.root, STATE, shelf.key)
    whole = path.read_bytes()
    for content in [whole[:size] for size in range(0, len(whole), 7)] + [whole + b"\n", whole + whole, b" " + whole]:
        path.write_bytes(content)
        with pytest.raises(PackageRefused):
            read_release(path, shelf.trust)


def test_the_state_of_another_project_is_refused(shelf: Shelf) -> None:
    path = write_release(shelf.root, STATE, shelf.key)
    other = release_path(shelf.root, "taxis")
    other.write_bytes(path.read_bytes())
    with pytest.raises(PackageRefused, match="is of project trips"):
        read_release(other, shelf.trust)


def test_a_package_signature_does_not_release(shelf: Shelf) -> None:
    path = write_release(shelf.root, STATE, shelf.key)
    content = to_json(STATE)
    signature = write_signature(sign(PACKAGE, content, shelf.key))
    path.write_bytes(b'{"signature":' + signature + b',"state":' + content + b"}\n")
    with pytest.raises(PackageRefused, match="does not fit"):
        read_release(path, shelf.trust)


def test_a_state_of_a_revoked_or_unknown_key_is_refused(shelf: Shelf) -> None:
    key = shelf.key
    path = write_release(shelf.root, STATE, SigningKey.at(shelf.root / "stranger.key", shelf.root / "elsewhere"))
    with pytest.raises(PackageRefused, match="not trusted"):
        read_release(path, shelf.trust)
    write_release(shelf.root, STATE, key)
    shelf.trust.revoke(key.key_id, "lost")
    with pytest.raises(PackageRefused, match="revoked"):
        read_release(path, shelf.trust)


def test_without_a_file_nothing_was_released(shelf: Shelf) -> None:
    with pytest.raises(NotFound, match="mw promote"):
        read_release(release_path(shelf.root, "trips"), shelf.trust)


def test_a_folder_in_its_place_is_named(shelf: Shelf) -> None:
    path = release_path(shelf.root, "trips")
    path.mkdir(parents=True)
    with pytest.raises(Unavailable, match=r"trips\.json"):
        read_release(path, shelf.trust)


@pytest.mark.parametrize("project", ["../trips", "", "a/b", "Trips", "trips\n", ".trips"])
def test_only_a_project_name_makes_a_path(tmp_path: Path, project: str) -> None:
    with pytest.raises(NotFound):
        release_path(tmp_path, project)


def test_releases_are_listed_by_name(shelf: Shelf) -> None:
    assert list_releases(shelf.root) == ()
    for project in ("trips", "taxis"):
        write_release(shelf.root, dataclasses.replace(STATE, project=project), shelf.key)
    (shelf.root / "release" / ".writing-x.json").write_bytes(b"")
    assert [path.stem for path in list_releases(shelf.root)] == ["taxis", "trips"]
