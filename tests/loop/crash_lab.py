"""A laboratory for crashes: runs a verb in a child that kills itself at a fail point, then looks what is left.

`python crash_lab.py VERB TEMPLATE SCRATCH SHARD SHARDS` prints one JSON line a fail point. It imports once whatever the run
that is not killed had to, and forks for each crash, so that a crash costs the work and not the start-up. Nothing native has
been started before a fork.
"""

import importlib
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pandas
import scipy.optimize
import sklearn.linear_model

import millwright.loop.judge
import millwright.loop.keeper
import millwright.loop.ship
import millwright.loop.train
from millwright.errors import Conflict, MillwrightError
from millwright.loop.releasing import publish
from millwright.package.keys import Trust
from millwright.package.release_file import read_release, release_path
from millwright.package.verify import verify_package
from millwright.project import Project
from millwright.registry import releases, runs, steps, versions
from millwright.stores.durable import arm

SIGKILLED = 9
MANY = 3
IMPORTED_BEFORE_THE_FORKS = (duckdb, pandas, scipy.optimize, sklearn.linear_model, millwright.loop.train)


def train(project: Project) -> None:
    project.train()


def promote(project: Project) -> None:
    project.promote("v2", force=True, reason="laboratory")


def promote_again(project: Project) -> None:
    """What a person does who does not know whether it was done: where it was, that is said."""
    with suppress(Conflict):
        promote(project)


def rollback(project: Project) -> None:
    project.rollback(reason="laboratory")


def heal(project: Project) -> None:
    """What the keeper does every other second."""
    publish(project.workshop)


VERBS: dict[str, tuple[Callable[[Project], None], Callable[[Project], None]]] = {
    "train": (train, train),
    "promote": (promote, promote_again),
    "rollback": (rollback, heal),
}


def in_child(folder: Path, act: Callable[[Project], None], fail_points: str) -> int:
    """Run `act` on the project in a forked child; the signal that ended it, 0 where it came to its end."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            if fail_points:
                arm(fail_points)
            act(Project(folder))
            code = 0
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    assert os.WEXITSTATUS(status) == 0, f"the verb failed (exit {os.WEXITSTATUS(status)})"
    return 0


def moments(points: list[str]) -> list[int]:
    """Which fail points to be killed at, counted from 1: each write, and the end of the last one. Between the point after a
    write and the one before the next nothing is made durable: the disk is the same. Of the files of a package that has no
    name yet, which are written one after the other, the first, one in the middle and the last."""
    writes = [n for n, point in enumerate(points, 1) if point.endswith(":before")]
    kept: list[int] = []
    for packed, group in groupby(writes, lambda n: _in_a_package(points[n - 1])):
        run = list(group)
        kept += [run[0], run[len(run) // 2], run[-1]] if packed and len(run) > MANY else run
    return [*kept, len(points)]


def _in_a_package(point: str) -> bool:
    """Blobs are named by a digest, so they have no ending."""
    return point.startswith("write ") and "." in point


def noting_modules(act: Callable[[Project], None], noted: Path) -> Callable[[Project], None]:
    """`act`, which at its end writes down the modules that are loaded by then."""

    def noting(project: Project) -> None:
        act(project)
        noted.write_text("\n".join(name for name, module in list(sys.modules.items()) if getattr(module, "__spec__", None)))

    return noting


def fork_children() -> None:
    """The children of those that are killed are forked too, by the process that does so for the tests."""
    sys.path.append(str(Path(__file__).parent.parent))
    importlib.import_module("forked").take()


def load_once(template: str, noted: Path) -> None:
    """Load the modules that were noted, and what reads a spec: for all forks from here on."""
    for name in noted.read_text().splitlines():
        importlib.import_module(name)
    assert Project(template).spec


def state_of(folder: Path) -> dict[str, Any]:
    """What the catalogue says, checked against what lies on the disk. Raises where the two disagree."""
    project = Project(folder)
    shop = project.workshop
    with shop.catalogue.read() as view:
        live = releases.current(view, shop.project)
        found = versions.page(view, shop.project)
        ended = runs.page(view, shop.project)
        outputs = [step.output for run in ended for step in steps.of_run(view, run.id) if not step.name.startswith("sealed")]
    for digest in outputs:
        assert shop.blobs.get(digest)
    for version in found:
        verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))
    audit = project.verify_audit()
    assert audit.ok, audit.reason
    return {
        "payloads": sorted(version.payload_digest for version in found),
        "runs": sorted({run.state for run in ended}),  # one killed after its last write is finished, and another finds all done
        "live": live.version if live else None,
        "releases": live.number if live else 0,
        "published": published(shop),
    }


def published(shop: Any) -> int | None:
    try:
        return read_release(release_path(shop.home.root, shop.project), Trust(shop.trust)).version
    except MillwrightError:
        return None


def checked(folder: Path) -> dict[str, Any]:
    """`state_of` in a child, so that nothing native is started here."""
    report = folder / "state.json"

    def write(_project: Project) -> None:
        report.write_text(json.dumps(state_of(folder)))

    in_child(folder, write, "")
    state: dict[str, Any] = json.loads(report.read_text())
    return state


def main(verb: str, template: str, scratch: str, shard: int, shards: int) -> None:
    act, again = VERBS[verb]
    Path(scratch).mkdir(parents=True, exist_ok=True)
    whole = Path(scratch) / "whole"
    shutil.copytree(template, whole)
    trace, noted = Path(scratch) / "trace", Path(scratch) / "modules"
    in_child(whole, noting_modules(act, noted), f"trace:{trace}")
    load_once(template, noted)
    points = trace.read_text().splitlines()
    print(json.dumps({"crashes": len(moments(points)[shard::shards]), "state": checked(whole)}), flush=True)
    for number in moments(points)[shard::shards]:
        folder = Path(scratch) / f"at-{number}"
        shutil.copytree(template, folder)
        signal = in_child(folder, act, f"kill:{number}")
        assert signal == SIGKILLED, f"{points[number - 1]}: ended by {signal}"
        in_child(folder, again, "")
        print(json.dumps({"at": number, "point": points[number - 1], "state": checked(folder)}), flush=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    fork_children()
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
