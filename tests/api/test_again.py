"""What comes twice with a key of its own is done once."""

from datetime import timedelta

import httpx
from console_world import Control, Who

from millwright.registry import answered, releases

PATH = "projects/kiosk/versions/v2/promote"
SHADOW = {"reason": "try it", "to": "shadow", "confirm": "v2"}


def ask(control: Control, who: Who, key: str, path: str = PATH, **body: object) -> httpx.Response:
    return control.post(path, who, {**SHADOW, **body}, headers={"Idempotency-Key": key})


def made(control: Control) -> int:
    with control.catalogue.read() as view:
        return len(releases.page(view, "kiosk"))


def code(said: httpx.Response) -> str:
    return said.json()["error"]["code"]


def test_the_same_twice_is_done_once_and_answered_alike(fresh: Control) -> None:
    ada, before = fresh.person("ada", "approver"), made(fresh)
    first = ask(fresh, ada, "k1")
    again = ask(fresh, ada, "k1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
    assert made(fresh) == before + 1
    assert code(ask(fresh, ada, "k2")) != "idempotency.other", "without that key it is another request"


def test_another_request_with_the_same_key_is_refused(fresh: Control) -> None:
    ada, bea = fresh.person("ada", "approver"), fresh.person("bea", "approver")
    assert ask(fresh, ada, "k").status_code == 200
    before = made(fresh)
    said = ask(fresh, ada, "k", reason="something else")
    assert (said.status_code, code(said)) == (409, "idempotency.other")
    assert code(ask(fresh, ada, "k", "projects/kiosk/rollout/abort")) == "idempotency.other"
    assert made(fresh) == before
    assert ask(fresh, bea, "k", "projects/kiosk/rollout/abort").status_code == 200, "a key is its sender's own"


def test_a_refusal_is_told_again_too_and_after_a_day_all_is_forgotten(fresh: Control) -> None:
    ada = fresh.person("ada", "approver")
    assert code(ask(fresh, ada, "k", confirm="v1")) == "confirm.wrong"
    again = ask(fresh, ada, "k", confirm="v1")
    assert (again.status_code, code(again), again.headers["idempotent-replayed"]) == (422, "confirm.wrong", "true")
    fresh.clock.ahead(answered.KEPT + timedelta(minutes=1))
    ada = fresh.person("ada", "approver")
    assert ask(fresh, ada, "k").status_code == 200


def test_what_is_worked_on_or_was_cut_off_is_not_done_again(fresh: Control) -> None:
    ada = fresh.person("ada", "approver")
    assert ask(fresh, ada, "k").status_code == 200
    before = made(fresh)
    with fresh.catalogue.write() as tx:  # as a process that was killed in between leaves it
        answered.finish(tx, "ada", "k", 0, "")
        from millwright.registry.tables import answered as table

        tx.execute(table.update().values(status=None, body=None))
    said = ask(fresh, ada, "k")
    assert (said.status_code, code(said)) == (409, "idempotency.open")
    assert made(fresh) == before


def test_a_run_is_begun_once(fresh: Control) -> None:
    ada = fresh.person("ada", "operator")
    wrong = fresh.post("projects/kiosk/runs", ada, {"budget": "none"}, headers={"Idempotency-Key": "run"})
    again = fresh.post("projects/kiosk/runs", ada, {"budget": "none"}, headers={"Idempotency-Key": "run"})
    assert wrong.status_code >= 400
    assert (again.status_code, again.json()) == (wrong.status_code, wrong.json())
    assert fresh.post("projects/kiosk/runs", ada, headers={"Idempotency-Key": "x" * 201}).status_code == 422
