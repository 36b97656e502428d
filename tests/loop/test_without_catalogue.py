"""Going back while the catalogue and the blobs are away: from what is on this disk; the catalogue is told once it is back."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from away import backup, catalogue_of, on_disk, restore, take_away
from trips_project import add_version, answers_with, number_of, ready, trips_project, wait_until

from millwright.errors import NotFound, PackageRefused, Unavailable
from millwright.loop.publishing import publish
from millwright.package.release_file import release_path
from millwright.project import Project
from millwright.serve.newest import remember_newest
from mw_command import mw

REASON = "answers look wrong"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """v1, v2 and v3 went live one after another; v3 is. Not to be written to."""
    project = trips_project(tmp_path_factory.mktemp("opened") / "trips")
    for version in ("v1", "v2", "v3"):
        project.promote(version, reason="better")
    project.workshop.catalogue.close()
    return project.path.parent


@pytest.fixture
def folder(opened: Path, tmp_path: Path) -> Path:
    return shutil.copytree(opened, tmp_path / "trips")


def gone(_path: Path) -> None:
    """Nothing lies there."""


def empty(path: Path) -> None:
    path.touch()


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(40_000))


def half_garbage(path: Path) -> None:
    whole = (path.parents[1] / "aside" / path.name).read_bytes()
    path.write_bytes(whole[:5000] + os.urandom(len(whole) - 5000))


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("damage", [gone, empty, garbage, half_garbage, a_folder])
def test_a_rollback_needs_neither_the_catalogue_nor_the_blobs(folder: Path, damage: Callable[[Path], None]) -> None:
    bring_back = take_away(folder)
    damage(catalogue_of(folder))
    report = Project(folder).rollback(reason=REASON)
    assert (report.release.version, report.before, report.release.number) == (2, 3, 4)
    assert "The catalogue could not be told" in report.sentence
    bring_back()
    assert number_of(Project(folder)) == 3
    again = Project(folder)
    assert publish(again.workshop) == ("trips",)
    first = again.releases(1)[0]
    assert (first.number, first.version, first.action, first.reason) == (4, 2, "rollback", REASON)
    assert (first.actor, first.event_at) == (again.workshop.actor, report.release.event_at)
    decision = again.decisions(1)[0]
    assert (decision.action, decision.version, decision.reason, decision.evidence["before"]) == ("rollback", 2, REASON, 3)
    assert again.verify_audit().ok
    state = on_disk(folder)
    assert (state.number, state.untold, [past.version for past in state.way_back]) == (4, (), [1])
    assert publish(again.workshop) == ()
    assert again.rollback().release.version == 1


def test_two_rollbacks_go_two_versions_back_and_both_are_told(folder: Path) -> None:
    bring_back = take_away(folder)
    assert Project(folder).rollback(reason="one").release.version == 2
    assert Project(folder).rollback(reason="two").release.version == 1
    with pytest.raises(NotFound, match="nothing was live before v1"):
        Project(folder).rollback()
    bring_back()
    project = Project(folder)
    project.promote("v3", reason="mended")
    assert [(r.number, r.version, r.reason) for r in project.releases(3)] == [(6, 3, "mended"), (5, 1, "two"), (4, 2, "one")]
    assert on_disk(folder).number == 6


def test_one_may_name_the_version_that_was_live_before(folder: Path) -> None:
    take_away(folder)
    with pytest.raises(NotFound, match="v9 of trips was not live") as refused:
        Project(folder).rollback("v9")
    assert "v2, v1" in refused.value.fix
    assert Project(folder).rollback("v1").release.version == 1


def test_what_else_needs_the_catalogue_says_so_and_makes_no_new_one(folder: Path) -> None:
    take_away(folder)
    for act in (lambda p: p.promote("v1"), lambda p: p.pause(), lambda p: p.resume(), lambda p: p.releases()):
        with pytest.raises(Unavailable, match="the catalogue is gone"):
            act(Project(folder))
    assert not catalogue_of(folder).exists()


def test_a_trial_ends_with_it(folder: Path) -> None:
    Project(folder).promote("v1", to="10%")
    take_away(folder)
    assert Project(folder).rollback().release.challenger is None
    assert on_disk(folder).challenger is None


def test_a_catalogue_that_is_locked_is_gone_round(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("millwright.registry.catalogue.BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(catalogue_of(folder), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        report = Project(folder).rollback(reason=REASON)
        assert "another writer holds the catalogue" in report.untold
        with pytest.raises(Unavailable):
            publish(Project(folder).workshop)
        assert json.loads(release_path(folder / ".millwright", "trips").read_bytes())["state"]["version"] == 2
        other.execute("ROLLBACK")
    publish(Project(folder).workshop)
    assert Project(folder).releases(1)[0].reason == REASON


def test_a_catalogue_of_a_newer_millwright_is_not_gone_round(folder: Path) -> None:
    with closing(sqlite3.connect(catalogue_of(folder))) as db:
        db.execute("INSERT INTO schema_steps VALUES (99, 'later', '2030-01-01T00:00:00.000000Z')")
        db.commit()
    with pytest.raises(Unavailable, match="upgrade"):
        Project(folder).rollback()


def test_an_older_backup_of_the_catalogue_goes_on_with_numbers_that_servers_take(folder: Path) -> None:
    copy = backup(folder)
    for version in ("v1", "v2", "v1"):
        Project(folder).promote(version)
    remember_newest(folder / ".millwright", "trips", 6)
    take_away(folder)
    assert Project(folder).rollback(reason=REASON).release.number == 7
    restore(folder, copy)
    publish(Project(folder).workshop)
    project = Project(folder)
    assert [(r.number, r.version) for r in project.releases(2)] == [(7, 2), (3, 3)]
    assert on_disk(folder).number == 7
    assert project.promote("v3").release.number == 8
    assert project.rollback().release.version == 2
    assert project.verify_audit().ok


def test_after_an_older_backup_the_next_release_has_a_number_that_servers_take(folder: Path) -> None:
    copy = backup(folder)
    for version in ("v1", "v2", "v1"):
        Project(folder).promote(version)
    restore(folder, copy)
    project = Project(folder)
    assert number_of(project) == 3
    assert project.promote("v2", reason="after the restore").release.number == 7
    assert on_disk(folder).number == 7
    assert project.rollback().release.version == 3
    assert project.verify_audit().ok


def test_what_was_told_is_told_once(folder: Path) -> None:
    bring_back = take_away(folder)
    Project(folder).rollback(reason=REASON)
    path = release_path(folder / ".millwright", "trips")
    untold = path.read_bytes()
    bring_back()
    publish(Project(folder).workshop)
    path.write_bytes(untold)  # as if its process had been killed between the catalogue and the file
    publish(Project(folder).workshop)
    assert [r.number for r in Project(folder).releases()] == [4, 3, 2, 1]
    assert on_disk(folder).untold == ()


def test_a_rollback_to_what_the_catalogue_does_not_know_stands_until_a_person_decides(folder: Path, tmp_path: Path) -> None:
    project = Project(folder)
    young = trips_project(tmp_path / "young", 1)
    young.promote("v1")
    take_away(folder)
    assert project.rollback(reason=REASON).release.version == 2
    restore(folder, backup(young.path.parent))
    for _ in range(2):
        with pytest.raises(NotFound, match="does not know package"):
            publish(Project(folder).workshop)
        assert (on_disk(folder).version, len(on_disk(folder).untold)) == (2, 1), "a person's word is not overwritten"
    assert number_of(Project(folder)) == 1
    shutil.copytree(young.workshop.home.packages, folder / ".millwright" / "packages", dirs_exist_ok=True)
    add_version(Project(folder), 7)
    assert Project(folder).promote("v2", reason="so be it").release.number == 5
    assert (on_disk(folder).number, on_disk(folder).untold) == (5, ())


def test_what_is_unknown_of_another_project_is_for_its_own_commands_to_tell(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Project(folder).workshop
    for project, tells in (("others", False), (shop.project, True)):
        error = NotFound(f"v2 of {project} is live")
        monkeypatch.setattr("millwright.loop.publishing._catch_up", lambda _, found={project: error}: dict(found))
        with pytest.raises(NotFound) if tells else nullcontext():
            assert publish(shop) == ()


def test_a_package_that_is_not_whole_is_not_gone_back_to(folder: Path) -> None:
    take_away(folder)
    back = on_disk(folder).way_back[0]
    plan = folder / ".millwright" / "packages" / back.package / "plan.json"
    plan.write_bytes(plan.read_bytes()[:-1] + b" ")
    with pytest.raises(PackageRefused, match="was changed") as refused:
        Project(folder).rollback()
    assert refused.value.fix == "go further back: `mw rollback v1`"


@pytest.fixture
def served(folder: Path) -> Iterator[Project]:
    """The project with its keeper and server running, and without a steward."""
    project = Project(folder)
    project.up(port=0, replay=True)
    yield project
    project.down()


def test_a_running_server_goes_back_and_the_keeper_tells_the_catalogue_when_it_is_back(served: Project) -> None:
    folder = served.path.parent
    assert answers_with(served) == "v3"
    bring_back = take_away(folder)
    done = mw("-C", folder, "rollback", "--reason", REASON, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["release"]["version"], said["served_by"] is not None) == (2, True)
    assert "the catalogue is gone" in said["untold"]
    assert answers_with(served) == "v2"
    assert ready(served)["projects"]["trips"]["release"] == 4
    bring_back()
    wait_until(lambda: number_of(Project(folder)) == 4)
    wait_until(lambda: on_disk(folder).untold == ())
    assert answers_with(served) == "v2"
    assert Project(folder).releases(1)[0].reason == REASON
    assert Project(folder).verify_audit().ok
