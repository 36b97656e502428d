import json
import time
from urllib.parse import quote

import pytest
from console_world import Control, Who, control_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millwright.api.access.rates import MOST_REMEMBERED, Rates
from millwright.api.answering import Overloaded
from millwright.api.guard import LARGEST_BODY

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def reader(control: Control) -> Who:
    return control.person("quin", "viewer")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8181", "", "[::2]"])
def test_only_who_asks_for_this_machine_is_answered(control: Control, host: str) -> None:
    said = control.get("health", headers={"Host": host})
    assert (said.status_code, said.json()["error"]["code"]) == (421, "host.unknown")


@pytest.mark.parametrize("host", ["localhost:8181", "127.0.0.1", "LOCALHOST", "[::1]:8181"])
def test_this_machine_has_several_names(control: Control, host: str) -> None:
    assert control.get("health", headers={"Host": host}).status_code == 200


def test_further_names_are_those_that_were_given(control: Control) -> None:
    with control_of(control.project.path.parent, hosts=frozenset({"models.example.com"})) as named:
        assert named.get("health", headers={"Host": "models.example.com"}).status_code == 200
        assert named.get("health", headers={"Host": "other.example.com"}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost:9999"},
    ],
)
def test_a_page_of_another_origin_changes_nothing(control: Control, headers: dict[str, str]) -> None:
    ada = control.person("orla", "operator")
    said = control.post("projects/kiosk/alerts/1/ack", ada, {}, headers=headers)
    assert (said.status_code, said.json()["error"]["code"]) == (403, "origin.foreign")


def test_a_cookie_alone_changes_nothing(control: Control) -> None:
    ada = control.person("cara", "operator")
    for token in ("", "0" * 64, control.person("dora", "operator").headers["X-CSRF-Token"]):
        said = control.post("projects/kiosk/alerts/1/ack", ada, {}, headers={"X-CSRF-Token": token})
        assert (said.status_code, said.json()["error"]["code"]) == (403, "access.csrf")
    assert control.post("projects/kiosk/alerts/99/ack", ada, {}).status_code == 404


def test_every_answer_carries_the_headers_of_safety(control: Control) -> None:
    for said in (control.get("health"), control.get("nowhere"), control.get("me"), control.get("/"), control.get("/x.js")):
        assert said.headers["x-content-type-options"] == "nosniff"
        assert said.headers["x-frame-options"] == "DENY"
        policy = said.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert said.headers["x-request-id"]


def test_a_body_is_read_up_to_its_limit(control: Control) -> None:
    ada = control.person("lars", "admin")
    long = "x" * (LARGEST_BODY + 1)
    said = control.post("projects/kiosk/spec/check", ada, {"text": long})
    assert (said.status_code, said.json()["error"]["code"]) == (413, "body.too_large")

    async def pieces():  # type: ignore[no-untyped-def]  # a body that does not say how long it is
        for _ in range(40):
            yield b"x" * 65_536

    said = control.ask("POST", "projects/kiosk/spec/check", ada, content=pieces())
    assert (said.status_code, said.json()["error"]["code"]) == (413, "body.too_large")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"text": 1}', b"\xff\xfe", b"{" * 5000])
def test_what_is_no_body_is_said_to_be_none(control: Control, body: bytes) -> None:
    ada = control.person("lars", "admin")
    said = control.ask("POST", "projects/kiosk/spec/check", ada, content=body, headers=JSON)
    assert said.status_code in (400, 422)
    error = said.json()["error"]
    assert error["message"]
    assert error["fix"]
    assert error["request_id"] == said.headers["x-request-id"]


def test_what_was_told_already_is_not_told_again(control: Control) -> None:
    ada = control.person("tess", "viewer")
    first = control.get("projects/kiosk/versions", ada)
    again = control.get("projects/kiosk/versions", ada, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert control.get("projects/kiosk/runs", ada, headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_a_lone_surrogate_is_a_mistake_of_the_text(control: Control) -> None:
    ada = control.person("lars", "admin")
    said = control.ask("POST", "projects/kiosk/spec/check", ada, content=b'{"text": "\\ud800"}', headers=JSON)
    assert said.status_code in (200, 400, 422)
    assert said.status_code != 200 or not said.json()["ok"]


def test_one_who_asks_without_end_waits_and_others_do_not(fresh: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = time.monotonic()
    monkeypatch.setattr(fresh.desk.rates, "_clock", lambda: stopped)  # however slowly it is asked
    ada, bea = fresh.person("ada", "viewer"), fresh.person("bea", "viewer")
    drain(fresh, "ada")
    assert fresh.get("me", ada).status_code == 429
    assert fresh.get("me", bea).status_code == 200


def drain(control: Control, name: str) -> None:
    """Ask in somebody's name until that is too often."""
    for _ in range(2_000):
        try:
            control.desk.rates.take(name)
        except Overloaded:
            return
    raise AssertionError("one may ask without end")


def test_a_bucket_fills_again_and_the_oldest_are_forgotten() -> None:
    now = [0.0]
    rates = Rates(2, 3, clock=lambda: now[0])
    for _ in range(3):
        rates.take("ada")
    with pytest.raises(Overloaded) as refused:
        rates.take("ada")
    assert refused.value.retry_after == 1
    now[0] = 1.0
    rates.take("ada")
    rates.take("ada")
    with pytest.raises(Overloaded):
        rates.take("ada")
    for number in range(MOST_REMEMBERED + 5):
        rates.take(f"somebody {number}")
    assert len(rates) == MOST_REMEMBERED


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=40), st.text(max_size=40))
def test_no_text_in_a_path_or_a_question_breaks_anything(control: Control, reader: Who, path: str, q: str) -> None:
    control.desk.rates.forget()
    piece = quote(path.encode("utf-8", "surrogatepass"), safe="")
    for route in ("runs", "versions", "findings", "data", "log/predictions", "rehearsals"):
        said = control.get(f"projects/kiosk/{route}/{piece}", reader, params={"q": q.encode("utf-8", "replace").decode()})
        assert said.status_code < 500, said.text
        json.loads(said.content)
