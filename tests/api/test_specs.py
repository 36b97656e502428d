from console_world import Control, Who

from millwright.registry import audit

SPEC = "projects/kiosk/spec"


def test_a_spec_is_changed_by_who_saw_it_and_is_in_force_at_once(fresh: Control) -> None:
    ada = fresh.person("ada", "admin")
    shown = fresh.get(SPEC, ada).json()
    text = shown["text"] + "\n# a remark\n"
    longer = text.replace("shadow: 7d", "shadow: 9d")
    assert longer != text
    checked = fresh.post(f"{SPEC}/check", ada, {"text": longer}).json()
    assert (checked["ok"], checked["changes"]) == (True, [{"setting": "release.shadow", "before": "7d", "after": "9d"}])
    assert put(fresh, ada, longer, "") == (409, "spec.unseen")
    assert put(fresh, ada, longer, shown["digest"]) == (200, "")
    assert fresh.get("projects/kiosk/rollout", ada).json()["stages"][0]["lasts"] == "9d"
    assert put(fresh, ada, text, shown["digest"]) == (409, "spec.changed")
    with fresh.catalogue.read() as view:
        newest = audit.page(view, limit=1)[0]
        assert (newest.action, newest.actor) == ("spec.change", "ada")
        assert audit.verify(view).ok


def put(control: Control, who: Who, text: str, seen: str) -> tuple[int, str]:
    headers = {"If-Match": f'"{seen}"'} if seen else {}
    said = control.ask("PUT", SPEC, who, json={"text": text, "reason": "longer"}, headers=headers)
    return said.status_code, said.json().get("error", {}).get("code", "")


def test_each_mistake_has_its_place_and_a_spec_with_one_is_not_taken(fresh: Control) -> None:
    ada = fresh.person("ada", "admin")
    shown = fresh.get(SPEC, ada).json()
    wrong = shown["text"].replace("shadow: 7d", "shadow: soon").replace("min_rows: 2", "min_rowz: 2")
    marks = fresh.post(f"{SPEC}/check", ada, {"text": wrong}).json()["marks"]
    lines = wrong.split("\n")
    assert len(marks) == 2
    for mark in marks:
        assert ("soon" in lines[mark["line"] - 1]) or ("min_rowz" in lines[mark["line"] - 1])
    assert any("min_rows" in mark["fix"] for mark in marks)
    assert put(fresh, ada, wrong, shown["digest"]) == (422, "spec.invalid")
    assert fresh.get(SPEC, ada).json()["digest"] == shown["digest"]


def test_another_projects_spec_is_not_taken(fresh: Control) -> None:
    ada = fresh.person("ada", "admin")
    shown = fresh.get(SPEC, ada).json()
    other = shown["text"].replace("project: kiosk", "project: other")
    assert put(fresh, ada, other, shown["digest"]) == (409, "spec.project")


def test_a_spec_that_was_broken_by_hand_leaves_the_one_of_before_in_force(fresh: Control) -> None:
    ada = fresh.person("ada", "admin")
    good = fresh.project.path.read_text()
    fresh.project.path.write_text(good.replace("shadow: 7d", "shadow: soon"))
    assert fresh.get("projects/kiosk/runs", ada).status_code == 200
    shown = fresh.get(SPEC, ada).json()
    assert (shown["in_force"], shown["parsed"], len(shown["marks"])) == (False, None, 1)
    home = fresh.get("projects/kiosk", ada).json()
    assert "soon" in home["spec_fault"]
    assert any(trouble["about"] == "spec" for trouble in home["troubles"])
    fresh.project.path.write_text(good)
    assert fresh.get(SPEC, ada).json()["in_force"]


def test_a_text_is_planned_before_it_is_taken(fresh: Control) -> None:
    ada = fresh.person("ada", "admin")
    text = fresh.get(SPEC, ada).json()["text"].replace("mode: auto", "mode: advise")
    said = fresh.post("projects/kiosk/plan", ada, {"text": text}).json()
    assert [change["setting"] for change in said["changes"]] == ["policy.mode"]
    assert said["plan"]["steps"][0]["name"] == "snapshot"
    assert fresh.get("projects/kiosk/plan", ada).json()["project"] == "kiosk"


def test_others_than_admins_do_not_see_what_the_environment_filled_in(fresh: Control) -> None:
    eve = fresh.person("eve", "viewer")
    assert fresh.get(SPEC, eve).json()["parsed"] is None
    assert fresh.get(f"{SPEC}/schema", eve).json()["title"] == "millwright.yaml"
