"""What the workers of one server say together."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from millwright.serve.access import Access
from millwright.serve.crew import Crew, Told, ready_together
from millwright.serve.gathered import gathered
from millwright.serve.metrics import Metrics
from millwright.serve.plane import Plane
from millwright.serve.routes.table import all_routes

VALUE = '{project="p"}'


def counted(requests: int, release: int) -> str:
    """The metrics of a worker that answered so many requests and is at a release."""
    metrics = Metrics()
    for number in range(requests):
        metrics.told("/v1/predict", 200, 0.0003 * (number + 1))
    metrics.release.labels("p").set(release)
    return metrics.text().decode()


def lines(text: bytes) -> dict[str, float]:
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.decode().splitlines()
        if not line.startswith("#")
    }


def told(metrics: str, *, alive: bool = True, **ready: Any) -> Told:
    return Told(metrics=metrics, ready=ready, alive=alive)


def test_counts_are_added_up_and_gauges_show_the_largest() -> None:
    found = lines(gathered(counted(2, 7), [told(counted(3, 8)), told(counted(4, 99), alive=False)]))
    assert found['millwright_requests_total{code="200",route="/v1/predict"}'] == 9
    assert found['millwright_request_duration_seconds_count{code="200",route="/v1/predict"}'] == 9
    assert found['millwright_request_duration_seconds_bucket{code="200",le="0.0005",route="/v1/predict"}'] == 3
    assert found[f"millwright_release_number{VALUE}"] == 8


def test_alone_it_says_what_it_says() -> None:
    text = counted(3, 1)
    assert lines(gathered(text, [])) == lines(text.encode())


def state(release: int, *, challenger: bool = False, refused: str = "", looked_at: int | None = None) -> dict[str, Any]:
    return {
        "ready": True,
        "default": "p",
        "projects": {
            "p": {"release": release, "version": f"v{release}", "challenger": {"version": "v9"} if challenger else None}
        },
        "refused": {"p": refused} if refused else {},
        "looked_at": {"p": release if looked_at is None else looked_at},
    }


def test_a_release_is_live_once_every_living_worker_has_it() -> None:
    said = ready_together(
        state(3, challenger=True), [told("", **state(2, refused="not yet", looked_at=3)), told("", alive=False)]
    )
    assert said["projects"]["p"]["version"] == "v2"
    assert (said["refused"], said["looked_at"]) == ({"p": "not yet"}, {"p": 3})
    said = ready_together(state(3, challenger=True), [told("", **state(3))])
    assert said["projects"]["p"]["challenger"] is None
    assert said["looked_at"] == {"p": 3}


def test_workers_know_each_other_by_what_they_wrote(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    crews = [Crew(tmp_path, f"w00{at}-s000001", lambda at=at: counted(at, 1), lambda at=at: state(at)) for at in (1, 2)]
    for crew in crews:
        crew.tell()
    (tmp_path / "w003-s000001.json").write_text(f'{{"pid": {gone.pid}, "metrics": "", "ready": {{}}}}')
    (tmp_path / "ready-0.json").write_text("{}")
    others = crews[0].others()
    assert [(one.ready.get("looked_at"), one.alive) for one in others] == [({"p": 2}, True), (None, False)]


def test_what_was_answered_is_known_to_the_others_and_not_taken_back(tmp_path: Path) -> None:
    """A worker that dies may have told its counts a second ago: not less than it answered whoever asked it for them."""
    counts = iter(range(9))
    asked = Crew(tmp_path / "crew", "w001-s000001", lambda: counted(next(counts), 1), lambda: state(1))
    survivor = Crew(tmp_path / "crew", "w002-s000001", lambda: counted(0, 1), lambda: state(1))
    asked.tell()
    plane = replace(Plane.open(tmp_path, Access("127.0.0.1")), crew=asked)
    try:
        route = next(one for one in all_routes(plane) if one.path == "/metrics")
        answered = asyncio.run(route.handler({}, {}, asyncio.sleep)).body  # type: ignore[arg-type, dict-item]
    finally:
        plane.close()
    assert lines(answered)['millwright_requests_total{code="200",route="/v1/predict"}'] == 1
    assert [lines(told.metrics.encode()) for told in survivor.others()] == [lines(answered)]


def test_a_disk_that_is_full_is_said_once_and_ends_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    crew = Crew(tmp_path / "crew", "w001-s000001", lambda: "", dict)
    (tmp_path / "crew").rmdir()
    for _ in range(3):
        crew.tell()
    assert capsys.readouterr().err.count("cannot be told") == 1
    (tmp_path / "crew").mkdir()
    crew.tell()
    assert (tmp_path / "crew" / "w001-s000001.json").is_file()
