"""The demo, start to end, as anybody runs it: how long it takes, and whether every request was answered."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from figure import Figure
from processes import mw
from site_of_run import Site

from millwright.project import Project
from millwright.registry import watched

LIMIT_SECONDS = 300.0
GIVEN_UP = 1800.0
MOST_LOOKS = 100_000


def figures(site: Site) -> Iterator[Figure]:
    """Seconds in all and by stage, and what became of the requests."""
    demo = site.demo
    stages, asked = demo["stages"], demo["predictions"]
    total = demo.get("seconds_outside", demo["seconds"])
    yield Figure("demo.seconds", total, "s", f"five minutes; {asked:,} flights answered", LIMIT_SECONDS)
    for stage in ("train", "play", "compare"):
        yield Figure(f"demo.{stage}", stages[stage], "s")
    looks = _looks(site, Path(demo["folder"]))
    a_look = stages["play"] / looks if looks else None
    yield Figure("demo.seconds_a_look", a_look, "s", f"{looks or 0} looks, with the week's requests before each")
    yield Figure("demo.requests_a_second", asked / stages["play"], "1/s", "one client that waits, looks and retrains between")
    yield Figure("demo.p99", demo["latency_ms"]["p99"], "ms")
    yield Figure("demo.failed_requests", demo["failed_requests"], "", f"none of {asked:,}", 0.0)


def outcome_of(site: Site) -> Mapping[str, Any]:
    """What `mw demo --json` printed: in a folder of its own now, or before, where that was named."""
    if site.asked.demo is not None:
        given: Mapping[str, Any] = json.loads(site.asked.demo.read_text())
        return given
    site.say("the demo")
    began = time.monotonic()
    outcome = _run(site)
    return outcome | {"seconds_outside": time.monotonic() - began}


def _run(site: Site) -> dict[str, Any]:
    """Run it. Raises RuntimeError with its last words where it fails."""
    command = mw("-C", str(site.new("demo")), "demo", "--json", "--no-open")
    with open(site.folder / "demo.log", "w+") as log:
        done = subprocess.run(
            command, env=site.environment, stdout=subprocess.PIPE, stderr=log, text=True, check=False, timeout=GIVEN_UP
        )
        if done.returncode:
            log.seek(0)
            raise RuntimeError(f"mw demo: {log.read().strip()[-500:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _looks(site: Site, folder: Path) -> int | None:
    """How often the loop looked, as the demo's catalogue has it; None where its folder is gone."""
    if not (folder / "millwright.yaml").is_file():
        return None
    project: Project = site.project(folder)
    with project.workshop.catalogue.read() as view:
        return len(watched.page(view, project.spec.project, limit=MOST_LOOKS))
