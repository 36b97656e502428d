import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from catalogue_samples import DAY, HOUR, a_version, abort, asked, canary, pause, release, resume, shadow
from hypothesis import example, given, settings
from hypothesis import strategies as st

from millwright.errors import Conflict, GateFailed, MillwrightError, NotFound
from millwright.records.release import Challenger, Release
from millwright.registry import aliases, audit, challengers, releases, versions
from millwright.registry.catalogue import Catalogue
from millwright.registry.way_back import LONGEST, way_back
from millwright.registry.witness import digest_as_kept, subject_of

HERE = Path(__file__).parent


@pytest.fixture
def stocked(catalogue: Catalogue) -> Catalogue:
    """A catalogue with four versions, the first of them live."""
    with catalogue.write() as tx:
        for number in (1, 2, 3, 4):
            a_version(tx, number)
        release(tx, 1, expected=0)
    return catalogue


def test_a_challenger_is_tried_beside_the_live_version(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        first = releases.current(tx, "trips")
        assert first is not None
        made = shadow(tx, 2, expected=1, hours=1)
    with stocked.read() as tx:
        assert releases.current(tx, "trips") == made == releases.numbered(tx, "trips", 2)
        assert (made.version, made.package, made.payload_digest) == (1, first.package, first.payload_digest)
        assert (made.action, made.challenger, made.share, made.stage) == ("shadow", 2, 0.0, "shadow")
        assert aliases.of_project(tx, "trips") == {"champion": 1, "challenger": 2}
        (entry,) = audit.about(tx, subject_of(made))
        assert (entry.action, entry.detail) == ("release.shadow", digest_as_kept(made))


def test_a_share_given_as_a_whole_number_is_kept_as_the_audit_saw_it(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        challengers.try_out(tx, "trips", 2, 0, asked(1))
        assert audit.verify(tx).ok


def test_a_challenger_goes_from_shadow_to_canary_to_live(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        shadow(tx, 2, expected=1, hours=1)
        trying = canary(tx, 2, expected=2, hours=2)
        assert (trying.version, trying.challenger, trying.share, trying.stage) == (1, 2, 0.1, "canary")
        live = release(tx, 2, expected=3, hours=3)
        assert (live.version, live.challenger, live.share, live.stage) == (2, None, None, None)
        assert releases.previous(tx, "trips").number == 1
        assert audit.verify(tx).ok


def test_an_aborted_challenger_leaves_the_live_version(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        shadow(tx, 2, expected=1)
        made = abort(tx, expected=2)
        assert (made.version, made.action, made.challenger, made.share) == (1, "abort", None, None)
        assert aliases.of_project(tx, "trips") == {"champion": 1, "challenger": 2}
        (entry,) = audit.about(tx, subject_of(made))
        assert entry.action == "release.abort"
        with pytest.raises(NotFound, match="no challenger"):
            abort(tx, expected=3)


def test_another_challenger_makes_the_first_one_room(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        shadow(tx, 2, expected=1)
        assert canary(tx, 3, expected=2).challenger == 3
        assert aliases.get(tx, "trips", aliases.CHALLENGER) == 3


def test_nothing_can_be_tried_beside_nothing(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        a_version(tx, 1)
        with pytest.raises(NotFound, match="nothing of project trips is live"):
            shadow(tx, 1, expected=0)
        with pytest.raises(NotFound, match="nothing of project trips is live"):
            abort(tx, expected=0)
        assert aliases.of_project(tx, "trips") == {}


def test_the_live_version_is_not_its_own_challenger(stocked: Catalogue) -> None:
    with stocked.write() as tx, pytest.raises(Conflict, match="v1 of trips is live"):
        shadow(tx, 1, expected=1)


def test_the_live_version_is_not_promoted_while_another_is_tried(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        shadow(tx, 2, expected=1)
        with pytest.raises(Conflict, match="live already"):
            release(tx, 1, expected=2)


@pytest.mark.parametrize("verdict", ["failed", "inconclusive"])
def test_a_challenger_that_did_not_pass_needs_force(stocked: Catalogue, verdict: versions.Outcome) -> None:
    with stocked.write() as tx:
        weak = a_version(tx, 5, verdict=verdict)
        with pytest.raises(GateFailed, match=verdict):
            shadow(tx, weak.number, expected=1)
        assert aliases.of_project(tx, "trips") == {"champion": 1}
        assert shadow(tx, weak.number, expected=1, forced=True).forced
        assert not abort(tx, expected=2).forced


@pytest.mark.parametrize("expected", [0, 1, 3, -1])
def test_who_saw_another_release_is_refused(stocked: Catalogue, expected: int) -> None:
    with stocked.write() as tx:
        shadow(tx, 2, expected=1)
        with pytest.raises(Conflict, match="changed meanwhile"):
            canary(tx, 2, expected=expected)
        with pytest.raises(Conflict, match="changed meanwhile"):
            abort(tx, expected=expected)
        assert len(releases.page(tx, "trips")) == 2


def test_an_unknown_version_cannot_be_tried(stocked: Catalogue) -> None:
    with stocked.write() as tx, pytest.raises(NotFound):
        shadow(tx, 9, expected=1)


@pytest.mark.parametrize("share", [1.0, -0.1, float("nan"), float("inf")])
def test_a_canary_answers_some_of_the_traffic(stocked: Catalogue, share: float) -> None:
    with stocked.write() as tx, pytest.raises(MillwrightError, match="a canary cannot have a share") as refused:
        canary(tx, 2, expected=1, share=share)
    assert refused.value.code == "release.share"


def test_trying_leaves_the_way_back_as_it_was(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        shadow(tx, 2, expected=1)
        canary(tx, 2, expected=2)
        release(tx, 2, expected=3)
        shadow(tx, 3, expected=4)
        abort(tx, expected=5)
        assert releases.previous(tx, "trips").number == 1
        back = release(tx, 1, expected=6, action="rollback")
        assert (back.version, back.challenger) == (1, None)
        with pytest.raises(NotFound, match="no earlier release"):
            releases.previous(tx, "trips")


def test_a_rollback_ends_the_trying(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        release(tx, 2, expected=1)
        canary(tx, 3, expected=2)
        back = release(tx, 1, expected=3, action="rollback")
        assert (back.version, back.challenger, back.share) == (1, None, None)


def test_a_challenger_that_was_never_live_cannot_be_rolled_back_to(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        release(tx, 2, expected=1)
        shadow(tx, 3, expected=2)
        with pytest.raises(NotFound, match="was not live"):
            release(tx, 3, expected=3, action="rollback")
        assert aliases.get(tx, "trips", aliases.CHAMPION) == 2


MOVES = st.tuples(st.sampled_from(["promote", "shadow", "canary"]), st.sampled_from([1, 2, 3]))
ENDS = st.tuples(st.sampled_from(["back", "abort", "pause", "hold", "resume"]), st.just(0))
SHARES = {"shadow": 0.0, "canary": 0.1}


@dataclass(frozen=True)
class Tried:
    """What the model says of a trial."""

    version: int
    share: float
    paused: str | None = None


@settings(max_examples=60, deadline=None)
@given(moves=st.lists(MOVES | ENDS, max_size=14))
@example(moves=[("promote", 1), ("shadow", 2), ("canary", 2), ("promote", 2), ("shadow", 3), ("abort", 0), ("back", 0)])
@example(moves=[("promote", 1), ("promote", 2), ("canary", 3), ("promote", 3), ("shadow", 1), ("back", 0), ("back", 0)])
def test_releases_behave_like_a_stack_with_a_challenger_beside_it(tmp_path_factory, moves) -> None:
    """The model: promoting puts a version on a pile, rolling back takes one off; either ends the trying. A pause lasts as
    long as the same version is tried, whatever its share."""
    pile: list[Release] = []
    tried: Tried | None = None
    number = 0
    with Catalogue.open(tmp_path_factory.mktemp("stack") / "c.db") as catalogue, catalogue.write() as tx:
        for version in (1, 2, 3):
            a_version(tx, version)
        for action, version in moves:
            live = pile[-1].version if pile else None
            if action == "promote" and version != live:
                pile.append(release(tx, version, expected=number, hours=number))
                tried = None
            elif action == "back" and len(pile) > 1:
                pile.pop()
                pile[-1] = release(tx, pile[-1].version, expected=number, action="rollback", hours=number)
                tried = None
            elif action in SHARES and live not in (None, version):
                paused = tried.paused if tried and tried.version == version else None
                wanted = Tried(version, SHARES[action], paused)
                if wanted == tried:
                    continue
                (shadow if action == "shadow" else canary)(tx, version, expected=number, hours=number)
                tried = wanted
            elif action == "abort" and tried is not None:
                abort(tx, expected=number, hours=number)
                tried = None
            elif action in ("pause", "hold") and tried is not None and tried.paused != action:
                pause(tx, expected=number, hours=number, how=action)
                tried = replace(tried, paused=action)
            elif action == "resume" and tried is not None and tried.paused:
                resume(tx, expected=number, hours=number)
                tried = replace(tried, paused=None)
            else:
                continue
            number += 1
            _compare(tx, pile, tried, number)


def _compare(tx, pile: list[Release], tried: Tried | None, number: int) -> None:
    now = releases.current(tx, "trips")
    assert now is not None
    assert (now.number, now.version) == (number, pile[-1].version)
    assert (now.challenger, now.share, now.paused) == (
        (tried.version, tried.share, tried.paused) if tried else (None, None, None)
    )
    assert releases.since(tx, "trips", now.version) == pile[-1]
    assert releases.live_at(tx, "trips", now.event_at) == now
    back = [past.version for past in releases.state(tx, now, default=True).way_back]
    assert back == [old.version for old in reversed(pile[:-1])][:LONGEST]
    if len(pile) > 1:
        assert releases.previous(tx, "trips").number == pile[-2].version
    else:
        with pytest.raises(NotFound):
            releases.previous(tx, "trips")


def test_a_version_is_live_since_it_was_made_live(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        first = releases.numbered(tx, "trips", 1)
        shadow(tx, 2, expected=1, hours=1)
        abort(tx, expected=2, hours=2)
        assert releases.since(tx, "trips", 1) == first
        assert releases.since(tx, "trips", 2) is None
        second = release(tx, 2, expected=3, hours=3)
        canary(tx, 3, expected=4, hours=4)
        assert releases.since(tx, "trips", 2) == second
        assert releases.since(tx, "trips", 1) is None
        back = release(tx, 1, expected=5, action="rollback", hours=5)
        assert releases.since(tx, "trips", 1) == back
        assert releases.since(tx, "taxis", 1) is None


def test_the_way_back_comes_by_a_version_as_often_as_rollbacks_do(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        for number, version in enumerate((2, 1, 3), start=1):
            release(tx, version, expected=number, hours=number)
        ways = [[past.version for past in way_back(tx, "trips", 4, most)] for most in (1, 2, 5)]
    assert ways == [[1], [1, 2, 1], [1, 2, 1]]


def test_any_past_second_says_what_was_tried(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        made = [shadow(tx, 2, expected=1, hours=1), canary(tx, 2, expected=2, hours=2), abort(tx, expected=3, hours=3)]
        for hours, row in enumerate(made, start=1):
            assert releases.live_at(tx, "trips", DAY + hours * HOUR) == row


def test_the_state_for_servers_names_the_challenger(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        second = versions.numbered(tx, "trips", 2)
        trying = canary(tx, 2, expected=1, share=0.25)
        state = releases.state(tx, trying, default=True)
        assert (state.version, state.number, state.package) == (1, 2, trying.package)
        assert state.challenger == Challenger(
            version=2, package=second.package, payload_digest=second.payload_digest, share=0.25
        )
        assert releases.state_of(trying, default=True, challenger_version=second) == state
        assert releases.state(tx, abort(tx, expected=2), default=False).challenger is None


RACER = """
import sys
from pathlib import Path
from catalogue_samples import abort, asked, canary
from millwright.errors import Conflict
from millwright.registry.catalogue import Catalogue
with Catalogue.open(Path(sys.argv[1])) as catalogue:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        with catalogue.write() as tx:
            canary(tx, 2, expected=2) if sys.argv[2] == "canary" else abort(tx, expected=2)
    except Conflict:
        sys.exit(3)
"""


def test_of_an_abort_and_a_canary_at_once_exactly_one_wins(stocked: Catalogue, path: Path) -> None:
    with stocked.write() as tx:
        shadow(tx, 2, expected=1)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(path), action],
            cwd=HERE, env={"PYTHONPATH": str(HERE)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for action in ("canary", "abort")
    ]  # fmt: skip
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.communicate("go\n")
    assert sorted(racer.returncode for racer in racers) == [0, 3]
    with stocked.read() as tx:
        newest = releases.page(tx, "trips")[0]
        assert (newest.number, newest.action) == (3, ("canary", "abort")[[r.returncode for r in racers].index(0)])
        assert audit.verify(tx).ok
