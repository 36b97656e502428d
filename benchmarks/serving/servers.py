"""Servers of a run: started on one processor, waited for, told to end, and what they use seen from outside."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from site_of_run import Site

START_SECONDS = 60
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that is ready. home: its logs, where it is ours."""

    pid: int
    port: int
    home: Path | None = None


@contextmanager
def ours(
    site: "Site",
    name: str = "ours",
    *options: str,
    cores: Sequence[int] | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[Serving]:
    """Millwright's server process on the project, as `mw up` starts it. more: of the environment."""
    shop = site.project.workshop
    arguments = ["-m", "millwright.serve", "--home", str(shop.home.root), "--trust", str(shop.trust), "--port", "0"]
    with started(site, name, [*arguments, *options, "--ready-file"], cores=cores, more=more) as serving:
        yield Serving(serving.pid, serving.port, shop.home.root)


@contextmanager
def bare(site: "Site") -> Iterator[Serving]:
    """The application written by hand."""
    plan = site.model_file.parent.parent / "plan.json"
    with started(site, "bare", [str(HERE / "bare_app.py"), str(site.model_file), str(plan)]) as serving:
        yield serving


@contextmanager
def started(
    site: "Site",
    name: str,
    arguments: Sequence[str],
    *,
    cores: Sequence[int] | None = None,
    python: str = sys.executable,
    more: Mapping[str, str] | None = None,
) -> Iterator[Serving]:
    """A Python process that writes {"port", "pid"} at the path given to it last; it is told to end, and waited for.

    more: of the environment.
    """
    environment = {**site.environment, **(more or {})}
    ready = site.folder / f"{name}-{time.monotonic_ns()}-ready.json"
    pinned = ["taskset", "-c", ",".join(map(str, cores if cores is not None else [site.core]))]
    with open(site.folder / f"{name}.log", "ab") as log:
        process = subprocess.Popen([*pinned, python, *arguments, str(ready)], env=environment, stdout=log, stderr=log)
    try:
        state = wait_ready(ready, process)
        yield Serving(int(state["pid"]), int(state["port"]))
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def wait_ready(ready: Path, process: "subprocess.Popen[bytes]") -> Mapping[str, int]:
    """What a server says once it answers. Raises RuntimeError where it does not."""
    until = time.monotonic() + START_SECONDS
    while not ready.is_file() or not ready.stat().st_size:
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the server for {ready.name} did not become ready")
        time.sleep(0.005)
    state: Mapping[str, int] = json.loads(ready.read_bytes())
    return state


def resident_mb(pid: int) -> float:
    """The resident memory of a process, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
