import pytest
from catalogue_samples import DAY, HOUR, a_finding, a_version, decide

from millwright.errors import NotFound
from millwright.registry import audit, decisions, findings
from millwright.registry.catalogue import Catalogue
from millwright.registry.witness import digest_as_kept, subject_of


def test_decisions_are_numbered_over_all_projects_and_audited(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        a_version(tx, 1)
        a_version(tx, 1, project="taxis")
        made = [
            decisions.add(
                tx, project=project, action="hold", version=None, actor="millwright", rule="cooldown", reason="too soon",
                evidence={"hours": 1.5, "findings": ["f1"]}, event_at=DAY, known_at=DAY + HOUR,
            )
            for project in ("trips", "taxis", "trips")
        ]  # fmt: skip
        assert [decision.number for decision in made] == [1, 2, 3]
        assert decisions.get(tx, 2) == made[1]
        assert decisions.page(tx, "trips") == (made[2], made[0])
        assert decisions.page(tx, "trips", before=3) == (made[0],)
        (entry,) = audit.about(tx, subject_of(made[1]))
        assert entry.detail == digest_as_kept(decisions.get(tx, 2))
        with pytest.raises(NotFound):
            decisions.get(tx, 4)


def test_decisions_may_follow_from_others(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        a_version(tx)
        advice = decide(tx, "retrain", mode="approve", version=1)
        decide(tx, "hold")
        yes = decide(tx, "approve", of=advice.number)
        shadow = decide(tx, "shadow", mode="auto", of=advice.number)
        assert (advice.mode, yes.mode, yes.of) == ("approve", None, 1)
        assert decisions.get(tx, shadow.number) == shadow
        assert decisions.following(tx, advice.number) == (yes, shadow)
        assert decisions.following(tx, yes.number) == ()
        assert audit.verify(tx).ok


@pytest.mark.parametrize("of", [1, 7])
def test_a_decision_follows_from_one_of_its_project(catalogue: Catalogue, of: int) -> None:
    with catalogue.write() as tx:
        a_version(tx)
        a_version(tx, project="taxis")
        decide(tx, project="taxis")
        with pytest.raises(NotFound):
            decide(tx, "approve", of=of)
        assert decisions.page(tx, "trips") == ()


def test_the_newest_decision_of_a_kind_is_found(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        a_version(tx)
        a_version(tx, project="taxis")
        decide(tx, "retrain")
        last = decide(tx, "retrain")
        decide(tx, "hold")
        decide(tx, "retrain", project="taxis")
        assert decisions.newest(tx, "trips", "retrain") == last
        assert decisions.newest(tx, "trips", "promote") is None


def test_what_had_been_decided_at_a_past_second_can_be_asked(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        a_version(tx)
        made = [decide(tx, hours=hours) for hours in (0, 1, 1, 3)]
        assert decisions.at(tx, "trips", DAY - HOUR) == ()
        assert decisions.at(tx, "trips", DAY) == (made[0],)
        assert decisions.at(tx, "trips", DAY + 2 * HOUR) == (made[2], made[1], made[0])
        assert decisions.at(tx, "trips", DAY + 3 * HOUR, limit=2) == (made[3], made[2])


def test_findings_are_found_by_their_window(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        a_version(tx)
        for name, hours in (("f1", 1), ("f2", 2), ("f3", 1)):
            findings.add(tx, a_finding(name, hours))
        assert [finding.id for finding in findings.of_window(tx, "trips", DAY + HOUR)] == ["f1", "f3"]
        assert findings.of_window(tx, "trips", DAY) == ()
        assert findings.of_window(tx, "taxis", DAY + HOUR) == ()
        assert [finding.id for finding in findings.page(tx, "trips", since=DAY + HOUR)] == ["f2"]


def test_findings_are_entered_once(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        a_version(tx)
        for name in ("f1", "f2", "f1", "f3"):
            findings.add(tx, a_finding(name))
        assert findings.get(tx, "f2") == a_finding("f2")
        assert [finding.id for finding in findings.page(tx, "trips")] == ["f3", "f2", "f1"]
        assert [finding.id for finding in findings.page(tx, "trips", before="f2")] == ["f1"]
        with pytest.raises(NotFound):
            findings.get(tx, "f9")


def test_those_that_wait_are_the_ones_that_mw_status_names(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        a_version(tx)
        a_version(tx, project="taxis")
        decide(tx, "rollback", mode="approve", project="taxis")
        assert decisions.waiting(tx, "trips") == frozenset()
        old = decide(tx, "retrain", mode="approve")
        new = decide(tx, "retrain", mode="approve")
        shadow = decide(tx, "shadow", mode="approve")
        decide(tx, "hold", mode="auto")
        assert decisions.waiting(tx, "trips") == {new.number, shadow.number}, "a later one of its kind waits in place of it"
        decide(tx, "approve", of=old.number)
        decide(tx, "decline", of=shadow.number)
        assert decisions.waiting(tx, "trips") == {new.number}
        assert decisions.waiting(tx, "trips", among=3) == frozenset()
