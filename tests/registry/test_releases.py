import subprocess
import sys
from pathlib import Path

import pytest
from catalogue_samples import DAY, HOUR, a_version, asked, release
from hypothesis import example, given, settings
from hypothesis import strategies as st

from millwright.errors import Conflict, GateFailed, NotFound
from millwright.registry import aliases, audit, releases
from millwright.registry.catalogue import Catalogue
from millwright.registry.witness import digest_as_kept, subject_of

HERE = Path(__file__).parent


@pytest.fixture
def stocked(catalogue: Catalogue) -> Catalogue:
    """A catalogue with three versions, none live."""
    with catalogue.write() as tx:
        for number in (1, 2, 3):
            a_version(tx, number)
    return catalogue


def test_before_the_first_release_nothing_is_live(stocked: Catalogue) -> None:
    with stocked.read() as tx:
        assert releases.current(tx, "trips") is None
        assert releases.live_at(tx, "trips", DAY) is None
        with pytest.raises(NotFound, match="no earlier release"):
            releases.previous(tx, "trips")


def test_a_promotion_moves_champion_and_is_in_the_audit(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        made = release(tx, 2, expected=0)
    with stocked.read() as tx:
        assert releases.current(tx, "trips") == made == releases.numbered(tx, "trips", 1)
        assert aliases.get(tx, "trips", aliases.CHAMPION) == 2
        (entry,) = audit.about(tx, subject_of(made))
        assert (entry.action, entry.detail) == ("release.promote", digest_as_kept(made))


@pytest.mark.parametrize("expected", [0, 2, -1])
def test_who_saw_another_release_is_refused(stocked: Catalogue, expected: int) -> None:
    with stocked.write() as tx:
        release(tx, 1, expected=0)
        with pytest.raises(Conflict, match="changed meanwhile"):
            release(tx, 2, expected=expected)
        assert aliases.get(tx, "trips", aliases.CHAMPION) == 1


def test_the_live_version_is_not_released_again(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        release(tx, 1, expected=0)
        with pytest.raises(Conflict, match="live already"):
            release(tx, 1, expected=1)


@pytest.mark.parametrize("verdict", ["failed", "inconclusive"])
def test_what_did_not_pass_needs_force(stocked: Catalogue, verdict) -> None:
    with stocked.write() as tx:
        weak = a_version(tx, 4, verdict=verdict)
        with pytest.raises(GateFailed, match=verdict):
            release(tx, weak.number, expected=0)
        forced = releases.promote(tx, "trips", weak.number, asked(0, reason="I know", forced=True))
    assert forced.forced


def test_an_unknown_version_cannot_be_released(stocked: Catalogue) -> None:
    with stocked.write() as tx, pytest.raises(NotFound):
        release(tx, 9, expected=0)


def test_a_version_that_was_not_live_before_cannot_be_rolled_back_to(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        release(tx, 1, expected=0)
        with pytest.raises(NotFound, match="was not live"):
            release(tx, 3, expected=1, action="rollback")


def test_two_rollbacks_go_two_versions_back(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        for number in (1, 2, 3):
            release(tx, number, expected=number - 1)
        assert releases.previous(tx, "trips").number == 2
        release(tx, 2, expected=3, action="rollback")
        assert releases.previous(tx, "trips").number == 1
        release(tx, 3, expected=4)
        assert releases.previous(tx, "trips").number == 2
        release(tx, 2, expected=5, action="rollback")
        release(tx, 1, expected=6, action="rollback")
        with pytest.raises(NotFound):
            releases.previous(tx, "trips")


@settings(max_examples=40, deadline=None)
@given(moves=st.lists(st.sampled_from([1, 2, 3, "back"]), max_size=12))
@example(moves=[1, 2, 3, 2, "back", "back", "back"])
def test_rollbacks_behave_like_a_stack(tmp_path_factory, moves) -> None:
    """The model: promoting puts a version on a pile, rolling back takes the top one off."""
    pile: list[int] = []
    with Catalogue.open(tmp_path_factory.mktemp("stack") / "c.db") as catalogue, catalogue.write() as tx:
        for number in (1, 2, 3):
            a_version(tx, number)
        number = 0
        for move in moves:
            if move == "back" and len(pile) > 1:
                pile.pop()
                assert releases.previous(tx, "trips").number == pile[-1]
                release(tx, pile[-1], expected=number, action="rollback")
            elif move != "back" and pile[-1:] != [move]:
                pile.append(move)
                release(tx, move, expected=number)
            else:
                continue
            number += 1
        now = releases.current(tx, "trips")
        assert (now.version if now else None) == (pile[-1] if pile else None)
        assert len(releases.page(tx, "trips", limit=100)) == number


def test_any_past_second_can_be_asked(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        first = release(tx, 1, expected=0, hours=0)
        second = release(tx, 2, expected=1, hours=2)
        assert releases.live_at(tx, "trips", DAY - HOUR) is None
        assert releases.live_at(tx, "trips", DAY) == first
        assert releases.live_at(tx, "trips", DAY + HOUR) == first
        assert releases.live_at(tx, "trips", DAY + 2 * HOUR) == second
        assert releases.page(tx, "trips") == (second, first)
        assert releases.page(tx, "trips", before=2) == (first,)


def test_the_state_for_servers_says_what_the_release_says(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        made = release(tx, 1, expected=0)
    state = releases.state_of(made, default=True)
    assert (state.number, state.version, state.package, state.default, state.since) == (1, 1, made.package, True, DAY)


RACER = """
import sys
from pathlib import Path
from catalogue_samples import release
from millwright.errors import Conflict
from millwright.registry import releases
from millwright.registry.catalogue import Catalogue
with Catalogue.open(Path(sys.argv[1])) as catalogue:
    with catalogue.read() as tx:
        now = releases.current(tx, "trips")
    print("saw", flush=True)
    sys.stdin.readline()
    try:
        with catalogue.write() as tx:
            release(tx, int(sys.argv[2]), expected=now.number if now else 0)
    except Conflict:
        sys.exit(3)
"""


def test_of_two_processes_that_promote_at_once_exactly_one_wins(stocked: Catalogue, path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(path), str(version)],
            cwd=HERE, env={"PYTHONPATH": str(HERE)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for version in (1, 2)
    ]  # fmt: skip
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "saw\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        racer.communicate()
    assert sorted(racer.returncode for racer in racers) == [0, 3]
    with stocked.read() as tx:
        (only,) = releases.page(tx, "trips")
        assert only.version == 1 + [racer.returncode for racer in racers].index(0)
        assert aliases.get(tx, "trips", aliases.CHAMPION) == only.version
        assert audit.verify(tx).ok


KILLED = """
import sys
from pathlib import Path
from catalogue_samples import release
from millwright.registry.catalogue import Catalogue
from millwright.stores.durable import arm
with Catalogue.open(Path(sys.argv[1])) as catalogue:
    arm("kill:" + sys.argv[2])
    with catalogue.write() as tx:
        release(tx, 1, expected=0)
"""


@pytest.mark.parametrize(("point", "numbers"), [(1, []), (2, [1]), (3, [1])])
def test_a_killed_promotion_happened_wholly_or_not_at_all(
    stocked: Catalogue, path: Path, point: int, numbers: list[int]
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(point)], cwd=HERE, env={"PYTHONPATH": str(HERE)}, check=False
    )
    assert (killed.returncode == -9) == (point < 3)
    with stocked.read() as tx:
        assert [made.number for made in releases.page(tx, "trips")] == numbers
        assert aliases.of_project(tx, "trips") == dict.fromkeys(["champion"][: len(numbers)], 1)
        assert len([e for e in audit.page(tx) if e.action == "release.promote"]) == len(numbers)
        assert audit.verify(tx).ok
