"""One process that answers: alone, or as a worker of a supervisor."""

import argparse
import gc
import os
import signal
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

from millwright.predictions.layout import claim_start
from millwright.serve.access import Access
from millwright.serve.app import DataPlane
from millwright.serve.back_door import BackDoor
from millwright.serve.crew import Crew, crew_folder
from millwright.serve.exposure import Exposure, check_exposure, note_start
from millwright.serve.keys.ring import KeyRing
from millwright.serve.keys.watch import KeyWatch
from millwright.serve.plane import Plane
from millwright.serve.readiness import readiness
from millwright.serve.releases import ReleaseWatch
from millwright.serve.routes.table import Vertex
from millwright.serve.server import listen, run_server
from millwright.serve.tls import Certificate

PATIENT = 5
"""How much the worker for large requests steps back where the processor is scarce."""


def work(options: argparse.Namespace, exposure: Exposure, vertex: Vertex) -> None:
    """Wire the parts, take up the keys and releases that are there, and answer."""
    check_exposure(exposure, options.home)
    tls = Certificate(Path(exposure.certificate), Path(exposure.private_key)) if exposure.certificate else None
    alone = options.door is None
    listening = listen(options.host, options.port) if alone else socket.socket(fileno=options.door)
    access = Access(options.host, exposure.allowed_hosts, KeyRing() if exposure.auth == "keys" else None)
    plane = _plane(options, access)
    watches: list[KeyWatch | ReleaseWatch | Crew] = [ReleaseWatch(options.home, options.trust, plane)]
    if exposure.auth == "keys":
        watches.insert(0, KeyWatch(options.home, access, options.worker))
    if plane.crew is not None:
        watches.append(plane.crew)
    try:
        for watch in watches:
            watch.start()
        gc.collect()
        gc.freeze()  # what is loaded now stays: no collection need look at it again
        if alone:
            note_start(exposure, options.home)
            sys.stderr.write(f"{exposure.sentence}\n")
        else:
            _end_with_supervisor()
        if options.idle_seconds is not None:
            os.nice(PATIENT)
        data_plane = DataPlane(plane, vertex)
        access.on_change = data_plane.desk.heads.forget
        behind = listening.family == socket.AF_UNIX
        run_server(data_plane, listening, options.ready_file, tls=None if behind else tls, idle=options.idle_seconds)
        for watch in watches:
            watch.stop()
    finally:
        plane.close()


def _plane(options: argparse.Namespace, access: Access) -> Plane:
    """The parts of this process, and its place among the others of its server."""
    start = claim_start(options.home / "serve" / "starts")
    plane = Plane.open(options.home, access, worker=options.worker, start=start, replay=options.replay)
    if options.crew is None:
        return plane
    plane.metrics.start.set(options.crew)
    plane.metrics.behind = options.back_door is None
    folder, name = crew_folder(options.home, options.crew), f"w{options.worker:03d}-s{start:06d}"
    crew = Crew(folder, name, lambda: plane.metrics.text().decode(), lambda: readiness(plane))
    return replace(plane, crew=crew, back_door=BackDoor(options.back_door) if options.back_door else None)


def _end_with_supervisor() -> None:
    """Drain when the supervisor is gone, however it went: our end of its pipe is closed then."""

    def wait() -> None:
        os.read(0, 1)  # nothing is ever written: it returns when the other end is closed
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="supervisor", daemon=True).start()
