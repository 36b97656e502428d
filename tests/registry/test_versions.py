import pytest
from catalogue_samples import DAY, a_version

from millwright.errors import MillwrightError, NotFound
from millwright.records.codec import digest_of
from millwright.registry import aliases, audit, versions
from millwright.registry.catalogue import Catalogue
from millwright.registry.witness import subject_of


def test_versions_are_numbered_by_project(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        names = [a_version(tx, number).name for number in (1, 2, 3)]
        other = a_version(tx, 1, project="taxis")
    assert names == ["v1", "v2", "v3"]
    assert other.name == "v1"


def test_a_package_has_one_version(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        first = a_version(tx, 1)
        a_version(tx, 2)
        assert a_version(tx, 1) == first
        assert [version.number for version in versions.page(tx, "trips")] == [2, 1]


def test_the_audit_holds_the_digest_of_each_version(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        version = a_version(tx)
        (entry,) = audit.about(tx, subject_of(version))
        assert entry.detail == digest_of(versions.get(tx, "trips", "v1")) == digest_of(version)


@pytest.mark.parametrize("name", ["v2", "2", "02", "fastest"])
def test_a_version_has_many_names(catalogue: Catalogue, name: str) -> None:
    with catalogue.write() as tx:
        for number in (1, 2, 3):
            a_version(tx, number)
        aliases.point(tx, "trips", "fastest", 2, actor="ada", at=DAY)
        assert versions.get(tx, "trips", name).number == 2


@pytest.mark.parametrize("name", ["v4", "0", "champion", "v", "", "vv1", "v-1", "99999999999999999999999", "²", "٣"])
def test_a_name_that_means_nothing_is_not_found(catalogue: Catalogue, name: str) -> None:
    with catalogue.write() as tx:
        for number in (1, 2, 3):
            a_version(tx, number)
        with pytest.raises(NotFound, match="versions go from v1 to v3"):
            versions.get(tx, "trips", name)


def test_without_versions_the_message_says_how_to_make_one(catalogue: Catalogue) -> None:
    with catalogue.read() as tx, pytest.raises(NotFound, match="mw train"):
        versions.get(tx, "trips", "champion")


def test_versions_come_in_pages(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        for number in range(1, 6):
            a_version(tx, number)
        assert [v.number for v in versions.page(tx, "trips", limit=2)] == [5, 4]
        assert [v.number for v in versions.page(tx, "trips", before=4, limit=2)] == [3, 2]
        assert versions.latest(tx, "trips") == versions.get(tx, "trips", "5")


def test_an_alias_moves(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        a_version(tx, 1)
        a_version(tx, 2)
        aliases.point(tx, "trips", "challenger", 1, actor="ada", at=DAY)
        aliases.point(tx, "trips", "challenger", 2, actor="ada", at=DAY)
        assert aliases.of_project(tx, "trips") == {"challenger": 2}
        assert len(audit.about(tx, "alias trips challenger")) == 2


@pytest.mark.parametrize("name", ["champion", "v3", "3", "", "Prod", "a b", "a" * 65, "-x", "prod\n"])
def test_some_names_cannot_be_aliases(catalogue: Catalogue, name: str) -> None:
    with catalogue.write() as tx:
        a_version(tx)
        with pytest.raises(MillwrightError, match="cannot be an alias"):
            aliases.point(tx, "trips", name, 1, actor="ada", at=DAY)
