from datetime import timedelta

import pytest
from console_world import Control, Who

from millwright.loop.letting_in import first_link
from millwright.registry import audit, people, sessions


def test_nobody_is_let_in_without_showing_who_they_are(control: Control) -> None:
    said = control.get("me")
    assert (said.status_code, said.json()["error"]["code"]) == (401, "access.sign_in")


def test_the_first_link_makes_its_user_admin_of_all_and_lets_them_in_once(fresh: Control) -> None:
    token = first_link(fresh.shop, "ada")
    ada = fresh.sign_in({"token": token})
    assert fresh.get("me", ada).json()["everywhere"] == "admin"
    again = fresh.post("session", body={"token": token})
    assert (again.status_code, again.json()["error"]["code"]) == (401, "access.refused")


def test_a_link_ends_after_a_quarter_of_an_hour(fresh: Control) -> None:
    token = first_link(fresh.shop, "ada")
    fresh.clock.ahead(sessions.LINK_LASTS)
    assert fresh.post("session", body={"token": token}).status_code == 401


def test_another_link_makes_the_one_of_before_void(fresh: Control) -> None:
    before, after = first_link(fresh.shop, "ada"), first_link(fresh.shop, "ada")
    assert fresh.post("session", body={"token": before}).status_code == 401
    assert fresh.post("session", body={"token": after}).status_code == 200


def test_neither_links_nor_sessions_nor_keys_lie_in_the_catalogue_as_they_are(fresh: Control) -> None:
    token = first_link(fresh.shop, "ada")
    ada = fresh.sign_in({"token": token})
    key = fresh.post("keys", ada, {"name": "ci", "project": "kiosk", "role": "viewer"}).json()["text"]
    kept = fresh.project.workshop.home.catalogue
    raw = b"".join(path.read_bytes() for path in kept.parent.glob("catalogue.db*"))
    for secret in (token, key, *ada.cookies.values()):
        assert secret.encode() not in raw


def test_the_cookie_is_not_for_scripts_and_not_for_other_sites(control: Control) -> None:
    control.person("cleo", "viewer")
    said = control.post("session", body={"token": first_link(control.shop, "cleo")})
    cookie = said.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Domain" not in cookie


def test_a_session_ends_after_hours_of_nothing_and_after_days_whatever_is_done(fresh: Control) -> None:
    ada = fresh.person("ada", "viewer")
    for _ in range(15):
        fresh.clock.ahead(sessions.IDLE - timedelta(minutes=1))
        said = fresh.get("me", ada)
        ada = renewed(ada, said)
        if said.status_code == 401:
            break
    assert said.status_code == 401, "a session lasted for more than its days"
    other = fresh.person("bea", "viewer")
    fresh.clock.ahead(sessions.IDLE)
    assert fresh.get("me", other).status_code == 401


def renewed(who: Who, said: "object") -> Who:
    jar = {cookie.name: cookie.value or "" for cookie in said.cookies.jar}  # type: ignore[attr-defined]
    return Who(who.name, {**who.cookies, **jar}, who.headers)


def test_the_secret_of_a_session_changes_and_the_one_before_counts_a_minute_longer(fresh: Control) -> None:
    ada = fresh.person("ada", "viewer")
    fresh.clock.ahead(sessions.ROTATES + timedelta(seconds=1))
    after = renewed(ada, fresh.get("me", ada))
    assert after.cookies != ada.cookies
    assert fresh.get("me", ada).status_code == 200, "requests that were under way with the old secret"
    fresh.clock.ahead(sessions.GRACE + timedelta(seconds=1))
    assert fresh.get("me", ada).status_code == 401
    assert fresh.get("me", after).status_code == 200
    assert fresh.post("keys", after, {"name": "k", "project": "kiosk", "role": "viewer"}).status_code == 201, "pages go on"


def test_signing_out_ends_the_session(fresh: Control) -> None:
    ada = fresh.person("ada", "viewer")
    assert fresh.ask("DELETE", "session", ada).status_code == 204
    assert fresh.get("me", ada).status_code == 401


