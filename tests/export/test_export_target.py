"""An export is there whole or not at all, and never in the place of what no export wrote."""

from pathlib import Path

import pytest

from millwright.errors import Conflict, Unavailable
from millwright.export.target import MARK, _put, write_folder
from millwright.stores.durable import watch_fail_points


def test_an_export_replaces_an_export_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "image"
    out.mkdir()
    write_folder(out, {"a/b.txt": b"1", "stale": b""}, {}, force=False)
    with pytest.raises(Conflict, match="there already"):
        write_folder(out, {"c": b"2"}, {}, force=False)
    write_folder(out, {"c": b"2"}, {}, force=True)
    assert sorted(path.name for path in out.iterdir()) == ["c", MARK]
    assert [path.name for path in tmp_path.iterdir()] == ["image"]


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_no_export_wrote_stays(tmp_path: Path, kind: str) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("x")
    out = mine if kind == "folder" else tmp_path / "link"
    if kind == "link":
        out.symlink_to(mine)
    with pytest.raises(Conflict, match="no folder that an export wrote"):
        write_folder(out, {"c": b"2"}, {}, force=True)
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("at", range(1, 6))
def test_an_export_that_is_broken_off_leaves_the_earlier_one(tmp_path: Path, at: int) -> None:
    out = tmp_path / "image"
    write_folder(out, {"a": b"1"}, {}, force=False)

    def end(number: int, _name: str) -> None:
        if number == at:
            raise KeyboardInterrupt

    watch_fail_points(end)
    try:
        with pytest.raises(KeyboardInterrupt):
            write_folder(out, {"b": b"2"}, {}, force=True)
    finally:
        watch_fail_points(None)
    assert sorted(path.name for path in out.iterdir()) == ["a", MARK]
    assert [path.name for path in tmp_path.iterdir()] == ["image"]


def test_where_the_new_one_cannot_be_put_the_earlier_one_comes_back(tmp_path: Path) -> None:
    out = tmp_path / "image"
    write_folder(out, {"a": b"1"}, {}, force=False)
    with pytest.raises(Unavailable):
        _put(tmp_path / "nothing", out, tmp_path / "before")
    assert (out / "a").read_bytes() == b"1"


def test_no_path_leads_out_of_the_folder(tmp_path: Path) -> None:
    for path in ("../x", "/x", "a/../../x"):
        with pytest.raises(ValueError, match="no path"):
            write_folder(tmp_path / "out", {path: b""}, {}, force=False)
    assert list(tmp_path.iterdir()) == []
