"""A small project with all that the console shows, and a control plane on it in this process."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from kiosk import at, changed, live, tick_at, weeks
from kiosk_stages import Stages

from millwright.api.app import Opening, build
from millwright.api.desk import Desk
from millwright.api.keeping import Place
from millwright.app import read_settings
from millwright.loop.letting_in import first_link
from millwright.loop.train import train
from millwright.project import Project
from millwright.records.people import EVERYWHERE, Grant, Role
from millwright.registry import control_keys, people
from millwright.registry.catalogue import Catalogue
from millwright.stores.clock import FixedClock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
API = "/api/v1"


def make_world(stages: Stages, folder: Path) -> Path:
    """A kiosk with v1 live, a week of answers with labels, a look at them, and v2, which passed its gates."""
    project = changed(stages.copy("opened", folder), search={"budget": "120s", "trials": 4})
    live(project, weeks(0), weeks(1))
    tick_at(project, weeks(1))
    outcome = train(at(project, weeks(1)), lambda _progress: None)
    assert outcome.verdict.state == "passed", outcome.verdict.summary
    return folder


class TickingClock(FixedClock):
    """A clock that a test sets forward."""

    def ahead(self, by: timedelta) -> None:
        self.__init__(self.now() + by)  # type: ignore[misc]


@dataclass
class Control:
    """A control plane in this process. Every request has a client of its own, as a program would."""

    app: Any
    desk: Desk
    project: Project
    clock: TickingClock
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    @property
    def catalogue(self) -> Catalogue:
        return self.project.workshop.catalogue

    def ask(self, method: str, path: str, by: "Who | None" = None, **options: Any) -> httpx.Response:
        return self.loop.run_until_complete(self._ask(method, path, by, options))

    async def _ask(self, method: str, path: str, by: "Who | None", options: Mapping[str, Any]) -> httpx.Response:
        headers = {**(by.headers if by else {}), **options.get("headers", {})}
        rest = {name: value for name, value in options.items() if name != "headers"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(by.address if by else "10.0.0.9", 5))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", cookies=by.cookies if by else {}
        ) as client:
            return await client.request(method, path if path.startswith("/") else f"{API}/{path}", headers=headers, **rest)

    def get(self, path: str, by: "Who | None" = None, **options: Any) -> httpx.Response:
        return self.ask("GET", path, by, **options)

    def post(self, path: str, by: "Who | None" = None, body: Any = None, **options: Any) -> httpx.Response:
        return self.ask("POST", path, by, json={} if body is None else body, **options)

    def person(self, name: str, role: Role | None = None, project: str = "kiosk") -> "Who":
        """Somebody new of that role, signed in by a one-time link."""
        given = (Grant(project=project, role=role),) if role else ()
        with self.catalogue.write() as tx:
            if people.count(tx) == 0:
                people.add(tx, "root", (Grant(project=EVERYWHERE, role="admin"),), actor="test", at=self.clock.now())
            if people.find(tx, name) is None:
                people.add(tx, name, given, actor="test", at=self.clock.now())
        return self.sign_in({"token": first_link(self.shop, name)})

    @property
    def shop(self) -> Any:
        return replace(self.project.workshop, clock=self.clock)

    def sign_in(self, given: Mapping[str, str]) -> "Who":
        said = self.post("session", body=given)
        assert said.status_code == 200, said.text
        cookies = {cookie.name: cookie.value or "" for cookie in said.cookies.jar}
        return Who(name=said.json()["user"], cookies=cookies, headers={"X-CSRF-Token": said.json()["csrf"]})

    def key(self, who: "Who", role: Role = "viewer", project: str = "kiosk") -> "Who":
        said = self.post("keys", who, {"name": f"{role}-{project}", "project": project, "role": role})
        assert said.status_code == 201, said.text
        return Who(name=who.name, cookies={}, headers={"Authorization": f"Bearer {said.json()['text']}"})

    def key_of(self, text: str) -> Any:
        with self.catalogue.read() as view:
            return control_keys.find(view, text)


@dataclass
class Who:
    """By what somebody shows who they are."""

    name: str
    cookies: dict[str, str]
    headers: dict[str, str]
    address: str = "10.0.0.1"


@contextmanager
def control_of(folder: Path, *, base: str = "", now: datetime = NOW, hosts: frozenset[str] = frozenset()) -> Iterator[Control]:
    """A control plane on a project, and its clock."""
    clock = TickingClock(now)
    place = Place(folder, read_settings(os.environ))
    app = build(Opening(places=(place,), base=base, clock=clock, hosts=hosts))
    control = Control(app=app, desk=desk_behind(app), project=place.project("test"), clock=clock)
    try:
        yield control
    finally:
        control.loop.run_until_complete(control.loop.shutdown_default_executor())
        control.loop.close()
        control.catalogue.close()


def desk_behind(app: Any) -> Desk:
    """The desk of an app, through all that goes around it."""
    while not hasattr(app, "state"):
        app = next(value for name, value in vars(app).items() if name in ("_app", "_api"))
    return app.state.desk
