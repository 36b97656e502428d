"""The commands that change a release as people call them: words, JSON, and a server that takes them up or refuses."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from trips_project import answers_with, trips_project, wait_until

from millwright.cli.main import cli
from millwright.cli.output import table
from millwright.errors import Conflict, NotFound, PackageRefused
from millwright.project import Project

Say = Callable[..., str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """v1 is live and served; v2 and v3 passed."""
    project = trips_project(tmp_path_factory.mktemp("served") / "trips")
    project.promote("v1")
    project.up(port=0, replay=True)
    yield project
    project.down()


@pytest.fixture
def say(served: Project, capsys: pytest.CaptureFixture[str]) -> Say:
    """Call a command in this process; what it prints. Raises what it raises."""

    def said(*arguments: str) -> str:
        capsys.readouterr()
        code = cli.main(["-f", str(served.path), *arguments], standalone_mode=False)
        assert code in (None, 0, 1), code
        return capsys.readouterr().out

    return said


def test_what_is_archived_is_left_out_and_counted(served: Project, say: Say) -> None:
    assert say("archive", "v2", "v3", "--reason", "tries of March").startswith(
        "Archived v2, v3: tries of March. `mw versions --all`"
    )
    listed = say("versions")
    assert "2 archived: `mw versions --all`" in listed
    assert "v3" not in listed
    assert "tries of March" in say("versions", "--all")
    body = json.loads(say("versions", "--json"))
    assert ([one["number"] for one in body["versions"]], body["left_out"]) == ([1], 2)
    assert json.loads(say("versions", "--json", "--all"))["versions"][0]["archived"]["reason"] == "tries of March"
    with pytest.raises(Conflict, match="archived, by"):
        say("promote", "v2")
    restored = json.loads(say("restore", "v2", "v3", "--reason", "wanted", "--json"))
    assert [(one["action"], one["version"]) for one in restored["decisions"]] == [("restore", 2), ("restore", 3)]
    assert "archived" not in say("versions")


def test_a_trial_from_its_beginning_to_its_end(served: Project, say: Say) -> None:
    text = say("promote", "v2", "--to", "12.5%", "--reason", "a try")
    assert text.startswith("v2 of trips answers 12.5% of the keys; v1 is live; release ")
    assert "The server at http://127.0.0.1" in text
    assert "paused: the policy moves it no further, and ends it only on harm" in say("pause", "--reason", "month end")
    status = say("status")
    assert "trying: v2, canary for 12.5% of the keys, paused" in status
    assert "(month end); harm still ends it: `mw resume`" in status
    assert "v2, 12.5% of keys, paused" in say("releases").splitlines()[1]
    assert say("resume", "--dry-run").startswith("Nothing was changed. It would be: v2 of trips answers 12.5%")
    body: dict[str, Any] = json.loads(say("resume", "--json"))
    assert (body["schema"], body["release"]["action"], body["release"]["paused"]) == ("millwright.release/1", "resume", None)
    assert (body["dry_run"], body["served_by"].startswith("http://")) == (False, True)
    assert "answers unseen (shadow)" in say("promote", "v2", "--shadow", "--no-wait")
    assert "answers 30% of the keys" in say("promote", "v2", "--canary", "0.3", "--no-wait")
    assert "The trial is over" in say("abort", "--reason", "seen enough")
    told = [line.split()[3] for line in say("decisions", "--limit", "6").splitlines()[1:]]
    assert told == ["abort", "canary", "shadow", "resume", "pause", "canary"]
    assert answers_with(served) == "v1"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--to", "120%"], "less than 100%"),
        (["--to", "0.3"], "write 30% if you mean that"),
        (["--to", "shadow", "--shadow"], "give one"),
        (["--canary", "1.5"], "less than 100%"),
        (["--force"], "--force needs --reason"),
        (["--reason", "caf\udce9"], "--reason is not in UTF-8"),
    ],
)
def test_an_order_that_is_none_is_refused_before_anything_is_read(say: Say, arguments: list[str], told: str) -> None:
    with pytest.raises(click.UsageError, match=told):
        say("promote", "v2", *arguments)


def test_a_command_returns_when_the_server_answers_so_and_fails_where_it_refuses(served: Project, say: Say) -> None:
    for command, version in (("promote v2", "v2"), ("promote v3", "v3"), ("rollback v1", "v1"), ("promote v2", "v2")):
        say(*command.split(), "--reason", "back and forth")
        assert answers_with(served) == version
    report = served.promote("v3", reason="better")
    assert served.taken_up(report) is not None
    text = say("trust", "revoke", "v3", "--reason", "learnt from a leak")
    assert "It is live: servers answer with the version before it" in text
    wait_until(lambda: answers_with(served) == "v2")
    with pytest.raises(PackageRefused, match="is entered, but the server refuses it, and v2 goes on answering") as refused:
        served.taken_up(report)
    assert refused.value.code == "release.refused_by_server"
    status = say("status")
    assert "refused: trips: package" in status
    assert "trips: the server answers with v2" in status
    assert "next: the server refuses what is live: `mw rollback`" in status
    assert "v2 of trips is live (before: v3)" in say("rollback", "--reason", "v3 is revoked")


def test_a_reason_of_several_lines_is_one_cell_of_a_table() -> None:
    assert table([("first\n99  v9  promote", 1)], ("why", "n")).splitlines()[1:] == ["first 99  v9  promote  1"]


def test_an_empty_name_is_no_version(served: Project, say: Say) -> None:
    before = say("releases", "--limit", "1")
    with pytest.raises(NotFound, match="no version ''"):
        say("rollback", "")
    assert say("releases", "--limit", "1") == before


def test_status_without_a_catalogue_says_what_answers(served: Project, say: Say, tmp_path: Path) -> None:
    catalogue = served.workshop.home.catalogue
    served.workshop.catalogue.close()
    catalogue.rename(tmp_path / "away.db")
    try:
        text = say("status")
        assert "the catalogue is gone" in text
        assert f"trips: the server answers with {answers_with(served)}" in text
    finally:
        (tmp_path / "away.db").rename(catalogue)
