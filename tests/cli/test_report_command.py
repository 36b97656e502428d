"""`mw report` says of which version it is; what it prints for programs is the place alone."""

from pathlib import Path

from test_commands import answer

from mw_command import mw


def test_it_says_of_which_version_it_is(trained_adult: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = mw("-C", trained_adult, "report", "--output", page, cwd=trained_adult)
    assert done.stdout == f"{page}\n"
    assert done.stderr == "the report of v1, the newest version:\n"
    done = mw("-C", trained_adult, "report", "v1", "--card", "--output", page, cwd=trained_adult)
    assert done.stderr == "the card of v1:\n"
    said = answer(mw("-C", trained_adult, "report", "--output", page, "--json", cwd=trained_adult))
    assert (said["path"], said["version"]) == (str(page), "v1")
