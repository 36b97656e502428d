"""Archiving versions: with a reason, several or none, and nothing that may have to answer."""

import shutil
from pathlib import Path

import pytest
from trips_project import trips_project

from millwright.errors import Conflict, MillwrightError, NotFound
from millwright.loop.opened import chosen_version
from millwright.loop.reporting import reported
from millwright.project import Project


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """v1, v2 and v3 were made live, v4 is tried beside v3, v5 passed. Not to be written to."""
    project = trips_project(tmp_path_factory.mktemp("opened") / "trips", 5)
    for name in ("v1", "v2", "v3"):
        project.promote(name)
    project.promote("v4", to="shadow")
    return project.path.parent


@pytest.fixture
def project(opened: Path, tmp_path: Path) -> Project:
    """The same in a folder of its own."""
    return Project(shutil.copytree(opened, tmp_path / "trips"))


def names(project: Project, archived: bool = False) -> list[str]:
    return [one.name for one in project.versions(archived=archived)]


def test_what_is_archived_is_listed_no_more_and_told_of_with_who_and_why(project: Project) -> None:
    (done,) = project.archive("v5", reason=" learnt from a leak ")
    assert (done.action, done.version, done.reason, done.actor) == ("archive", 5, "learnt from a leak", project.workshop.actor)
    assert names(project) == ["v4", "v3", "v2", "v1"]
    assert names(project, archived=True) == ["v5", "v4", "v3", "v2", "v1"]
    assert project.archived() == {5: done}
    assert reported(project.workshop, None).name == "v4"
    assert reported(project.workshop, "v5").name == "v5"
    project.restore("v5", reason="it was none")
    assert names(project)[0] == "v5"
    assert project.verify_audit().ok


@pytest.mark.parametrize(
    ("name", "code", "why"),
    [
        ("v3", "release.already_live", "v3 of trips is live"),
        ("v4", "release.another_tried", "being tried"),
        ("v2", "version.way_back", "`mw rollback` goes back to it"),
        ("v1", "version.way_back", "rollbacks from v3 come by it"),
    ],
)
def test_what_may_have_to_answer_is_not_archived(project: Project, name: str, code: str, why: str) -> None:
    with pytest.raises(Conflict, match=why) as refused:
        project.archive(name, reason="old")
    assert refused.value.code == code
    assert refused.value.fix


def test_what_was_rolled_back_from_can_be_archived(project: Project) -> None:
    project.abort()
    project.rollback()
    project.archive("v3", "v4", reason="answers were wrong")
    assert names(project) == ["v5", "v2", "v1"]
    with pytest.raises(Conflict, match="archived"):
        project.promote("v3")


def test_of_several_all_are_archived_or_none(project: Project) -> None:
    for others in (("v3",), ("v9",)):
        with pytest.raises((Conflict, NotFound)):
            project.archive("v5", *others, reason="old")
    assert project.archived() == {}
    assert len(project.archive("v5", "5", reason="old")) == 1


def test_twice_or_without_a_reason_is_refused(project: Project) -> None:
    with pytest.raises(MillwrightError, match="say why") as unsaid:
        project.archive("v5", reason="  ")
    assert unsaid.value.code == "reason.missing"
    with pytest.raises(Conflict, match="not archived"):
        project.restore("v5", reason="back")
    project.archive("v5", reason="old")
    with pytest.raises(Conflict, match="archived, by"):
        project.archive("v5", reason="old")


def test_where_nothing_is_live_an_archived_version_is_not_taken(tmp_path: Path) -> None:
    project = trips_project(tmp_path / "trips", 2)
    project.archive("v2", reason="old")
    assert chosen_version(project.workshop, None).name == "v1"
    project.archive("v1", reason="old")
    with pytest.raises(NotFound, match="no version that passed"):
        chosen_version(project.workshop, None)
