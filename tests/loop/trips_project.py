"""A project with real packages as versions, made without training: enough to release, serve and revoke them."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from millwright.loop.server import running_server
from millwright.package.keys import SigningKey, Trust
from millwright.package.verify import verify_package
from millwright.package.write import write_package
from millwright.project import Project
from millwright.records.running import Run
from millwright.records.spec import DataSpec, ReleaseSpec, Spec
from millwright.registry import projects, releases, runs, versions
from millwright.spec.write import write_spec
from serve.released import NOON, TRIP, payload

PATIENCE = 60.0


def trips_project(folder: Path, count: int = 3, *, verdicts: dict[int, versions.Outcome] | None = None) -> Project:
    """Versions v1 to v`count`, all passed unless `verdicts` says otherwise; none is live."""
    spec = Spec(
        project="trips",
        data=DataSpec(source="trips.csv", target="late", task="binary", key=("id",)),
        release=ReleaseSpec(shadow="1d", canary="1d", canary_share=0.25),
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "millwright.yaml").write_text(write_spec(spec, {}))
    project = Project(folder)
    for number in range(1, count + 1):
        add_version(project, number, (verdicts or {}).get(number, "passed"))
    return project


def add_version(project: Project, seed: int, verdict: versions.Outcome = "passed") -> str:
    """One more version, learnt from the trips of a seed; its package."""
    shop = project.workshop
    package = write_package(
        shop.home.packages,
        payload=payload(seed),
        attestations={"card.md": b"# trips\n"},
        project="trips",
        created_at=NOON,
        key=SigningKey.at(shop.signing_key, shop.trust),
    )
    verified = verify_package(shop.home.packages / package, package, Trust(shop.trust))
    with shop.catalogue.write() as tx:
        projects.ensure(tx, "trips", NOON)
        if runs.find(tx, "r1") is None:
            runs.start(
                tx,
                Run(
                    id="r1", project="trips", spec="s" * 64, state="running", as_of=NOON, started_at=NOON, finished_at=None,
                    reason="", version=None, actor="ada",
                ),
            )  # fmt: skip
        versions.add(tx, verified, run="r1", verdict=verdict, summary="AUC 0.71", actor="ada", created_at=NOON)
    return package


def number_of(project: Project) -> int:
    """The number of the newest release in the catalogue."""
    with project.workshop.catalogue.read() as view:
        now = releases.current(view, "trips")
    return now.number if now else 0


def ready(project: Project) -> dict[str, Any]:
    """What the running server says at /ready."""
    return asked(project, "/ready")


def answers_with(project: Project) -> str:
    """The version that answers a trip, or the code of the refusal."""
    said = asked(project, "/v1/predict", {"rows": [TRIP]})
    return str(said.get("version") or said["error"]["code"])


def asked(project: Project, path: str, body: object = None) -> dict[str, Any]:
    """One request to the running server, whatever its status."""
    server = running_server(project.workshop.home)
    assert server is not None
    raw = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, raw, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            said: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        said = json.load(error)
    return said


def wait_until(happens: Callable[[], bool]) -> None:
    """Wait until something is so."""
    import time

    until = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < until, "never came"
        time.sleep(0.02)
