from dataclasses import replace as changed_record
from datetime import timedelta
from typing import Any

import httpx
from console_world import Control, Who
from kiosk import changed

from millwright.loop.undoing import UNDO_FOR
from millwright.project import Project
from millwright.registry import audit, decisions, releases

ROLLOUT = "projects/kiosk/rollout"


def act(control: Control, who: Who, verb: str, **body: Any) -> httpx.Response:
    headers = {"If-Match": body.pop("seen")} if "seen" in body else {}
    return control.post(f"{ROLLOUT}/{verb}", who, {"reason": "it is time", **body}, headers=headers)


def shadow(control: Control, who: Who) -> httpx.Response:
    body = {"reason": "try it", "to": "shadow", "confirm": "v2"}
    return control.post("projects/kiosk/versions/v2/promote", who, body)


def test_a_trial_goes_from_shadow_to_live_and_back_each_by_somebodys_name(fresh: Control) -> None:
    ada, bea = fresh.person("ada", "approver"), fresh.person("bea", "approver")
    assert shadow(fresh, ada).status_code == 200
    assert act(fresh, ada, "pause").json()["release"]["paused"] == "pause"
    assert act(fresh, ada, "resume").status_code == 200
    done = act(fresh, bea, "promote", confirm="v2", to="live").json()
    assert (done["release"]["version"], done["release"]["actor"], done["before"]) == (2, "bea", 1)
    back = act(fresh, ada, "rollback", confirm="v1").json()
    assert (back["release"]["version"], back["release"]["actor"], back["release"]["reason"]) == (1, "ada", "it is time")
    with fresh.catalogue.read() as view:
        assert audit.verify(view).ok
        assert {entry.actor for entry in audit.page(view, limit=12) if entry.action.startswith("release.")} == {"ada", "bea"}


def test_what_is_not_said_is_not_done(fresh: Control) -> None:
    ada = fresh.person("ada", "approver")
    body = {"to": "live", "reason": "go"}
    for lacks in ({"confirm": ""}, {"confirm": "v1"}, {"confirm": "v2", "reason": "  "}):
        said = fresh.post("projects/kiosk/versions/v2/promote", ada, {**body, **lacks})
        assert said.status_code == 422
        assert said.json()["error"]["code"] in ("confirm.wrong", "reason.missing")
    with fresh.catalogue.read() as view:
        assert (now := releases.current(view, "kiosk")) is not None
        assert now.version == 1


def test_who_saw_something_else_is_refused(fresh: Control) -> None:
    ada = fresh.person("ada", "approver")
    seen = str(fresh.get(ROLLOUT, ada).json()["expected"])
    assert shadow(fresh, ada).status_code == 200
    said = act(fresh, ada, "abort", seen=seen)
    assert (said.status_code, said.json()["error"]["code"]) == (412, "release.changed")
    assert act(fresh, ada, "abort", seen="1; drop").status_code == 412
    assert act(fresh, ada, "abort", seen=f'"{int(seen) + 1}"').status_code == 200


def test_a_rehearsed_change_changes_nothing(fresh: Control) -> None:
    ada = fresh.person("ada", "approver")
    said = fresh.post("projects/kiosk/versions/v2/promote", ada, {"reason": "may I", "to": "live", "dry_run": True}).json()
    assert (said["dry_run"], said["release"]["version"]) == (True, 2)
    assert fresh.get(ROLLOUT, ada).json()["live"]["number"] == 1


def test_every_action_is_shown_with_why_it_may_not_be_done(fresh: Control) -> None:
    ada, eve = fresh.person("ada", "approver"), fresh.person("eve", "viewer")
    shown = {one["name"]: one for one in fresh.get(ROLLOUT, ada).json()["actions"]}
    assert shown["pause"]["why_not"] == "nothing is being tried"
    assert shown["rollback"]["why_not"] == "there is no version to go back to"
    assert not any(one["allowed"] for one in shown.values())
    shadow(fresh, ada)
    for one in fresh.get(ROLLOUT, ada).json()["actions"]:
        body = {"confirm": one["confirm"], "to": "next"}
        verb = one["name"].removesuffix("_fully")
        tried = act(fresh, ada, verb, dry_run=verb != "undo", **body) if one["name"] != "undo" else None
        if tried is not None:
            assert (tried.status_code == 200) == one["allowed"], (one, tried.text)
    assert all("you are viewer" in one["why_not"] for one in fresh.get(ROLLOUT, eve).json()["actions"])


def test_the_last_change_can_be_taken_back_for_ten_minutes(fresh: Control) -> None:
    ada = fresh.person("ada", "approver")
    stepped = fresh.project.workshop
    assert stepped is not None
    shadow(fresh, ada)
    for verb, undone in (("pause", "resume"), ("abort", "shadow")):
        assert act(fresh, ada, verb).status_code == 200
        assert act(fresh, ada, "undo").json()["release"]["action"] == undone
    act(fresh, ada, "promote", confirm="v2", to="live")
    undo = fresh.get(ROLLOUT, ada).json()["undo"]
    assert (undo["how"], undo["version"]) == ("rollback", 1)
    assert act(fresh, ada, "undo", seen=str(undo["of"])).json()["release"]["version"] == 1


def test_what_is_long_ago_or_not_a_persons_is_not_undone(fresh: Control) -> None:
    from millwright.loop.undoing import undo_of

    ada = fresh.person("ada", "approver")
    shadow(fresh, ada)
    with fresh.catalogue.read() as view:
        now = releases.current(view, "kiosk")
        assert now is not None
        late = now.event_at + UNDO_FOR
        assert undo_of(view, "kiosk", late - timedelta(seconds=1)) is not None
        assert undo_of(view, "kiosk", late) is None


