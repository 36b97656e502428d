from dataclasses import replace

import pytest
from catalogue_samples import HOUR, a_look, a_version

from millwright.registry import watched
from millwright.registry.catalogue import Catalogue


@pytest.fixture
def stocked(catalogue: Catalogue) -> Catalogue:
    with catalogue.write() as tx:
        a_version(tx, 1)
        a_version(tx, 1, project="taxis")
    return catalogue


def test_before_the_first_look_there_is_none(stocked: Catalogue) -> None:
    with stocked.read() as tx:
        assert watched.newest(tx, "trips") is None
        assert watched.page(tx, "trips") == ()


def test_looks_come_back_whole_the_newest_first(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        looks = [a_look(hours=hours, findings=("f1",)) for hours in (1, 2, 3)]
        for look in looks:
            assert watched.add(tx, look) == look
        watched.add(tx, a_look(hours=9, project="taxis"))
        assert watched.newest(tx, "trips") == looks[2]
        assert watched.page(tx, "trips") == (looks[2], looks[1], looks[0])
        assert watched.page(tx, "trips", limit=1, before=looks[2]) == (looks[1],)
        assert watched.page(tx, "trips", before=looks[0]) == ()
        assert watched.page(tx, "trips", since=looks[0].window.end) == (looks[2], looks[1])


def test_a_window_of_a_version_is_entered_once(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        first = a_look(hours=1)
        again = replace(first, cannot=("something else",))
        assert watched.add(tx, first) == first
        assert watched.add(tx, again) == first
        assert watched.page(tx, "trips") == (first,)
        other = a_look(hours=1, project="taxis")
        assert watched.add(tx, other) == other


def test_after_a_rollback_the_same_window_may_be_looked_at_for_the_version_before(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        looks = [watched.add(tx, a_look(hours=1, version=version)) for version in (3, 2, 1)]
        assert watched.newest(tx, "trips") == looks[2]
        assert watched.page(tx, "trips", limit=2) == (looks[2], looks[1])
        assert watched.page(tx, "trips", before=looks[1]) == (looks[0],)


def test_a_window_that_is_looked_at_late_is_in_its_place(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        for hours in (3, 1, 2):
            watched.add(tx, a_look(hours=hours))
        ends = [look.window.end for look in watched.page(tx, "trips")]
    assert ends == sorted(ends, reverse=True)
    assert ends[0] - ends[2] == 2 * HOUR
