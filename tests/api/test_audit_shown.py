from catalogue_runs import run_of
from console_world import NOW, Control

from millwright.registry import runs


def test_the_audit_of_a_project_is_shown_without_other_projects_and_people(fresh: Control) -> None:
    root, eve = fresh.person("root"), fresh.person("eve", "viewer")
    with fresh.catalogue.write() as tx:
        runs.start(tx, run_of("secret-run", "elsewhere", NOW))
    seen = fresh.get("projects/kiosk/audit", eve, params={"limit": 500}).json()
    subjects = {entry["subject"] for entry in seen["items"]}
    assert any(subject.startswith("run ") for subject in subjects)
    assert any(subject.startswith("release kiosk") for subject in subjects)
    assert any(subject.startswith("decision ") for subject in subjects)
    assert not any("secret-run" in subject or subject.startswith(("person", "control key")) for subject in subjects)
    whole = fresh.get("projects/kiosk/audit", root, params={"limit": 500}).json()
    assert whole["total"] > seen["total"]
    assert any("secret-run" in entry["subject"] for entry in whole["items"])
    assert fresh.get("projects/kiosk/audit/state", eve).json()["ok"]