def test_one_sees_and_ends_ones_other_browsers_and_nobody_elses(fresh: Control) -> None:
    one, two, other = fresh.person("ada", "viewer"), fresh.person("ada", "viewer"), fresh.person("bea", "viewer")
    theirs = fresh.get("me/sessions", other).json()[0]["id"]
    listed = fresh.get("me/sessions", one).json()
    assert sorted(session["here"] for session in listed) == [False, True]
    for id_ in (theirs, next(session["id"] for session in listed if not session["here"])):
        fresh.ask("DELETE", f"me/sessions/{id_}", one)
    assert [fresh.get("me", who).status_code for who in (one, two, other)] == [200, 401, 200]


def test_a_password_lets_in_and_a_new_one_ends_every_session(fresh: Control) -> None:
    ada, elsewhere = fresh.person("ada", "viewer"), fresh.person("ada", "viewer")
    word = {"password": "correct horse battery"}
    assert fresh.ask("PUT", "me/password", ada, json={"password": "short"}).status_code == 400
    assert fresh.ask("PUT", "me/password", ada, json=word).status_code == 204
    assert [fresh.get("me", who).status_code for who in (ada, elsewhere)] == [401, 401]
    back = fresh.sign_in({"user": "Ada", **word})
    assert fresh.ask("PUT", "me/password", back, json={"password": "another long sentence"}).status_code == 403
    with fresh.catalogue.read() as view:
        kept = people.password_of(view, "ada")
    assert kept is not None
    assert kept.startswith("$argon2id$")


def test_a_name_that_nobody_has_is_answered_as_a_wrong_password_is(fresh: Control) -> None:
    ada = fresh.person("ada", "viewer")
    fresh.ask("PUT", "me/password", ada, json={"password": "correct horse battery"})
    said = [fresh.post("session", body={"user": name, "password": "x" * 20}) for name in ("ada", "nobody")]
    errors = [{**one.json()["error"], "request_id": ""} for one in said]
    assert errors[0] == errors[1]
    assert said[0].status_code == said[1].status_code == 401


def test_passwords_cannot_be_tried_often(fresh: Control) -> None:
    codes = [fresh.post("session", body={"user": "ada", "password": "x" * 20}).status_code for _ in range(7)]
    assert codes == [401] * 5 + [429] * 2
    said = fresh.post("session", body={"user": "ada", "password": "x" * 20})
    assert int(said.headers["retry-after"]) > 60


def test_somebody_who_was_sent_away_is_out_at_once(fresh: Control) -> None:
    root = fresh.person("root")
    ada = fresh.person("ada", "operator")
    program = fresh.key(ada)
    assert fresh.ask("DELETE", "users/ada", root).status_code == 204
    assert [fresh.get("me", who).status_code for who in (ada, program)] == [401, 401]
    assert fresh.post("users/ada/link", root).status_code == 400
    assert fresh.post("users", root, {"name": "ada"}).status_code == 409, "a name stays whose it was, for the audit"


def test_somebody_has_to_be_left_who_lets_others_in(fresh: Control) -> None:
    root = fresh.person("root")
    said = fresh.ask("DELETE", "users/root", root)
    assert (said.status_code, said.json()["error"]["code"]) == (409, "person.last_admin")
    lesser = fresh.ask("PUT", "users/root/everywhere", root, json={"name": "root", "role": "viewer"})
    assert lesser.status_code == 409
    assert fresh.get("me", root).json()["everywhere"] == "admin"


@pytest.mark.parametrize("name", ["", "Ada Lovelace", "../x", "<script>", "a" * 200, "-x", "a\nb", "\u202eada", "ａｄａ"])
def test_what_is_no_name_is_refused(control: Control, name: str) -> None:
    root = control.person("root")
    assert control.post("users", root, {"name": name}).status_code in (400, 422)


def test_all_of_it_is_in_the_audit_and_the_audit_is_whole(fresh: Control) -> None:
    root = fresh.person("root")
    fresh.post("users", root, {"name": "bea", "grants": [{"project": "kiosk", "role": "viewer"}]})
    fresh.ask("PUT", "projects/kiosk/people", root, json={"name": "bea", "role": "operator"})
    key = fresh.post("keys", root, {"name": "ci", "project": "kiosk", "role": "viewer"}).json()["key"]["id"]
    fresh.ask("DELETE", f"keys/{key}", root)
    with fresh.catalogue.read() as view:
        told = {(entry.action, entry.actor) for entry in audit.page(view, limit=100)}
        assert audit.verify(view).ok
    for action in ("person.add", "person.role", "link.make", "key.make", "key.revoke"):
        assert (action, "root") in told, action
