import threading
from datetime import timedelta
from pathlib import Path

import pytest
from catalogue_samples import DAY, decide
from hypothesis import example, given, settings
from hypothesis import strategies as st

from millwright.errors import Conflict
from millwright.registry import decisions, leases, projects
from millwright.registry.catalogue import Catalogue
from millwright.registry.leases import Lease

TTL = timedelta(seconds=30)
SECOND = timedelta(seconds=1)


def take(catalogue: Catalogue, holder: str, seconds: float = 0, **more) -> Lease | None:
    with catalogue.write() as tx:
        return leases.take(tx, "trips", holder, now=DAY + seconds * SECOND, ttl=TTL, **more)


def taken(catalogue: Catalogue, holder: str, seconds: float = 0, **more) -> Lease:
    lease = take(catalogue, holder, seconds, **more)
    assert lease is not None
    return lease


def holds(catalogue: Catalogue, lease: Lease) -> bool:
    with catalogue.read() as tx:
        return _passes(tx, lease)


def test_one_holds_the_project_and_others_wait(catalogue: Catalogue) -> None:
    first = taken(catalogue, "a")
    assert first == Lease(project="trips", holder="a", token=1, expires_at=DAY + TTL)
    assert take(catalogue, "b", 29) is None
    assert holds(catalogue, first)
    with catalogue.write() as tx:
        assert leases.take(tx, "taxis", "b", now=DAY, ttl=TTL) is not None
        assert leases.newest(tx, "trips") == first
        assert leases.newest(tx, "planes") is None


def test_a_lease_ends_by_itself(catalogue: Catalogue) -> None:
    first = taken(catalogue, "a")
    second = taken(catalogue, "b", 30)
    assert second.token > first.token
    assert (holds(catalogue, first), holds(catalogue, second)) == (False, True)


def test_a_renewed_lease_lasts(catalogue: Catalogue) -> None:
    first = taken(catalogue, "a")
    with catalogue.write() as tx:
        renewed = leases.renew(tx, first, DAY + 20 * SECOND, TTL)
    assert (renewed.token, renewed.expires_at) == (first.token, DAY + 20 * SECOND + TTL)
    assert take(catalogue, "b", 49) is None
    assert take(catalogue, "b", 50) is not None


def test_a_lease_that_ran_out_may_be_renewed_while_nobody_took_it(catalogue: Catalogue) -> None:
    first = taken(catalogue, "a")
    with catalogue.write() as tx:
        leases.renew(tx, first, DAY + 100 * SECOND, TTL)
    assert take(catalogue, "b", 101) is None


def test_a_lease_that_was_taken_over_is_not_renewed(catalogue: Catalogue) -> None:
    first = taken(catalogue, "a")
    second = taken(catalogue, "b", 30)
    with catalogue.write() as tx:
        with pytest.raises(Conflict, match="b holds a newer lease") as refused:
            leases.renew(tx, first, DAY + 31 * SECOND, TTL)
        assert refused.value.code == "lease.lost"
        assert leases.newest(tx, "trips") == second


def test_a_holder_that_takes_its_lease_again_has_a_new_token(catalogue: Catalogue) -> None:
    first = taken(catalogue, "a")
    second = taken(catalogue, "a", 1)
    assert second.token > first.token
    assert (holds(catalogue, first), holds(catalogue, second)) == (False, True)


def test_the_lease_of_a_holder_known_to_be_dead_is_not_waited_for(catalogue: Catalogue) -> None:
    first = taken(catalogue, "a")
    asked = []

    def free(holder: str) -> bool:
        asked.append(holder)
        return holder == "a"

    assert taken(catalogue, "b", 1, free=free).token > first.token
    assert take(catalogue, "c", 1, free=free) is None
    assert asked == ["a", "b"]


def test_a_lease_that_was_given_back_is_free_at_once(catalogue: Catalogue) -> None:
    first = taken(catalogue, "a")
    with catalogue.write() as tx:
        leases.release(tx, first)
        assert leases.newest(tx, "trips") is None
    assert not holds(catalogue, first)
    assert taken(catalogue, "b", 1).token > first.token


def test_a_zombie_does_not_give_back_what_is_not_its_own(catalogue: Catalogue) -> None:
    first = taken(catalogue, "a")
    second = taken(catalogue, "b", 30)
    with catalogue.write() as tx:
        leases.release(tx, first)
    assert holds(catalogue, second)


