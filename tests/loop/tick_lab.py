"""A laboratory for killed ticks: a tick in a child that kills itself at the n-th fail point, then the tick again.

`python tick_lab.py TEMPLATE MOMENT SCRATCH POINTS` prints one JSON line for the tick that was not killed and one for each
that was. POINTS: see `chosen`.
"""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from crash_lab import SIGKILLED, in_child
from kiosk import tick_at
from millwright.package.keys import Trust
from millwright.package.release_file import read_release, release_path
from millwright.package.verify import verify_package
from millwright.project import Project
from millwright.records.release import ReleaseState
from millwright.registry import releases, runs, versions, watched
from millwright.stores.durable import fail_point

MOST = 1000
POLICY = "policy"


def state_of(folder: Path) -> dict[str, Any]:
    """Everything a tick may change, checked against what lies on the disk. Raises where the two disagree."""
    project = Project(folder)
    shop = project.workshop
    with shop.catalogue.read() as view:
        made = versions.page(view, shop.project, limit=MOST)
        released = releases.page(view, shop.project, limit=MOST)
        looks = watched.page(view, shop.project, limit=MOST)
        ended = runs.page(view, shop.project, limit=MOST)
        current = releases.state(view, released[0], default=True)
    assert project.verify_audit().ok
    for version in made:
        verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))
    verdicts = {version.number: version.verdict for version in made}
    for release in released:
        assert release.action == "abort" or release.actor != POLICY or verdicts[release.challenger or release.version] == "passed"
    return {
        "versions": sorted((v.number, v.payload_digest, v.verdict) for v in made),
        "runs": sorted((run.id, run.state, run.version) for run in ended if run.id.startswith(runs.RETRAIN)),
        "releases": [(r.number, r.version, r.action, r.challenger, r.share, r.actor) for r in released],
        "decisions": decided(project),
        "findings": [finding.id for finding in project.findings(MOST)],
        "looks": [(look.window.end.isoformat(), look.version, look.findings, look.window.labelled) for look in looks],
        "published": told(shop) == current,
    }


def decided(project: Project) -> list[tuple[Any, ...]]:
    """Every decision, as far as two runs of the same tick must agree."""
    return [(d.number, d.action, d.version, d.rule, d.mode, d.of, d.evidence.get("case")) for d in project.decisions(MOST)]


def told(shop: Any) -> ReleaseState:
    """What the servers are told."""
    return read_release(release_path(shop.home.root, shop.project), Trust(shop.trust))


def checked(folder: Path) -> dict[str, Any]:
    """`state_of` in a child, so that nothing native is started here."""
    report = folder / "state.json"
    in_child(folder, lambda _project: report.write_text(json.dumps(state_of(folder))) and None, "")
    state: dict[str, Any] = json.loads(report.read_text())
    return state


def chosen(points: list[str], how: str) -> list[int]:
    """Which fail points to be killed at, counted from 1. Between the one after a write and the one before the next nothing
    is made durable, so that "acting" and "training" need but one of the two.

    all: every one. acting: each write from the end of the look on. training: also those, but of the training run between
    them, which has tests of its own, every tenth write and its last ones.
    """
    befores = [n for n, point in enumerate(points, 1) if point.endswith(":before")] + [len(points)]
    looked = next(n for n, point in enumerate(points, 1) if point == "write quality-kiosk.json:after")
    if how == "all":
        return list(range(1, len(points) + 1))
    acting = [n for n in befores if n > looked]
    return acting if how == "acting" else [*acting[:2], *acting[5:-9:10], *acting[-9:]]


def ticks(moment: datetime) -> Callable[[Project], None]:
    def act(project: Project) -> None:
        tick_at(project, moment)

    return act


def main(template: str, moment: str, scratch: str, how: str) -> None:
    act, folder = ticks(datetime.fromisoformat(moment)), Path(scratch)
    folder.mkdir(parents=True, exist_ok=True)
    whole, trace = folder / "whole", folder / "trace"
    shutil.copytree(template, whole)
    in_child(whole, act, f"trace:{trace}")
    points = trace.read_text().splitlines()
    print(json.dumps({"points": points, "state": checked(whole)}), flush=True)
    for number in chosen(points, how):
        killed = folder / f"at-{number}"
        shutil.copytree(template, killed)
        signal = in_child(killed, act, f"kill:{number}")
        assert signal == SIGKILLED, f"{points[number - 1]}: ended by {signal}"
        in_child(killed, act, "")
        print(json.dumps({"at": number, "point": points[number - 1], "state": checked(killed)}), flush=True)
        shutil.rmtree(killed)


if __name__ == "__main__":
    main(*sys.argv[1:5])
