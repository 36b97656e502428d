"""Ending a trial while the catalogue is away, alone and among rollbacks; the catalogue is told of each act once, in order."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from away import backup, catalogue_of, on_disk, restore, take_away
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trips_project import answers_with, number_of, ready, trips_project, wait_until

from millwright.cli.main import cli
from millwright.errors import Conflict, MillwrightError, NotFound, Unavailable
from millwright.loop.publishing import publish
from millwright.loop.without_catalogue import roll_back_here
from millwright.package.release_file import release_path
from millwright.project import Project
from millwright.records.release import Release, ReleaseAsked
from millwright.registry import challengers, releases
from mw_command import mw

REASON = "it does harm"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """v1, then v2 went live; v3 answers 10% of the keys; v4 passed and was loaded. Not to be written to."""
    project = trips_project(tmp_path_factory.mktemp("opened") / "trips", 4)
    project.promote("v1")
    project.promote("v2")
    project.rehearsing().promote("v4")
    project.promote("v3", to="10%")
    project.workshop.catalogue.close()
    return project.path.parent


@pytest.fixture
def folder(opened: Path, tmp_path: Path) -> Path:
    return shutil.copytree(opened, tmp_path / "trips")


def told(project: Project, count: int) -> list[tuple[int, str, int, int | None, str]]:
    """The newest releases: number, action, what is live, what beside it, why."""
    return [(r.number, r.action, r.version, r.challenger, r.reason) for r in project.releases(count)]


def test_an_abort_needs_neither_the_catalogue_nor_the_blobs(folder: Path) -> None:
    bring_back = take_away(folder)
    report = Project(folder).abort(reason=REASON)
    assert report.sentence.startswith(
        "The trial is over: v2 of trips is live, alone; release 4.\nThe catalogue could not be told"
    )
    state = on_disk(folder)
    assert (state.number, state.version, state.challenger, [past.version for past in state.way_back]) == (4, 2, None, [1])
    bring_back()
    project = Project(folder)
    assert number_of(project) == 3
    assert publish(project.workshop) == ("trips",)
    assert told(project, 2) == [(4, "abort", 2, None, REASON), (3, "canary", 2, 3, "asked for")]
    first, decision = project.releases(1)[0], project.decisions(1)[0]
    assert (first.actor, first.event_at) == (project.workshop.actor, report.release.event_at)
    assert first.known_at > first.event_at
    assert (decision.action, decision.version, decision.reason, decision.event_at) == ("abort", 3, REASON, first.event_at)
    assert decision.rule == "done without the catalogue, which was told later"
    assert (on_disk(folder).number, on_disk(folder).untold) == (4, ())
    assert publish(project.workshop) == ()
    assert project.rollback().release.version == 1
    assert project.verify_audit().ok


def test_a_second_abort_and_one_without_a_trial_are_refused(folder: Path) -> None:
    take_away(folder)
    Project(folder).abort(reason=REASON)
    before = release_path(folder / ".millwright", "trips").read_bytes()
    with pytest.raises(Conflict, match="nothing is being tried beside v2 of trips, as far as this disk knows") as refused:
        Project(folder).abort(reason="again")
    assert (refused.value.code, refused.value.exit_code) == ("release.not_trying", 1)
    assert release_path(folder / ".millwright", "trips").read_bytes() == before


def test_an_abort_and_two_rollbacks_are_told_in_order(folder: Path) -> None:
    Project(folder).abort()
    Project(folder).promote("v4")
    Project(folder).promote("v3", to="shadow")
    bring_back = take_away(folder)
    Project(folder).abort(reason="one")
    assert Project(folder).rollback(reason="two").release.version == 2
    assert Project(folder).rollback(reason="three").release.version == 1
    assert [done.action for done in Project(folder).untold()] == ["abort", "rollback", "rollback"]
    bring_back()
    project = Project(folder)
    project.promote("v4", reason="mended")
    expected = [(10, "promote", 4, None, "mended"), (9, "rollback", 1, None, "three"), (8, "rollback", 2, None, "two")]
    assert told(project, 4) == [*expected, (7, "abort", 4, None, "one")]
    assert [(d.action, d.version) for d in project.decisions(4)] == [
        ("promote", 4), ("rollback", 1), ("rollback", 2), ("abort", 3),
    ]  # fmt: skip
    assert project.untold() == ()
    assert project.verify_audit().ok


def test_a_rehearsal_says_what_would_be_and_writes_nothing(folder: Path) -> None:
    bring_back = take_away(folder)
    path = release_path(folder / ".millwright", "trips")
    before = path.read_bytes()
    assert Project(folder).rehearsing().abort().release.number == 4
    assert Project(folder).rehearsing().rollback().release.version == 1
    assert path.read_bytes() == before
    bring_back()
    assert number_of(Project(folder)) == 3


def test_a_rehearsal_takes_back_nothing_that_was_done_without_the_catalogue(folder: Path) -> None:
    bring_back = take_away(folder)
    Project(folder).abort(reason=REASON)
    Project(folder).rollback(reason=REASON)
    bring_back()
    path = release_path(folder / ".millwright", "trips")
    before = path.read_bytes()
    assert Project(folder).rehearsing().promote("v4").before == 1
    assert path.read_bytes() == before
    publish(Project(folder).workshop)
    assert told(Project(folder), 2) == [(5, "rollback", 1, None, REASON), (4, "abort", 2, None, REASON)]
    assert len(Project(folder).releases()) == 5


def test_an_older_catalogue_without_the_trial_gets_the_abort(folder: Path) -> None:
    copy = backup(folder)
    Project(folder).promote("v3", to="50%")
    take_away(folder)
    assert Project(folder).abort(reason=REASON).release.number == 5
    restore(folder, copy)
    publish(Project(folder).workshop)
    assert told(Project(folder), 2) == [(5, "abort", 2, None, REASON), (3, "canary", 2, 3, "asked for")]


def test_in_an_older_catalogue_what_this_disk_went_on_with_is_live_again(folder: Path) -> None:
    copy = backup(folder)
    Project(folder).promote("v4")
    Project(folder).promote("v3", to="shadow")
    take_away(folder)
    Project(folder).abort(reason=REASON)
    restore(folder, copy)
    project = Project(folder)
    publish(project.workshop)
    assert told(project, 2)[0] == (6, "rollback", 4, None, REASON)
    assert "an abort here, and the catalogue that came back had v2 live" in project.decisions(1)[0].rule
    assert (on_disk(folder).version, on_disk(folder).number, on_disk(folder).challenger) == (4, 6, None)
    assert project.rollback().release.version == 2
    assert project.verify_audit().ok


def test_a_catalogue_that_does_not_know_the_live_version_is_told_by_a_person(folder: Path, tmp_path: Path) -> None:
    young = trips_project(tmp_path / "young", 1)
    young.promote("v1")
    take_away(folder)
    Project(folder).abort(reason=REASON)
    restore(folder, backup(young.path.parent))
    for _ in range(2):
        with pytest.raises(NotFound, match="v2 of trips is live since the abort without the catalogue"):
            publish(Project(folder).workshop)
        assert (on_disk(folder).number, len(on_disk(folder).untold)) == (4, 1)


def elsewhere(folder: Path, enter: Callable[..., Release]) -> None:
    """A release that came into the catalogue without this disk."""
    shop = Project(folder).workshop
    with shop.catalogue.write() as tx:
        now = releases.current(tx, "trips")
        assert now is not None
        enter(tx, ReleaseAsked(expected=now.number, actor="bob", reason="meanwhile", at=shop.clock.now()))
    shop.catalogue.close()


def test_what_came_into_the_catalogue_meanwhile_stays_live_and_the_decision_says_so(folder: Path) -> None:
    bring_back = take_away(folder)
    Project(folder).abort(reason=REASON)
    bring_back()
    elsewhere(folder, lambda tx, asked: releases.promote(tx, "trips", 4, asked))
    project = Project(folder)
    publish(project.workshop)
    assert told(project, 2) == [(5, "abort", 4, None, REASON), (4, "promote", 4, None, "meanwhile")]
    assert project.decisions(1)[0].rule.endswith("had got release 4 meanwhile (promote by bob: v4 live)")
    assert (on_disk(folder).version, on_disk(folder).number) == (4, 5)


@pytest.mark.parametrize(("tried", "left"), [(3, None), (4, 4)])
def test_an_abort_ends_its_own_trial_only(folder: Path, tried: int, left: int | None) -> None:
    bring_back = take_away(folder)
    Project(folder).abort(reason=REASON)
    bring_back()
    elsewhere(folder, lambda tx, asked: challengers.try_out(tx, "trips", tried, 0.5, asked))
    project = Project(folder)
    publish(project.workshop)
    assert told(project, 1) == [(5, "abort", 2, left, REASON)]
    assert (on_disk(folder).challenger is None) == (left is None)
    assert project.decisions(1)[0].version == 3


def test_a_change_that_began_before_an_abort_here_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A promotion that looked before, and enters after: the abort is entered first, and the promotion hears of it."""
    from millwright.loop import releasing

    proved = releasing.prove_loadable

    def abort_meanwhile(*arguments: object) -> None:
        proved(*arguments)  # type: ignore[arg-type]
        bring_back = take_away(folder)
        Project(folder).abort(reason=REASON)
        bring_back()

    monkeypatch.setattr(releasing, "prove_loadable", abort_meanwhile)
    with pytest.raises(Conflict, match="changed meanwhile"):
        Project(folder).promote("v4", reason="late")
    assert told(Project(folder), 1) == [(4, "abort", 2, None, REASON)]
    assert (on_disk(folder).version, on_disk(folder).untold) == (2, ())


