"""The settings of a version as a draft of the spec."""

from console_world import Control
from kiosk import changed

from millwright.project import Project

V1 = "projects/kiosk/versions/v1/spec"


def test_a_draft_has_the_settings_of_then_and_leaves_all_else_as_it_stands(fresh: Control) -> None:
    ada = fresh.person("ada", "admin")
    changed(fresh.project, release={"approvals": 2})
    file = fresh.project.path
    file.write_text("# ours, since 2024\n" + file.read_text().replace("cooldown: 70d", "cooldown: 70d  # not sooner"))
    draft = fresh.get(V1, ada).json()
    assert {one["setting"]: (one["before"], one["after"]) for one in draft["changes"]} == {
        "search.budget": ("120s", "10m"),
        "search.families": (["linear"], ["baseline"]),
    }
    assert draft["of"] == "v1"
    assert "# ours, since 2024" in draft["text"]
    assert "cooldown: 70d  # not sooner" in draft["text"]
    said = fresh.ask(
        "PUT",
        "projects/kiosk/spec",
        ada,
        json={"text": draft["text"], "reason": "as v1"},
        headers={"If-Match": draft["digest"]},
    )
    assert said.status_code == 200
    now = Project(file).spec
    assert (now.search.budget, now.search.families, now.release.approvals) == ("10m", ("baseline",), 2)
    assert fresh.get(V1, ada).json()["changes"] == []


def test_a_draft_comes_from_a_hand_written_spec_too(fresh: Control) -> None:
    ada = fresh.person("ada", "admin")
    file = fresh.project.path
    file.write_text(
        "version: 1\nproject: kiosk\ndata: {source: sales.csv, target: sold, task: regression, time: at, key: [id]}\n"
        "# who is asked\nrelease:\n  approvals: 2\n"
    )
    draft = fresh.get(V1, ada).json()
    assert "# who is asked\nrelease:\n  approvals: 2\n" in draft["text"]
    assert draft["text"].index("approvals") < draft["text"].index("families: [baseline]")


def test_a_run_gives_the_draft_of_the_version_that_was_made_by_its_spec(fresh: Control) -> None:
    ada, eve = fresh.person("ada", "admin"), fresh.person("eve", "approver")
    runs = {one["run"]["version"]: one["run"]["id"] for one in fresh.get("projects/kiosk/runs", ada).json()["items"]}
    first = fresh.get(f"projects/kiosk/runs/{runs[1]}/spec", ada).json()
    assert (first["of"], first["text"]) == ("v1", fresh.get(V1, ada).json()["text"])
    now = fresh.get(f"projects/kiosk/runs/{runs[2]}/spec", ada).json()
    assert (now["of"], now["changes"], now["text"]) == ("", [], fresh.project.path.read_text())
    assert fresh.get(V1, eve).status_code == 403


def test_settings_that_were_not_kept_are_said_to_be_so(fresh: Control) -> None:
    from datetime import UTC, datetime

    from catalogue_runs import run_of

    from millwright.registry import runs

    ada = fresh.person("ada", "admin")
    with fresh.catalogue.write() as tx:
        runs.start(tx, run_of("lost", "kiosk", datetime(2024, 1, 1, tzinfo=UTC)))
    said = fresh.get("projects/kiosk/runs/lost/spec", ada)
    assert (said.status_code, said.json()["error"]["code"]) == (404, "spec.not_kept")
