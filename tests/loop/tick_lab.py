"""A laboratory for killed ticks: a tick in a child that kills itself at the n-th fail point, then the tick again.

`python tick_lab.py TEMPLATE MOMENT SCRATCH BEGIN` prints one JSON line for the tick that was not killed and one for each
that was, at the fail points that BEGIN says: see `chosen`.
"""

import json
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from crash_lab import SIGKILLED, fork_children, in_child, load_once, moments, noting_modules
from kiosk import tick_at

from millwright.package.keys import Trust
from millwright.package.release_file import read_release, release_path
from millwright.package.verify import verify_package
from millwright.project import Project
from millwright.records.release import ReleaseState
from millwright.registry import releases, runs, versions, watched

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
        if release.actor == POLICY and release.action not in ("abort", "rollback"):
            assert verdicts[release.challenger or release.version] == "passed"
    return {
        "versions": sorted((v.number, v.payload_digest, v.verdict) for v in made),
        "runs": sorted((run.id, run.state, run.version) for run in ended if run.id.startswith(runs.RETRAIN)),
        "releases": [(r.number, r.version, r.action, r.challenger, r.share, r.actor) for r in released],
        "decisions": decided(project),
        "findings": [finding.id for finding in project.findings(MOST)],
        "looks": [(look.window.end.isoformat(), look.version, look.findings, look.window.labelled) for look in looks],
        "published": told(shop) == current,
        "alerts": [(one.entry.alert.cause, one.entry.times, one.entry.state) for one in project.alerts(MOST)],
    }


def decided(project: Project) -> list[tuple[Any, ...]]:
    """Every decision, as far as two runs of the same tick must agree."""
    return [(d.number, d.action, d.version, d.rule, d.mode, d.of, d.evidence.get("case")) for d in project.decisions(MOST)]


def told(shop: Any) -> ReleaseState:
    """What the servers are told."""
    return read_release(release_path(shop.home.root, shop.project), Trust(shop.trust))


def ticked(folder: Path, moment: datetime, fail_points: str = "", noted: Path | None = None) -> dict[str, Any] | None:
    """What a tick leaves; None where it was killed. In a child, so that nothing native is started here. noted: where to write
    down what it had to load."""
    report = folder / "state.json"

    def act(project: Project) -> None:
        tick_at(project, moment)
        report.write_text(json.dumps(state_of(folder)))

    signal = in_child(folder, noting_modules(act, noted) if noted else act, fail_points)
    assert signal in (0, SIGKILLED)
    return json.loads(report.read_text()) if signal == 0 else None


def chosen(points: list[str], begin: str) -> list[int]:
    """Which of the `moments` to be killed at.

    begin: all of the tick; or "acting": between the look and the end, which are alike in all ticks; or "training": that,
    with but a few of the training run within, which has tests of its own.
    """
    writes = moments(points)
    acting = [n for n in writes if n > points.index("write quality-kiosk.json:after")][:-2]
    if begin == "training":
        return [acting[1], *acting[7:-5:18], *acting[-5:-2]]
    return writes if begin == "all" else acting


def main(template: str, moment_text: str, scratch: str, begin: str) -> None:
    moment, folder = datetime.fromisoformat(moment_text), Path(scratch)
    folder.mkdir(parents=True, exist_ok=True)
    whole, trace, noted = folder / "whole", folder / "trace", folder / "modules"
    shutil.copytree(template, whole)
    state = ticked(whole, moment, f"trace:{trace}", noted)
    load_once(template, noted)
    points = trace.read_text().splitlines()
    print(json.dumps({"points": points, "state": state}), flush=True)
    for number in chosen(points, begin):
        killed = folder / f"at-{number}"
        shutil.copytree(template, killed)
        assert ticked(killed, moment, f"kill:{number}") is None, f"{points[number - 1]} did not kill it"
        print(json.dumps({"at": number, "point": points[number - 1], "state": ticked(killed, moment)}), flush=True)
        shutil.rmtree(killed)


if __name__ == "__main__":
    fork_children()
    main(*sys.argv[1:5])