def test_processes_that_reconcile_at_once_enter_each_act_once(folder: Path) -> None:
    bring_back = take_away(folder)
    Project(folder).abort(reason="one")
    Project(folder).rollback(reason="two")
    bring_back()
    script = "import sys\nfrom millwright.project import Project\nfrom millwright.loop.publishing import publish\n"
    script += "shop = Project(sys.argv[1]).workshop\nprint('ready', flush=True)\nsys.stdin.readline()\npublish(shop)\n"
    command = [sys.executable, "-c", script, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen(command, **pipes) for _ in range(3)]  # type: ignore[call-overload]
    assert all(process.stdout.readline() == "ready\n" for process in started)
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate() and process.returncode for process in started] == [0, 0, 0]
    project = Project(folder)
    assert told(project, 3)[:2] == [(5, "rollback", 1, None, "two"), (4, "abort", 2, None, "one")]
    assert [d.action for d in project.decisions(3)] == ["rollback", "abort", "canary"]
    assert project.verify_audit().ok


def test_a_key_is_revoked_after_what_it_signed_was_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = shutil.copy(Project(folder).workshop.signing_key, folder / "own.key")
    monkeypatch.setenv("MILLWRIGHT_SIGNING_KEY", str(own))
    bring_back = take_away(folder)
    Project(folder).abort(reason=REASON)
    bring_back()
    project = Project(folder)
    signed_by = project.keys()[0]["id"]
    project.rotate_key()
    project.revoke(signed_by, "left the house")
    assert told(project, 1) == [(4, "abort", 2, None, REASON)]


