import pytest
from catalogue_samples import DAY, HOUR, a_version

from millwright.errors import NotFound
from millwright.records.codec import digest_of
from millwright.records.deciding import Finding
from millwright.registry import audit, decisions, findings
from millwright.registry.catalogue import Catalogue
from millwright.registry.witness import subject_of


def a_finding(name: str) -> Finding:
    return Finding(
        id=name, project="trips", kind="covariate", columns=("distance", "dest"), effect=0.3, sentence="trips are longer",
        since=DAY, event_at=DAY, known_at=DAY + HOUR,
    )  # fmt: skip


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
        assert entry.detail == digest_of(decisions.get(tx, 2))
        with pytest.raises(NotFound):
            decisions.get(tx, 4)


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
