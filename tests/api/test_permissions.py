"""Who may call what: every route, by everybody, in their own project and in one that is not theirs. The routes are those of the
table itself: one that is added without saying whom it needs, or that lets in somebody else, fails here."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from console_world import Control, Who
from fastapi.routing import APIRoute

from millwright.api.app import describe
from millwright.api.desk import Permission
from millwright.api.routes.table import ROUTES
from millwright.records.people import ROLES

OPEN_TO_ALL = {
    "GET /health", "POST /session", "GET /share/{token}", "GET /session/ways", "GET /session/oidc", "GET /session/oidc/return",
}  # fmt: skip
"""What may be open to everybody. Another one is written down here by hand, after some thought."""

FOR_THEMSELVES = {
    "DELETE /session", "GET /me", "GET /me/sessions", "DELETE /me/sessions/{session}", "PUT /me/password", "GET /projects",
    "GET /keys", "POST /keys", "DELETE /keys/{key}",
}  # fmt: skip
"""What whoever is signed in may do, since it is about themselves or shows what they may see."""

BODIES: dict[str, Any] = {
    "/session": {"token": "none"},
    "/users": {"name": "zoe"},
    "/users/{name}/everywhere": {"name": "nobody", "role": "viewer"},
    "/me/password": {"password": "x"},
    "/projects/{project}/people": {"name": "nobody", "role": "viewer"},
    "/keys": {"name": "", "project": "kiosk", "role": "viewer"},
    "/projects/{project}/server-keys": {"name": "k", "scopes": ["none"]},
    "/projects/{project}/runs": {"budget": "none"},
    "/projects/{project}/versions/{version}/predict": {"rows": [{}]},
    "/projects/{project}/versions/{version}/promote": {"reason": ""},
    "/projects/{project}/spec": {"text": "x"},
    "/projects/{project}/spec/check": {"text": "x"},
    "/projects/{project}/plan": {"text": "x"},
}
"""A body that each route takes, and that then does nothing: the person is nobody, the reason is missing, the text is no
spec."""

PARTS = {"number": "999999", "version": "v999", "project": "kiosk"}


def served() -> Iterator[tuple[str, str, APIRoute]]:
    for routes in ROUTES:
        for route in routes.router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods:
                yield method, route.path, route


TABLE = sorted(
    (method, path, permission_needs)
    for method, path, route in served()
    for permission_needs in [
        next((d.dependency.needs for d in route.dependencies if isinstance(d.dependency, Permission)), "undeclared")
    ]
)


def test_every_route_that_is_served_says_whom_it_needs() -> None:
    paths = describe().openapi()["paths"]
    described = {
        (method.upper(), path.removeprefix("/api/v1")): said["x-needs"]
        for path in paths
        for method, said in paths[path].items()
    }
    assert described == {(method, path): needs for method, path, needs in TABLE}
    assert [row for row in TABLE if row[2] == "undeclared"] == []


def test_what_is_open_is_meant_to_be() -> None:
    assert {f"{method} {path}" for method, path, needs in TABLE if needs == "nobody"} == OPEN_TO_ALL
    assert {f"{method} {path}" for method, path, needs in TABLE if needs == "anybody"} == FOR_THEMSELVES


def test_a_role_is_needed_in_the_project_that_the_route_names() -> None:
    for method, path, needs in TABLE:
        if needs in ROLES:
            assert "/projects/{project}" in path, f"{method} {path} needs a role in no project"


def test_what_changes_something_needs_more_than_a_look() -> None:
    looks = {f"{method} {path}" for method, path, needs in TABLE if method != "GET" and needs == "viewer"}
    assert looks == {"POST /projects/{project}/versions/{version}/predict"}, "trying a version changes nothing"


@pytest.fixture(scope="module")
def people(control: Control) -> dict[str, Who | None]:
    """Somebody of each kind. Of another project: by a role there, or by a key for it."""
    root = control.person("root")
    known: dict[str, Who | None] = {role: control.person(f"a-{role}", role) for role in ROLES}
    known |= {f"key of {role}": control.key(control.person(f"k-{role}", role), role) for role in ROLES}
    known |= {f"elsewhere {role}": control.person(f"e-{role}", role, "elsewhere") for role in ROLES}
    ended = control.person("gone", "admin")
    control.ask("DELETE", "session", ended)
    boss = control.person("boss", "admin", "*")
    foreign = control.post("keys", boss, {"name": "other", "project": "*", "role": "admin"})
    assert foreign.status_code == 201
    with control.catalogue.write() as tx:  # a key for a project that is not served here, as one folder may hold several
        from millwright.registry.tables import control_keys

        tx.execute(control_keys.update().where(control_keys.c.name == "other").values(project="elsewhere"))
    known["key of elsewhere"] = Who("boss", {}, {"Authorization": f"Bearer {foreign.json()['text']}"})
    return known | {"nobody": None, "ended session": ended, "admin of all": root, "made-up key": made_up()}


def made_up() -> Who:
    return Who("x", {}, {"Authorization": "Bearer mwc_" + "x" * 43})


def expected(needs: str, who: str) -> set[int]:
    """The refusals that are right; empty: they are let through, to whatever comes of it."""
    unknown = who in ("nobody", "ended session", "made-up key")
    if needs == "nobody":
        return set()
    if unknown:
        return {401}
    if needs == "anybody" or who == "admin of all":
        return set()
    if needs == "admin of all":
        return {403}
    role = who.removeprefix("key of ")
    if role not in ROLES:
        return {404}
    return set() if ROLES.index(role) >= ROLES.index(needs) else {403}


def test_everybody_may_do_just_what_the_table_says(control: Control, people: dict[str, Who | None]) -> None:
    wrong = []
    for method, path, needs in TABLE:
        if path.endswith("/events") or f"{method} {path}" in ("DELETE /session", "PUT /me/password"):
            continue  # a stream has no end: below; and those two would sign people out
        for name, who in people.items():
            control.desk.rates.forget()
            said = control.ask(method, filled(path), who, **with_body(method, path))
            refusals, code = expected(needs, name), said.json()["error"]["code"] if said.status_code >= 400 else ""
            if not right(refusals, said.status_code, code):
                wrong.append(f"{method} {path} by {name}: {said.status_code} {code}, not {refusals or 'let through'}")
    assert wrong == []


def right(refusals: set[int], status: int, code: str) -> bool:
    let_through = not code.startswith("access.") and code != "access.project" and status != 500
    if not refusals:
        return let_through or code in ("access.refused", "access.key")
    return status in refusals and (code.startswith("access.") or code == "access.project")


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda part: PARTS.get(part[1], "none"), path).removeprefix("/")


def with_body(method: str, path: str) -> dict[str, Any]:
    if method not in ("POST", "PUT"):
        return {}
    return {"json": BODIES.get(path, {"reason": ""})}


@pytest.mark.parametrize("path", ["/projects/{project}/events"])
def test_a_stream_is_refused_as_any_other_route(control: Control, people: dict[str, Who | None], path: str) -> None:
    for name in ("nobody", "ended session", "made-up key", "elsewhere admin", "key of elsewhere"):
        assert control.get(filled(path), people[name]).status_code in expected("viewer", name)


def test_a_project_that_is_not_ones_own_is_as_one_that_is_not_there(control: Control, people: dict[str, Who | None]) -> None:
    said = [control.get(f"projects/{name}/runs", people["elsewhere admin"]).json() for name in ("kiosk", "nowhere")]
    assert [one["error"]["message"].replace("nowhere", "kiosk") for one in said] == [said[0]["error"]["message"]] * 2
    assert control.get("projects", people["elsewhere admin"]).json()["total"] == 0


def test_a_key_is_no_more_than_its_owner_is_by_now(fresh: Control) -> None:
    root, ada = fresh.person("root"), fresh.person("ada", "operator")
    program = fresh.key(ada, "operator")
    begin = lambda: fresh.post("projects/kiosk/runs", program, {"budget": "none"}).json()["error"]["code"]  # noqa: E731
    assert begin() == "spec.invalid"
    fresh.ask("PUT", "projects/kiosk/people", root, json={"name": "ada", "role": "viewer"})
    assert begin() == "access.role"
    fresh.clock.ahead(timedelta(days=91))
    assert fresh.get("me", program).status_code == 401, "it was made for 90 days"


def test_a_key_makes_no_keys_and_lets_nobody_in(control: Control) -> None:
    program = control.key(control.person("root"), "admin", "*")
    for path, body in (
        ("keys", {"name": "k", "project": "kiosk", "role": "viewer"}),
        ("users", {"name": "zoe"}),
        ("projects/kiosk/server-keys", {"name": "k", "scopes": ["predict"]}),
    ):
        assert control.post(path, program, body).status_code == 403


def test_nobody_gives_what_they_have_not(control: Control) -> None:
    ada = control.person("giver", "operator")
    for project, role, status in (("kiosk", "admin", 403), ("*", "viewer", 404), ("elsewhere", "viewer", 404)):
        assert control.post("keys", ada, {"name": "k", "project": project, "role": role}).status_code == status