def test_a_reason_that_would_make_the_file_too_long_to_be_read_is_refused(folder: Path) -> None:
    take_away(folder)
    with pytest.raises(MillwrightError, match="servers read 65,536") as refused:
        Project(folder).abort(reason="x" * 70_000)
    assert refused.value.code == "release.too_long"
    assert on_disk(folder).number == 3


@pytest.mark.parametrize("away", [True, False])
def test_status_and_releases_say_what_the_catalogue_was_not_told(
    folder: Path, away: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_back = take_away(folder)
    Project(folder).abort(reason=REASON)
    if not away:
        bring_back()
    sentence = f"({REASON}): v2 is live, without v3; release 4. The next command that can write it does so."
    code = cli.main(["-C", str(folder), "status"], standalone_mode=False)
    said = capsys.readouterr().out
    assert (code or 0, sentence in said, "the catalogue is gone" in said) == (int(away), True, away)
    if away:
        with pytest.raises(Unavailable):
            cli.main(["-C", str(folder), "releases"], standalone_mode=False)
        assert sentence in capsys.readouterr().out
        return
    cli.main(["-C", str(folder), "releases", "--json"], standalone_mode=False)
    assert [done["action"] for done in json.loads(capsys.readouterr().out)["untold"]] == ["abort"]
    publish(Project(folder).workshop)
    cli.main(["-C", str(folder), "status"], standalone_mode=False)
    assert "was not told" not in capsys.readouterr().out


ALWAYS = ("abort", "rollback", "rollback v1", "rollback v2")
VERBS = (*ALWAYS, "away", "back", "promote v1", "promote v2", "promote v4", "try v3", "pause")


def act(folder: Path, verb: str) -> str:
    """Do one thing; the code of the refusal, or what was done."""
    project = Project(folder)
    name, _, version = verb.partition(" ")
    try:
        match name:
            case "promote":
                return str(project.promote(version, reason=verb).release.action)
            case "try":
                return str(project.promote(version, to="10%", reason=verb).release.action)
            case "pause":
                return str(project.pause(reason=verb).release.action)
            case "abort":
                return str(project.abort(reason=verb).release.action)
            case _:
                return str(project.rollback(version or None, reason=verb).release.action)
    except MillwrightError as error:
        return error.code


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(verbs=st.lists(st.sampled_from(VERBS), max_size=12))
def test_away_or_there_the_same_releases_come_of_the_same_verbs(
    opened: Path, tmp_path_factory: pytest.TempPathFactory, verbs: list[str]
) -> None:
    """Two copies of a project: one has its catalogue at all times, from the other it is taken away between verbs."""
    place = tmp_path_factory.mktemp("twins")
    here, there = shutil.copytree(opened, place / "here"), shutil.copytree(opened, place / "there")
    bring_back: Callable[[], None] | None = None
    for verb in verbs:
        if verb == "away":
            bring_back = bring_back or take_away(here)
        elif verb == "back" and bring_back is not None:
            bring_back = bring_back()
        elif verb != "back" and (bring_back is None or verb in ALWAYS):
            assert act(here, verb) == act(there, verb)
    if bring_back is not None:
        bring_back()
    publish(Project(here).workshop)
    assert told(Project(here), 50) == told(Project(there), 50)
    assert Project(here).verify_audit().ok
    decided = [[(d.action, d.version, d.reason) for d in Project(twin).decisions(50)] for twin in (here, there)]
    assert decided[0] == decided[1]
    ours, theirs = on_disk(here), on_disk(there)
    same = ("number", "version", "package", "challenger", "way_back", "untold")
    assert [getattr(ours, name) for name in same] == [getattr(theirs, name) for name in same]
    shutil.rmtree(place)


@pytest.fixture
def served(folder: Path) -> Iterator[Project]:
    """The project with its keeper and server running, and without a steward."""
    project = Project(folder)
    project.up(port=0, replay=True)
    yield project
    project.down()


def test_a_running_server_ends_the_trial_at_once_and_the_keeper_tells_the_catalogue(served: Project) -> None:
    folder = served.path.parent
    assert ready(served)["projects"]["trips"]["challenger"]["version"] == "v3"
    bring_back = take_away(folder)
    done = mw("-C", folder, "abort", "--reason", REASON, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["release"]["action"], said["release"]["version"], said["served_by"] is not None) == ("abort", 2, True)
    answering = ready(served)["projects"]["trips"]
    assert (answering["release"], answering.get("challenger")) == (4, None)
    assert not catalogue_of(folder).exists()
    bring_back()
    wait_until(lambda: number_of(Project(folder)) == 4)
    wait_until(lambda: on_disk(folder).untold == ())
    assert answers_with(served) == "v2"
    assert told(Project(folder), 1) == [(4, "abort", 2, None, REASON)]
    assert Project(folder).verify_audit().ok


def test_of_two_who_go_back_at_once_one_is_told(folder: Path) -> None:
    """Both saw v2 live; the second finds what the first did, and goes no further back."""
    Project(folder).promote("v4")
    take_away(folder)
    second = Project(folder)
    seen = second._ground
    assert Project(folder).rollback(reason="one").release.version == 2
    with pytest.raises(Conflict, match="release 4 is not the current one any more"):
        roll_back_here(seen, None, reason="two", why=Unavailable("away"))
    assert on_disk(folder).version == 2


def test_a_key_that_may_not_sign_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLWRIGHT_SIGNING_KEY", str(folder / "another.key"))
    with pytest.raises(Unavailable, match="not among the trusted keys"):
        Project(folder).abort(reason=REASON)
    assert number_of(Project(folder)) == 3


def test_where_servers_cannot_be_told_the_error_says_what_was_entered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise Unavailable("the disk is full", code="catalogue.full")

    with monkeypatch.context() as patch:
        patch.setattr("millwright.loop.publishing.write_release", full)
        with pytest.raises(Unavailable, match=r"release 4 is entered, but .* told: the disk is full") as said:
            Project(folder).abort(reason=REASON)
    assert said.value.code == "release.not_told"
    assert (on_disk(folder).number, number_of(Project(folder))) == (3, 4)


@pytest.mark.parametrize("verb", ["abort", "rollback v1", "pause", "try v9"])
def test_a_command_that_finds_nothing_left_to_do_tells_the_servers_what_is_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """As if the process of the first had been killed between the catalogue and the file."""
    with monkeypatch.context() as patch:
        patch.setattr("millwright.loop.publishing.write_release", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        first = os.fork()
        if first == 0:
            Project(folder).rollback("v1", reason=REASON)
            os._exit(1)
        assert os.waitpid(first, 0)[1] == signal.SIGKILL
    assert (on_disk(folder).number, number_of(Project(folder))) == (3, 4)
    assert act(folder, verb).startswith(("release.", "version."))
    assert (on_disk(folder).number, on_disk(folder).version) == (4, 1)