def two(control: Control) -> None:
    """From now on it takes two people."""
    changed(control.project, release={"approvals": 2})


def test_where_it_takes_two_the_second_is_another_person(fresh: Control) -> None:
    two(fresh)
    ada, bea = fresh.person("ada", "approver"), fresh.person("bea", "approver")
    asked = fresh.post("projects/kiosk/versions/v2/promote", ada, {"reason": "better", "to": "live", "confirm": "v2"})
    assert asked.status_code == 202
    waits = asked.json()["waits"]
    assert (asked.json()["release"], waits["mode"], waits["actor"]) == (None, "approve", "ada")
    approve = lambda who: fresh.post(f"projects/kiosk/decisions/{waits['number']}/approve", who, {"reason": "agreed"})  # noqa: E731
    alone = approve(ada)
    assert (alone.status_code, alone.json()["error"]["code"]) == (409, "decision.same_person")
    assert fresh.get(ROLLOUT, ada).json()["live"]["number"] == 1
    assert approve(bea).status_code == 200
    shown = fresh.get(ROLLOUT, ada).json()
    assert (shown["live"]["number"], shown["release"]["actor"], shown["approvals"]) == (2, "bea", 2)
    with fresh.catalogue.read() as view:
        done = decisions.following(view, waits["number"])
        assert [one.action for one in done] == ["approve", "promote"]
        assert done[1].evidence["asked_by"] == "ada"
        assert audit.verify(view).ok


def test_what_makes_it_safer_takes_one(fresh: Control) -> None:
    two(fresh)
    ada = fresh.person("ada", "approver")
    assert shadow(fresh, ada).status_code == 200, "in shadow nobody notices"
    assert act(fresh, ada, "abort").status_code == 200


def test_the_first_yes_to_the_policy_is_one_of_two(fresh: Control) -> None:
    two(fresh)
    ada, bea = fresh.person("ada", "approver"), fresh.person("bea", "approver")
    now = fresh.project.workshop.clock.now()
    with fresh.catalogue.write() as tx:
        wish = decisions.add(
            tx, project="kiosk", action="promote", version=2, actor="policy", rule="passed", reason="it passed",
            evidence={"live": 1}, event_at=now, known_at=now, mode="approve",
        )  # fmt: skip
    approve = lambda who, number: fresh.post(f"projects/kiosk/decisions/{number}/approve", who, {})  # noqa: E731
    first = approve(ada, wish.number).json()
    assert (first["action"], first["mode"], first["of"]) == ("promote", "approve", wish.number)
    assert [one["decision"]["number"] for one in waiting(fresh, ada)] == [first["number"]]
    assert approve(ada, first["number"]).status_code == 409
    assert approve(bea, first["number"]).status_code == 200
    assert fresh.get(ROLLOUT, ada).json()["live"]["number"] == 2


def waiting(control: Control, who: Who) -> list[dict[str, Any]]:
    return [one for one in control.get("projects/kiosk/decisions", who).json()["items"] if one["waits"]]


def test_the_command_line_takes_two_as_well(fresh: Control) -> None:
    import pytest

    from millwright.loop.two_people import SecondPersonNeeded

    two(fresh)
    here = Project(fresh.project.path, settings=changed_record(fresh.project.settings, actor="ada"))
    with pytest.raises(SecondPersonNeeded) as refused:
        here.promote("v2", reason="better")
    number = refused.value.decision.number
    here.acting_as("bea").approve(number)
    assert here.releases(1)[0].version == 2


def test_a_version_is_put_away_and_taken_back_with_a_reason(fresh: Control) -> None:
    ada, eve = fresh.person("ada", "approver"), fresh.person("eve", "operator")
    v2 = "projects/kiosk/versions/v2"
    assert fresh.post(f"{v2}/archive", eve, {"reason": "old"}).status_code == 403
    assert fresh.post(f"{v2}/archive", ada, {}).json()["error"]["code"] == "reason.missing"
    said = fresh.post("projects/kiosk/versions/v1/archive", ada, {"reason": "old"})
    assert (said.status_code, said.json()["error"]["code"]) == (409, "release.already_live")
    assert fresh.post(f"{v2}/archive", ada, {"reason": "a leak"}).json()["actor"] == "ada"
    listed = lambda which: [  # noqa: E731
        one["name"] for one in fresh.get(f"projects/kiosk/versions?archived={which}", ada).json()["items"]
    ]
    assert (listed("no"), listed("only"), listed("all")) == (["v1"], ["v2"], ["v2", "v1"])
    shown = fresh.get(v2, ada).json()
    assert (shown["archived"]["reason"], shown["kept"]) == ("a leak", "")
    assert fresh.get("projects/kiosk/versions/v1", ada).json()["kept"] == "v1 of kiosk is live"
    assert shadow(fresh, ada).json()["error"]["code"] == "version.archived"
    assert fresh.post(f"{v2}/restore", ada, {"reason": "none"}).json()["action"] == "restore"
    assert shadow(fresh, ada).status_code == 200
    assert fresh.get(v2, ada).json()["kept"] == "v2 of kiosk is being tried"
    with fresh.catalogue.read() as view:
        assert audit.verify(view).ok


def test_what_is_archived_is_not_asked_of_a_second_person(fresh: Control) -> None:
    two(fresh)
    ada = fresh.person("ada", "approver")
    assert fresh.post("projects/kiosk/versions/v2/archive", ada, {"reason": "a leak"}).status_code == 200
    body = {"reason": "better", "to": "live", "confirm": "v2"}
    said = fresh.post("projects/kiosk/versions/v2/promote", ada, body)
    assert (said.status_code, said.json()["error"]["code"]) == (409, "version.archived")
    with fresh.catalogue.read() as view:
        assert not decisions.waiting(view, "kiosk")
