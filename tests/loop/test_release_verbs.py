"""The verbs of a release: each moves one thing, is recorded with who and why, and refuses what cannot be, with what to do."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trips_project import add_version, number_of, trips_project

from millwright.errors import Conflict, GateFailed, MillwrightError, NotFound, PackageRefused
from millwright.loop.decided_on import POLICY
from millwright.loop.publishing import published
from millwright.loop.releasing import Authority, abort, promote, rollback, try_out
from millwright.loop.towards import share_of
from millwright.project import Project
from millwright.records.spec import ReleaseSpec


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """v1 to v3 passed, v4 did not; v1 is live, and the others were loaded before. Not to be written to."""
    project = trips_project(tmp_path_factory.mktemp("opened") / "trips", 4, verdicts={4: "failed"})
    project.promote("v1", reason="opening day")
    for version in ("v2", "v3"):
        project.rehearsing().promote(version)
    return project.path.parent


@pytest.fixture
def project(opened: Path, tmp_path: Path) -> Project:
    """The same in a folder of its own."""
    return Project(shutil.copytree(opened, tmp_path / "trips"))


def now(project: Project) -> tuple[int, int | None, float | None, str | None]:
    release = project.releases(1)[0]
    return release.version, release.challenger, release.share, release.paused


@pytest.mark.parametrize(
    ("to", "then"), [("shadow", (1, 2, 0.0)), ("2.5%", (1, 2, 0.025)), ("canary", (1, 2, 0.25)), ("live", (2, None, None))]
)
def test_a_version_goes_as_far_as_one_says(project: Project, to: str, then: tuple[object, ...]) -> None:
    report = project.promote("v2", to=to, reason="a try")
    assert now(project)[:3] == then
    assert (report.release.reason, report.release.actor) == ("a try", project.workshop.actor)
    decision = project.decisions(1)[0]
    assert (decision.action, decision.version, decision.reason) == (report.release.action, 2, "a try")
    state = published(project.workshop, "trips")
    assert state is not None
    assert (state.version, state.challenger.share if state.challenger else None) == (then[0], then[2])
    assert project.verify_audit().ok


def test_next_walks_the_steps_of_the_spec(project: Project) -> None:
    steps = []
    for _ in range(3):
        project.promote("v2", to="next")
        steps.append(now(project)[:3])
    assert steps == [(1, 2, 0.0), (1, 2, 0.25), (2, None, None)]
    with pytest.raises(Conflict, match="no next step"):
        project.promote("v2", to="next")


def test_a_challenger_moves_up_and_down_and_stays_paused(project: Project) -> None:
    project.promote("v2", to="10%")
    project.pause(reason="month end")
    for to, share in (("50%", 0.5), ("1%", 0.01), ("shadow", 0.0)):
        project.promote("v2", to=to)
        assert now(project) == (1, 2, share, "pause")
    project.pause(hold=True, reason="mine")
    assert now(project)[3] == "hold"
    project.resume(reason="go on")
    assert now(project) == (1, 2, 0.0, None)
    told = [(d.action, d.reason) for d in project.decisions(3)]
    assert told == [("resume", "go on"), ("pause", "mine"), ("shadow", "asked for")]
    assert project.explain(project.decisions(1)[0].number).lines[0].endswith(f"resume v2, by {project.workshop.actor}.")


def test_what_cannot_be_is_refused_with_what_to_do(project: Project) -> None:
    def refused(kind: type[MillwrightError], code: str, fix: str, act: object) -> None:
        before = number_of(project)
        with pytest.raises(kind) as error:
            act()  # type: ignore[operator]
        assert error.value.code == code
        assert fix in error.value.fix
        assert number_of(project) == before

    refused(Conflict, "release.not_trying", "--to shadow", lambda: project.abort())
    refused(Conflict, "release.not_trying", "--to shadow", lambda: project.pause())
    refused(Conflict, "release.not_trying", "--to shadow", lambda: project.resume())
    refused(Conflict, "release.already_live", "mw status", lambda: project.promote("v1"))
    refused(Conflict, "release.already_live", "another version", lambda: project.promote("v1", to="10%"))
    refused(NotFound, "release.no_earlier", "mw releases", lambda: project.rollback())
    refused(NotFound, "version.missing", "v1 to v4", lambda: project.promote("v9", to="shadow"))
    refused(GateFailed, "gate.failed", "--force", lambda: project.promote("v4", to="shadow"))
    project.promote("v2", to="10%")
    refused(Conflict, "release.another_tried", "mw abort", lambda: project.promote("v3", to="shadow"))
    refused(Conflict, "release.already_there", "mw status", lambda: project.promote("v2", to="10%"))
    refused(Conflict, "release.already_live", "mw abort", lambda: project.promote("v1"))
    refused(Conflict, "release.not_paused", "mw status", lambda: project.resume())
    project.pause()
    refused(Conflict, "release.paused", "mw resume", lambda: project.pause())
    refused(NotFound, "release.never_live", "mw promote v3", lambda: project.rollback("v3"))


def test_a_rollback_goes_to_the_version_before_or_to_a_named_one(project: Project) -> None:
    project.promote("v2")
    project.promote("v3")
    assert project.rollback("v1", reason="both are wrong").release.version == 1
    with pytest.raises(NotFound, match="not live before"):
        project.rollback("v3")
    project.promote("v3")
    assert project.rollback().release.version == 1


def test_a_rehearsal_says_what_would_be_and_changes_nothing(project: Project) -> None:
    rehearsal = project.rehearsing()
    report = rehearsal.promote("v2", to="10%", reason="only if")
    assert "v2 of trips answers 10% of the keys" in report.sentence
    with pytest.raises(GateFailed):
        rehearsal.promote("v4")
    assert (now(project), len(project.decisions()), number_of(project)) == ((1, None, None, None), 1, 1)
    state = published(project.workshop, "trips")
    assert state is not None
    assert state.challenger is None
    assert project.verify_audit().entries == project.rehearsing().verify_audit().entries


def test_the_policy_leaves_alone_what_a_person_paused(project: Project) -> None:
    machine = Authority(actor=POLICY, rule="go on", mode="auto")
    project.promote("v2", to="10%")
    project.pause()
    for act in (
        lambda: promote(project.workshop, "v2", reason="", authority=machine),
        lambda: try_out(project.workshop, "v2", 0.5, reason="", authority=machine),
    ):
        with pytest.raises(Conflict, match="a person paused the trial"):
            act()
    project.pause(hold=True)
    with pytest.raises(Conflict, match="a person paused the trial"):
        abort(project.workshop, reason="harm", authority=machine)
    project.resume()
    project.pause()
    assert abort(project.workshop, reason="harm", authority=machine).release.challenger is None


def test_the_policy_goes_back_though_a_trial_is_paused(project: Project) -> None:
    project.promote("v2")
    project.promote("v3", to="shadow")
    project.pause(hold=True)
    machine = Authority(actor=POLICY, rule="errors", mode="auto")
    assert rollback(project.workshop, reason="errors", authority=machine).release.version == 1


def test_a_stage_counts_from_its_beginning_though_it_was_paused(project: Project) -> None:
    from millwright.loop.situating import trying_of

    begun = project.promote("v2", to="10%").release
    project.pause()
    project.resume()
    at = begun.event_at + timedelta(days=3)
    trying = trying_of(project.workshop, project.releases(1)[0], at)
    assert trying is not None
    assert (trying.since, trying.paused) == (begun.event_at, None)
    project.promote("v2", to="20%")
    assert trying_of(project.workshop, project.releases(1)[0], at).since > begun.event_at  # type: ignore[union-attr]


def test_a_revoked_version_is_neither_promoted_nor_gone_back_to(project: Project) -> None:
    project.promote("v2")
    project.promote("v3")
    revoked = project.revoke("v2", "learnt from a leak")
    assert (revoked.name, revoked.role) == ("v2", None)
    with pytest.raises(PackageRefused, match="was revoked") as refused:
        project.rollback()
    assert refused.value.fix == "go further back: `mw rollback v1`"
    with pytest.raises(PackageRefused, match="was revoked"):
        project.promote("v2", to="shadow")
    assert project.rollback("v1").release.version == 1
    assert project.revoke("v1", "so is this").role == "live"
    assert project.verify_audit().ok
    with pytest.raises(NotFound, match="no version"):
        project.revoke("v77", "what?")


def test_versions_revoked_are_no_keys(project: Project) -> None:
    project.revoke("v2", "leak")
    pinned = project.keys()
    assert [key["revoked"] for key in pinned] == [False]
    add_version(project, 9)


@given(st.floats(0.0001, 99.99))
def test_every_share_between_nothing_and_all_is_taken(percent: float) -> None:
    share = share_of(f"{percent:.9f}%", ReleaseSpec())
    assert share is not None
    assert 0 < share < 1
    assert abs(share - percent / 100) < 1e-9


@pytest.mark.parametrize(
    ("to", "fix"),
    [
        ("0%", "shadow"), ("100%", "live"), ("120%", "less than 100%"), ("10", "10%"), ("0.1", "10%"), ("-5%", "a share"),
        ("nan%", "a share"), ("", "a share"), ("shdow", '"shadow"'), ("1e3%", "a share"), ("٣%", "a share"),
    ],
)  # fmt: skip
def test_what_is_no_share_is_refused_with_what_to_write(to: str, fix: str) -> None:
    with pytest.raises(MillwrightError) as refused:
        share_of(to, ReleaseSpec())
    assert (refused.value.code, fix in refused.value.fix) == ("release.share", True)