@pytest.mark.parametrize(("ahead", "granted"), [(29, False), (30, False), (31, True), (31_536_000, True)])
def test_a_lease_of_a_clock_that_jumped_ahead_is_not_waited_for(catalogue: Catalogue, ahead: int, granted: bool) -> None:
    taken(catalogue, "a", ahead)
    assert (take(catalogue, "b", 0) is not None) == granted


def test_a_lease_needs_a_holder(catalogue: Catalogue) -> None:
    with pytest.raises(ValueError, match="a holder"):
        take(catalogue, "")


def test_what_a_paused_holder_wrote_after_a_takeover_is_undone(catalogue: Catalogue) -> None:
    first = taken(catalogue, "a")
    with catalogue.write() as tx:
        projects.ensure(tx, "trips", DAY)

    def act(lease: Lease) -> None:
        with catalogue.write() as tx:
            decide(tx, "retrain")
            leases.check(tx, lease)

    act(first)
    second = taken(catalogue, "b", 30)
    with pytest.raises(Conflict, match="a no longer acts for trips"):
        act(first)
    act(second)
    with catalogue.read() as tx:
        assert len(decisions.page(tx, "trips")) == 2


def test_of_many_takers_at_once_exactly_one_gets_it(catalogue: Catalogue) -> None:
    got: list[Lease | None] = []
    for turn in range(5):
        start = threading.Barrier(6)
        first = len(got)

        def run(holder: str, start: threading.Barrier = start, seconds: int = turn * 30) -> None:
            start.wait()
            got.append(take(catalogue, holder, seconds))

        takers = [threading.Thread(target=run, args=(f"{turn} {number}",)) for number in range(6)]
        for taker in takers:
            taker.start()
        for taker in takers:
            taker.join()
        winners = [lease for lease in got[first:] if lease is not None]
        assert [lease.token for lease in winners] == [turn + 1]
        assert holds(catalogue, winners[0])
    assert sum(holds(catalogue, lease) for lease in got if lease is not None) == 1


STEP = st.tuples(
    st.sampled_from(["take", "renew", "release"]),
    st.sampled_from(["a", "b", "c"]),
    st.integers(-200, 200),
    st.sampled_from(["", "a", "b"]),
)


@settings(max_examples=100, deadline=None)
@given(steps=st.lists(STEP, max_size=20))
@example(steps=[("take", "a", 0, ""), ("take", "b", -100, ""), ("renew", "a", 0, ""), ("take", "c", 31, "")])
def test_whatever_clocks_do_one_holding_is_the_newest(tmp_path_factory, steps) -> None:
    """Clocks jump, holders die, sleep and come back: tokens only grow, and only the newest holding passes the check."""
    with Catalogue.open(tmp_path_factory.mktemp("lease") / "c.db") as catalogue, catalogue.write() as tx:
        newest: Lease | None = None
        had: dict[str, Lease] = {}
        now, highest = DAY, 0
        for what, holder, seconds, dead in steps:
            now += seconds * SECOND
            mine = had.get(holder)
            if what == "take":
                lease = leases.take(tx, "trips", holder, now=now, ttl=TTL, free=lambda other, dead=dead: other == dead)
                assert lease is not None or (newest is not None and newest.holder not in (holder, dead))
                if lease is not None:
                    assert (lease.token > highest, lease.expires_at) == (True, now + TTL)
                    newest, highest, had[holder] = lease, lease.token, lease
            elif what == "renew" and mine is not None and mine == newest:
                newest = had[holder] = leases.renew(tx, mine, now, TTL)
                assert (newest.token, newest.expires_at) == (highest, now + TTL)
            elif what == "release" and mine is not None:
                leases.release(tx, mine)
                newest = None if mine == newest else newest
            assert leases.newest(tx, "trips") == newest
            assert [holder for holder in had if _passes(tx, had[holder])] == ([newest.holder] if newest else [])


def _passes(tx, lease: Lease) -> bool:
    try:
        leases.check(tx, lease)
    except Conflict:
        return False
    return True


def test_a_lease_is_kept_over_a_restart(path: Path) -> None:
    with Catalogue.open(path) as first:
        taken(first, "a")
    with Catalogue.open(path) as second:
        assert take(second, "b", 1) is None
