"""What is archived is never released and lies on nobody's way back, on each catalogue."""

import pytest
from catalogue_samples import a_version, decide, release, shadow

from millwright.errors import Conflict, NotFound
from millwright.registry import archived, releases, versions
from millwright.registry.catalogue import Catalogue
from millwright.registry.way_back import way_back


@pytest.fixture
def stocked(catalogue: Catalogue) -> Catalogue:
    """v1, then v2, then v3 was made live; v4 never was."""
    with catalogue.write() as tx:
        for number in (1, 2, 3, 4):
            a_version(tx, number)
        a_version(tx, 2, project="taxis")
        for number in (1, 2, 3):
            release(tx, number, expected=number - 1)
    return catalogue


def test_the_newest_word_on_a_version_counts(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        assert archived.of_project(tx, "trips") == {}
        first = decide(tx, "archive", version=2)
        again = decide(tx, "archive", version=4)
        assert archived.of_project(tx, "trips") == {2: first, 4: again}
        decide(tx, "restore", version=2)
        assert archived.of_project(tx, "trips") == {4: again}
        assert archived.of_project(tx, "taxis") == {}
        anew = decide(tx, "archive", version=2)
        assert archived.of_project(tx, "trips") == {4: again, 2: anew}


def test_lists_can_leave_it_out(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        decide(tx, "archive", version=4)
        away = archived.of_project(tx, "trips")
        assert [one.number for one in versions.page(tx, "trips", without=away)] == [3, 2, 1]
        assert [one.number for one in versions.page(tx, "trips")] == [4, 3, 2, 1]
        newest = versions.latest(tx, "trips", without=away)
        assert newest is not None
        assert newest.number == 3


def test_it_is_neither_released_nor_tried(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        decide(tx, "archive", version=4)
        for verb in (release, shadow):
            with pytest.raises(Conflict, match="v4 of trips is archived, by millwright: too soon") as refused:
                verb(tx, 4, expected=3)
            assert refused.value.code == "version.archived"
        decide(tx, "restore", version=4)
        assert shadow(tx, 4, expected=3).challenger == 4


def test_rollbacks_go_past_it(stocked: Catalogue) -> None:
    with stocked.write() as tx:
        decide(tx, "archive", version=2)
        assert releases.previous(tx, "trips").number == 1
        assert [past.version for past in way_back(tx, "trips", 3, 5)] == [1]
        with pytest.raises(Conflict, match="archived"):
            release(tx, 2, expected=3, action="rollback")
        assert release(tx, 1, expected=3, action="rollback").version == 1
        with pytest.raises(NotFound, match="no earlier release"):
            releases.previous(tx, "trips")
